/**
 * Holds an authored value to a TypeBox schema: every mistake once, in words.
 *
 * Ajv reports all that is wrong, and for a union what is wrong with each of its branches; here that becomes one
 * problem a mistake. A misspelt key is taken for the key it is near to, so that nothing else is said about it.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { TSchema } from "typebox";
import type { Json } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { pathTo, segmentsOf } from "../problem/path.js";
import { type Place, type Problem, problem } from "../problem/problem.js";
import type { Spot } from "./sourcemap.js";

/** Problems of a file's form that are told one by one. */
export const MAX_PROBLEMS = 100;

type Json_ = { [key: string]: Json };
interface Titled {
  readonly title?: string;
  readonly properties?: { readonly [key: string]: Titled };
}

const compiled = new WeakMap<TSchema, ValidateFunction>();

function compile(schema: TSchema): ValidateFunction {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    // optimising the generated code takes longer than validating a file of a megabyte with it
    const code = { optimize: false } as const;
    validate = new Ajv({
      allErrors: true,
      verbose: true,
      strict: false,
      validateFormats: false,
      validateSchema: false,
      code,
    }).compile(schema);
    compiled.set(schema, validate);
  }
  return validate;
}

export interface Validated {
  /** The value without unknown keys, with misspelt ones mended; absent when it has not the form of the schema. */
  readonly value?: Json;
  readonly spot: Spot;
  readonly problems: readonly Problem[];
}

/** A value in a few words: "the text `seven`", "a list". */
export function inWords(value: Json | undefined): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return `the text \`${value.length > 40 ? `${value.slice(0, 40)}…` : value}\``;
  return typeof value === "number" ? `the number ${value}` : String(value);
}

const articles: { readonly [type: string]: string } = {
  object: "a mapping of keys to values",
  array: "a list",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "`true` or `false`",
};

/** What a part is called in problems: "node `arm`", "input `joints` of `controller`". */
function partName(path: string, title: string | undefined): string {
  const s = segmentsOf(path);
  const id = `\`${s.at(-1)}\``;
  if (s.length === 0) return title ?? "the file";
  if (s.length === 2 && s[0] === "nodes") return `node ${id}`;
  if (s.length === 2 && s[0] === "world") return `world node ${id}`;
  if (s.length === 2 && s[0] === "params") return `param ${id}`;
  if (s.length === 3 && s[0] === "streams") return `${s[1]}-stream ${id}`;
  if (s.length === 4 && s[2] === "in") return `input ${id} of \`${s[1]}\``;
  if (/^\d+$/.test(s.at(-1)!))
    return s.length === 1 ? `item ${Number(s[0]) + 1}` : `item ${Number(s.at(-1)) + 1} of \`${s.at(-2)}\``;
  return id;
}

const spotAt = (root: Spot, path: string): Spot => {
  let spot = root;
  for (const segment of segmentsOf(path)) spot = spot.children?.get(segment) ?? spot;
  return spot;
};

/** Validates; problems have paths of the authored text and places. */
export function validate(schema: TSchema, value: Json, spot: Spot): Validated {
  const check = compile(schema);
  if (check(value)) return { value, spot, problems: [] };
  const problems: Problem[] = [];
  const repairs: Repair[] = [];
  const sound = explain([...check.errors!], spot, problems, repairs);
  const shown = problems.slice(0, MAX_PROBLEMS);
  if (problems.length > shown.length)
    shown.push(problem("L0123", { shown: shown.length, more: problems.length - shown.length }, { place: spot.place }));
  if (!sound) return { spot, problems: shown };
  const [mended, mendedSpot] = mend(value, spot, repairs);
  // a key that was mended may hold a wrong value
  const again = check(mended);
  return { ...(again ? { value: mended } : {}), spot: mendedSpot, problems: shown };
}

interface Repair {
  readonly path: string;
  readonly key: string;
  /** Absent: the key is dropped. */
  readonly to?: string | undefined;
}

/** Turns errors into problems; false when more is wrong than keys that can be mended. */
function explain(errors: ErrorObject[], root: Spot, problems: Problem[], repairs: Repair[]): boolean {
  let sound = true;
  const { plain, unions } = group(errors);

  const misspelt = new Set<string>();
  for (const e of plain) {
    if (e.keyword !== "additionalProperties") continue;
    const key = e.params.additionalProperty as string;
    const known = Object.keys((e.parentSchema as Titled).properties ?? {});
    const free = known.filter((k) => !Object.hasOwn(e.data as object, k));
    const to = nearest(key, free);
    if (to !== undefined) misspelt.add(pathTo(e.instancePath, to));
    repairs.push({ path: e.instancePath, key, to });
    const of = partName(e.instancePath, (e.parentSchema as Titled).title);
    problems.push(problem("L0111", { key, of, known, nearest: to }, at(root, pathTo(e.instancePath, key), "key")));
  }
  for (const e of plain) {
    const said = explainOne(e, root, misspelt);
    if (said === undefined) continue;
    sound = false;
    problems.push(said);
  }
  for (const [union, branchErrors] of unions) {
    const branch = bestBranch(union, branchErrors);
    if (branch === undefined) {
      sound = false;
      problems.push(wrongKind(union, root));
    } else sound = explain(branch, root, problems, repairs) && sound;
  }
  return sound;
}

/** Errors outside of unions, and each outermost union with the errors of its branches. */
function group(errors: readonly ErrorObject[]): { plain: ErrorObject[]; unions: Map<ErrorObject, ErrorObject[]> } {
  const at = new Map<string, ErrorObject[]>();
  for (const e of errors) if (e.keyword === "anyOf") at.set(e.instancePath, [...(at.get(e.instancePath) ?? []), e]);
  const holders = (e: ErrorObject): ErrorObject[] =>
    prefixes(e.instancePath)
      .flatMap((path) => at.get(path) ?? [])
      .filter((u) => u !== e && e.schemaPath.startsWith(`${u.schemaPath}/`));
  const plain: ErrorObject[] = [];
  const unions = new Map<ErrorObject, ErrorObject[]>();
  const collect = (union: ErrorObject) => unions.get(union) ?? unions.set(union, []).get(union)!;
  for (const e of errors) {
    // of the unions at one value, one within another comes first
    const [outermost] = holders(e).sort((a, b) => a.schemaPath.length - b.schemaPath.length);
    if (outermost !== undefined) collect(outermost).push(e);
    else if (e.keyword === "anyOf") collect(e);
    else plain.push(e);
  }
  return { plain, unions };
}

/** "", "/a", "/a/b" for "/a/b". */
const prefixes = (path: string): string[] => {
  const segments = path.split("/");
  return segments.map((_, i) => segments.slice(0, i + 1).join("/"));
};

/** The one branch of a union that the author meant, if that can be told. */
function bestBranch(union: ErrorObject, errors: readonly ErrorObject[]): ErrorObject[] | undefined {
  const branches = new Map<string, ErrorObject[]>();
  for (const e of errors) {
    const index = e.schemaPath.slice(union.schemaPath.length + 1).split("/", 1)[0]!;
    branches.set(index, [...(branches.get(index) ?? []), e]);
  }
  const ofKind = [...branches.values()].filter(
    (list) =>
      !list.some(
        (e) => e.instancePath === union.instancePath && ["type", "const", "enum", "pattern"].includes(e.keyword),
      ),
  );
  // a misspelt key is no miss
  const misses = (list: readonly ErrorObject[]) => {
    const own = list.filter((e) => e.instancePath === union.instancePath);
    const missing = own.filter((e) => e.keyword === "required").map((e) => e.params.missingProperty as string);
    const unknown = own
      .filter((e) => e.keyword === "additionalProperties")
      .map((e) => e.params.additionalProperty as string);
    return (
      missing.length +
      unknown.filter((key) => nearest(key, missing) === undefined).length -
      (missing.some((m) => nearest(m, unknown)) ? 1 : 0)
    );
  };
  ofKind.sort((a, b) => misses(a) - misses(b));
  const [first, second] = ofKind;
  return first === undefined || (second !== undefined && misses(first) === misses(second)) ? undefined : first;
}

function explainOne(e: ErrorObject, root: Spot, misspelt: ReadonlySet<string>): Problem | undefined {
  const title = (e.parentSchema as Titled | undefined)?.title;
  switch (e.keyword) {
    case "additionalProperties":
    case "anyOf":
      return undefined;
    case "pattern":
      if (e.propertyName !== undefined) return undefined;
      return wrongKind(e, root);
    case "propertyNames": {
      const name = e.params.propertyName as string;
      return problem(
        "L0114",
        { name, help: "Names are letters, digits, `_` and `-`, and begin with a letter or `_`." },
        at(root, pathTo(e.instancePath, name), "key"),
      );
    }
    case "required": {
      const key = e.params.missingProperty as string;
      if (misspelt.has(pathTo(e.instancePath, key))) return undefined;
      const what = (e.parentSchema as Titled).properties?.[key]?.title;
      const help = what === undefined ? undefined : `\`${key}\` is ${what}.`;
      return problem("L0113", { what: partName(e.instancePath, title), key, help }, at(root, e.instancePath, "key"));
    }
    default:
      return wrongKind(e, root);
  }
}

/** For a union of mappings: its keys tell which of them was meant, and what is wrong with it. */
function withKeys(value: Json): string {
  const keys = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
  const shown = keys.slice(0, 3).map((key) => `\`${key.slice(0, 40)}\``);
  const more = keys.length - shown.length;
  if (keys.length === 0) return inWords(value);
  return `a mapping with ${more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(" and ")}`;
}

function wrongKind(e: ErrorObject, root: Spot): Problem {
  const parent = e.parentSchema as Titled & { type?: string };
  const title = parent.type === "object" ? undefined : parent.title;
  const bound =
    e.keyword === "minimum" ? `at least ${e.schema}` : e.keyword === "maximum" ? `at most ${e.schema}` : undefined;
  const expected = title ?? bound ?? articles[String(e.schema)] ?? articles[parent.type ?? ""] ?? "something else";
  const count = (e.data as Json[] | undefined)?.length;
  const found =
    e.keyword === "minItems" || e.keyword === "maxItems"
      ? `a list of ${count}`
      : e.keyword === "minProperties" || e.keyword === "maxProperties"
        ? `a mapping of ${Object.keys(e.data as object).length} keys`
        : e.keyword === "anyOf"
          ? withKeys(e.data as Json)
          : inWords(e.data as Json);
  const what = e.keyword.endsWith("Properties") ? (parent.title ?? expected) : expected;
  return problem(
    "L0112",
    { what: partName(e.instancePath, undefined), expected: what, found },
    at(root, e.instancePath, "value"),
  );
}

function at(root: Spot, path: string, part: "key" | "value"): { path: string; place: Place } {
  const spot = spotAt(root, path);
  return { path, place: part === "key" ? (spot.key ?? spot.place) : spot.place };
}

/** Renames and drops keys, in value and spots alike. */
function mend(value: Json, spot: Spot, repairs: readonly Repair[]): [Json, Spot] {
  const byPath = new Map<string, Map<string, Repair>>();
  for (const r of repairs) {
    if (!byPath.has(r.path)) byPath.set(r.path, new Map());
    byPath.get(r.path)!.set(r.key, r);
  }
  const walk = (v: Json, s: Spot, path: string): [Json, Spot] => {
    if (v === null || typeof v !== "object" || s.children === undefined) return [v, s];
    const children = new Map<string, Spot>();
    const here = byPath.get(path);
    const out: Json_ = {};
    for (const [key, part] of Object.entries(v)) {
      const repair = here?.get(key);
      if (repair !== undefined && (repair.to === undefined || Object.hasOwn(out, repair.to))) continue;
      const [mended, mendedSpot] = walk(part as Json, s.children.get(key) ?? s, pathTo(path, key));
      out[repair?.to ?? key] = mended;
      children.set(repair?.to ?? key, mendedSpot);
    }
    return [Array.isArray(v) ? Object.values(out) : out, { ...s, children }];
  };
  return walk(value, spot, "");
}
