/**
 * Authored message types → canonical form.
 *
 * Canonical: every object has `type`, `properties` in name order, `required` and `additionalProperties: false`;
 * every tensor has its `dtype`; names are resolved. The same type gives the same JSON however it was written.
 */
import { nearest } from "../problem/nearest.js";
import { pathTo } from "../problem/path.js";
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import { describeValue } from "./kind.js";
import { DTYPES, elements, isFloat } from "./tensor.js";
import type { Dtype, Json, MessageSchema } from "./type.js";

export const MAX_DEPTH = 16;
export const MAX_FIELDS = 512;
export const MAX_ELEMENTS = 2 ** 24;
export const MAX_ITEMS = 2 ** 16;
export const MAX_ENUM = 1024;
const MAX_COMPARISONS = 200_000;

const PRIMITIVES = ["number", "integer", "boolean", "string"] as const;
const TYPES: readonly string[] = [...PRIMITIVES, "array", "object"];
const ANNOTATIONS = ["$id", "title", "description"] as const;

/** Beside the annotations, what each kind of schema may say. */
const KEYWORDS: { readonly [kind: string]: readonly string[] } = {
  tensor: ["tensor", "dtype", "unit", "wraps", "quaternion"],
  enum: ["type", "enum"],
  number: ["type", "minimum", "maximum", "unit", "wraps"],
  integer: ["type", "minimum", "maximum", "unit"],
  boolean: ["type"],
  string: ["type"],
  array: ["type", "items", "minItems", "maxItems"],
  object: ["type", "properties", "required", "additionalProperties"],
};

const ARTICLES: { readonly [kind: string]: string } = {
  enum: "an enum",
  integer: "an integer",
  array: "an array",
  object: "an object",
};

/** Where names of types are looked up; `names` are the candidates for "did you mean". */
export type Named = ((name: string) => MessageSchema | undefined) & { readonly names?: Iterable<string> };

interface Context {
  readonly named: (name: string, path: string) => MessageSchema | undefined;
  readonly names: () => readonly string[];
  readonly problems: Problem[];
  /** Names that may still be compared for "did you mean": in a large file that is all wrong, later problems go without. */
  comparisons: number;
}

type RawObject = { readonly [key: string]: Json };

/** Stands for a type that has a problem, so that the rest is still looked at. */
const UNKNOWN: MessageSchema = { type: "number" };

const isObject = (raw: Json | undefined): raw is RawObject =>
  typeof raw === "object" && raw !== null && !Array.isArray(raw);
const own = (raw: RawObject, key: string): Json | undefined => (Object.hasOwn(raw, key) ? raw[key] : undefined);

/** A field is a plain identifier that no JavaScript object has already. */
export const isFieldName = (name: string): boolean =>
  name.length <= 128 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !(name in Object.prototype) && name !== "prototype";

/** A lookup for `messageSchema` over records of types; the first that has a name wins. */
export function namedIn(...records: readonly { readonly [name: string]: MessageSchema }[]): Named {
  const find = (name: string) => records.find((record) => Object.hasOwn(record, name))?.[name];
  return Object.assign(find, { names: records.flatMap((record) => Object.keys(record)) });
}

/**
 * The canonical form of one authored message type.
 *
 * @param path JSON pointer of `raw`, for the problems' paths.
 * @throws LimbeckError with every problem found (L0300 to L0305).
 * @example
 * const { properties } = messageSchema({ angle: { tensor: [2], unit: "rad" } }, () => undefined);
 * properties // { angle: { tensor: [2], dtype: "float64", unit: "rad" } }
 */
export function messageSchema(raw: Json, named: Named, path = ""): MessageSchema {
  const context: Context = {
    named,
    names: () => [...(named.names ?? [])],
    problems: [],
    comparisons: MAX_COMPARISONS,
  };
  const schema = normalise(raw, path, 0, context);
  if (context.problems.length > 0) throw new LimbeckError(context.problems);
  return schema;
}

/**
 * Canonical forms of a whole record of types (`messages:` of a graph file), which may name each other in any order.
 *
 * @throws LimbeckError with every problem found (L0300 to L0305, L0310 where a type contains itself).
 * @example
 * messageSchemas({ Grip: { force: { type: "number", unit: "N" } } }, () => undefined).Grip?.title // "Grip"
 */
export function messageSchemas(raw: RawObject, named: Named, path = ""): { [name: string]: MessageSchema } {
  const done = new Map<string, MessageSchema>();
  const open: string[] = [];
  const problems: Problem[] = [];
  const resolve = (name: string, at: string): MessageSchema | undefined => {
    if (!Object.hasOwn(raw, name)) return named(name);
    if (done.has(name)) return done.get(name);
    if (open.includes(name)) {
      const cycle = [...open.slice(open.indexOf(name)), name].join(" → ");
      problems.push(problem("L0310", { cycle }, { path: at }));
      return UNKNOWN;
    }
    open.push(name);
    const schema = normalise(raw[name]!, pathTo(path, name), open.length, context);
    open.pop();
    done.set(name, { ...schema, title: name });
    return done.get(name);
  };
  const context: Context = {
    named: resolve,
    names: () => [...Object.keys(raw), ...(named.names ?? [])],
    problems,
    comparisons: MAX_COMPARISONS,
  };
  for (const name of Object.keys(raw)) {
    if (isFieldName(name)) resolve(name, pathTo(path, name));
    else problems.push(problem("L0304", { name }, { path: pathTo(path, name) }));
  }
  if (problems.length > 0) throw new LimbeckError(problems);
  return Object.fromEntries(Object.keys(raw).map((name) => [name, done.get(name)!]));
}

function normalise(raw: Json, path: string, depth: number, context: Context): MessageSchema {
  const bad = (p: Problem): MessageSchema => {
    context.problems.push(p);
    return UNKNOWN;
  };
  if (depth > MAX_DEPTH) return bad(problem("L0305", { what: "levels", limit: MAX_DEPTH }, { path }));
  if (typeof raw === "string") return reference(raw, path, context);
  if (!isObject(raw)) return bad(problem("L0301", { found: describeValue(raw) }, { path }));
  const kind = kindOfRaw(raw);
  if (kind === undefined) return object(raw, undefined, {}, path, depth, context);

  const allowed = [...KEYWORDS[kind]!, ...ANNOTATIONS];
  for (const keyword of Object.keys(raw)) {
    if (allowed.includes(keyword)) continue;
    const what = ARTICLES[kind] ?? `a ${kind}`;
    bad(problem("L0302", { keyword, kind: what, nearest: nearest(keyword, allowed) }, { path: pathTo(path, keyword) }));
  }
  const read = reader(raw, path, context);
  const annotations: { -readonly [K in keyof MessageSchema]?: MessageSchema[K] } = {};
  for (const keyword of ANNOTATIONS) {
    const text = read(keyword, "a string", (v): v is string => typeof v === "string");
    if (text !== undefined) annotations[keyword] = text;
  }
  switch (kind) {
    case "tensor":
      return { ...annotations, ...tensor(read) };
    case "enum":
      return { ...annotations, ...enumeration(read) };
    case "number":
    case "integer":
      return { ...annotations, ...number(kind, read) };
    case "array":
      return { ...annotations, ...array(raw, read, path, depth, context) };
    case "object": {
      const properties = read("properties", "an object of fields", isObject) ?? {};
      read("additionalProperties", "false", (v): v is false => v === false);
      const required = read(
        "required",
        "a list of this object's fields",
        (v): v is readonly string[] =>
          Array.isArray(v) && v.every((name) => typeof name === "string" && Object.hasOwn(properties, name)),
      );
      return object(properties, required, annotations, pathTo(path, "properties"), depth, context);
    }
    default:
      return { ...annotations, type: kind as "boolean" | "string" };
  }
}

function reference(name: string, path: string, context: Context): MessageSchema {
  if ((PRIMITIVES as readonly string[]).includes(name)) return { type: name as (typeof PRIMITIVES)[number] };
  const schema = context.named(name, path);
  if (schema !== undefined) return { ...schema, title: schema.title ?? name };
  context.problems.push(problem("L0300", { name, nearest: suggest(name, context) }, { path }));
  return UNKNOWN;
}

function suggest(name: string, context: Context): string | undefined {
  if (context.comparisons < 0) return undefined;
  const candidates = [...PRIMITIVES, ...context.names()];
  context.comparisons -= candidates.length;
  return nearest(name, candidates);
}

/** A JSON Schema is told by `tensor`, `enum` or `type` with a value that the keyword takes; all else is an object of fields. */
function kindOfRaw(raw: RawObject): string | undefined {
  if (Array.isArray(own(raw, "tensor"))) return "tensor";
  if (Array.isArray(own(raw, "enum"))) return "enum";
  const type = own(raw, "type");
  return typeof type === "string" && TYPES.includes(type) ? type : undefined;
}

type Read = <T extends Json>(keyword: string, expected: string, is: (value: Json) => value is T) => T | undefined;

/** Reads keywords; a wrong value is a problem, and absent from then on. */
function reader(raw: RawObject, path: string, context: Context): Read {
  return (keyword, expected, is) => {
    const value = own(raw, keyword);
    if (value === undefined || is(value)) return value;
    const args = { keyword, expected, found: describeValue(value) };
    context.problems.push(problem("L0303", args, { path: pathTo(path, keyword) }));
    return undefined;
  };
}

const isCount = (v: Json): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
const isNumber = (v: Json): v is number => Number.isFinite(v);
const isText = (v: Json): v is string => typeof v === "string";

/** `unit` and `wraps`: an angle is in radians. */
function physical(read: Read, floating: boolean): MessageSchema {
  const wraps = read(
    "wraps",
    floating ? "true or false" : "absent: only floating-point values wrap",
    (v): v is boolean => (floating ? typeof v === "boolean" : v === false),
  );
  const unit = wraps
    ? (read("unit", "`rad` where `wraps` is true", (v): v is string => v === "rad") ?? "rad")
    : read("unit", "a string, such as `m/s`", isText);
  return { ...(unit === undefined ? {} : { unit }), ...(wraps ? { wraps } : {}) };
}

function tensor(read: Read): MessageSchema {
  const shape = read(
    "tensor",
    `a shape: a list of 1 to 8 positive integers, at most ${MAX_ELEMENTS} elements in all`,
    (v): v is readonly number[] =>
      Array.isArray(v) &&
      v.length >= 1 &&
      v.length <= 8 &&
      v.every((n) => isCount(n) && n > 0) &&
      elements(v) <= MAX_ELEMENTS,
  ) ?? [1];
  const dtype =
    read("dtype", `one of ${DTYPES.join(", ")}`, (v): v is Dtype => DTYPES.includes(v as Dtype)) ?? "float64";
  const mayRotate = isFloat(dtype) && shape.at(-1) === 4;
  const quaternion = read(
    "quaternion",
    mayRotate ? "true or false" : "absent: quaternions are four floating-point values in a tensor's last dimension",
    (v): v is boolean => (mayRotate ? typeof v === "boolean" : v === false),
  );
  return { tensor: shape, dtype, ...physical(read, isFloat(dtype)), ...(quaternion ? { quaternion } : {}) };
}

function number(type: "number" | "integer", read: Read): MessageSchema {
  const minimum = read("minimum", "a number", isNumber);
  const maximum = read(
    "maximum",
    minimum === undefined ? "a number" : `a number not below ${minimum}`,
    (v): v is number => isNumber(v) && (minimum === undefined || v >= minimum),
  );
  return {
    type,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...physical(read, type === "number"),
  };
}

function enumeration(read: Read): MessageSchema {
  const values = read(
    "enum",
    `a list of 1 to ${MAX_ENUM} different strings, or of different numbers`,
    (v): v is readonly (string | number)[] =>
      Array.isArray(v) &&
      v.length >= 1 &&
      v.length <= MAX_ENUM &&
      new Set(v).size === v.length &&
      (v.every((x) => typeof x === "string") || v.every(isNumber)),
  ) ?? [""];
  const type = typeof values[0] === "string" ? "string" : "number";
  read("type", `\`${type}\`, the type of its values`, (v): v is string => v === type);
  return { type, enum: values };
}

function array(raw: RawObject, read: Read, path: string, depth: number, context: Context): MessageSchema {
  const minItems = read(
    "minItems",
    `an integer from 0 to ${MAX_ITEMS}`,
    (v): v is number => isCount(v) && v <= MAX_ITEMS,
  );
  const maxItems = read(
    "maxItems",
    `an integer from ${minItems ?? 0} to ${MAX_ITEMS}`,
    (v): v is number => isCount(v) && v <= MAX_ITEMS && v >= (minItems ?? 0),
  );
  const items = normalise(own(raw, "items") ?? null, pathTo(path, "items"), depth + 1, context);
  return {
    type: "array",
    items,
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
}

function object(
  fields: RawObject,
  required: readonly string[] | undefined,
  annotations: MessageSchema,
  path: string,
  depth: number,
  context: Context,
): MessageSchema {
  const names = Object.keys(fields).sort();
  if (names.length > MAX_FIELDS) {
    context.problems.push(problem("L0305", { what: "fields in one object", limit: MAX_FIELDS }, { path }));
    return UNKNOWN;
  }
  const properties: { [name: string]: MessageSchema } = {};
  for (const name of names) {
    const at = pathTo(path, name);
    if (!isFieldName(name)) context.problems.push(problem("L0304", { name }, { path: at }));
    else properties[name] = normalise(fields[name]!, at, depth + 1, context);
  }
  return {
    ...annotations,
    type: "object",
    properties,
    required: required === undefined ? names : [...new Set(required)].sort(),
    additionalProperties: false,
  };
}
