/**
 * The calls of a graph's builder → what a YAML file would say, with the place of every part in the source.
 *
 * From here on both fronts go the same way (`load.ts`): the schema, the shorthands, the IR.
 */
import { canonicalJson } from "../../graph/digest.js";
import { builtinTypes } from "../../message/builtin.js";
import { isFieldName, messageSchema, namedIn } from "../../message/normalise.js";
import { notation } from "../../message/notation.js";
import { plainSchema } from "../../message/plain.js";
import type { Json, MessageSchema } from "../../message/type.js";
import { nearest } from "../../problem/nearest.js";
import { type Args, type Code, LimbeckError, type Place, type Problem, problem } from "../../problem/problem.js";
import { reservedNames } from "../parse.js";
import { CAPS } from "../scan.js";
import { lineTable, type Spot } from "../sourcemap.js";
import { type Call, type GraphSource, handleOf, type Site } from "./builder.js";
import { callAt, type Piece, type Range } from "./scan.js";

/** A source file as the user knows it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

export interface Assembled {
  readonly value: Json;
  readonly spot: Spot;
  readonly problems: readonly Problem[];
}

type Mutable = { [key: string]: Json };
interface MutableSpot extends Spot {
  place: Place;
  key?: Place;
  children?: Map<string, MutableSpot>;
}

/** Where a call and its arguments stand. */
interface Placed {
  readonly head: Place;
  readonly args: readonly (Piece | undefined)[];
  readonly place: (range: Range) => Place;
}

/**
 * @param sourceOf The file at a path of the call stack, undefined where it cannot be read.
 * @param file The graph file itself, for what has no place.
 */
export function assemble(source: GraphSource, file: Source, sourceOf: (path: string) => Source | undefined): Assembled {
  const problems: Problem[] = [];
  const places = placesOf(file, sourceOf);
  const start = lineTable(file.text, file.name)(0, 0);
  const refuse = <C extends Code>(code: C, args: Args<C>, place: Place) =>
    problems.push(problem(code, args, { place }));
  const converted = converter(source, refuse);

  const root: Mutable = { limbeck: 1 };
  const spot: MutableSpot = { place: start, children: new Map([["limbeck", { place: start, key: start }]]) };

  /** Puts a value at a path, whose last name is an author's (`written` stands where it was said). */
  const put = (path: readonly string[], value: Json, at: Spot, key: Place) => {
    let into = root;
    let around = spot;
    for (const name of path.slice(0, -1)) {
      into = (into[name] ??= {}) as Mutable;
      around.children ??= new Map();
      if (!around.children.has(name)) around.children.set(name, { place: key, key });
      around = around.children.get(name)!;
    }
    const name = path.at(-1)!;
    around.children ??= new Map();
    const earlier = around.children.get(name);
    if (reservedNames.has(name)) refuse("L0114", { name }, key);
    else if (earlier !== undefined && Object.hasOwn(into, name)) {
      const related = [{ message: "first written here", place: earlier.key ?? earlier.place }];
      problems.push(problem("L0110", { key: name }, { place: key, related }));
    } else {
      into[name] = value;
      around.children.set(name, { ...(at as MutableSpot), key });
    }
  };

  const types = namedTypes(refuse);
  for (const call of source.calls) {
    const placed = places(call);
    const { args } = call;
    const id = typeof args[0] === "string" ? args[0] : String(args[0]);
    const at = (i: number) => placed.args[i] && placed.place(placed.args[i]);
    const here = at(0) ?? placed.head;
    const json = (value: unknown, i: number) =>
      converted(value, { place: at(i) ?? placed.head, piece: placed.args[i] }, placed.place);
    /** The options of a call, with what it says beside them in front. */
    const part = (options: unknown, i: number, beside: { [key: string]: readonly [Json, Place] } = {}) => {
      const value = json(options ?? {}, i);
      const children = new Map(
        Object.entries(beside).map(([k, [, place]]) => [k, { place, key: place } as MutableSpot]),
      );
      const own = spotOf(value, placed.args[i], at(i) ?? placed.head, placed.place);
      for (const [k, child] of own.children ?? []) children.set(k, child);
      const plain = Object.fromEntries(Object.entries(beside).map(([k, [v]]) => [k, v]));
      const merged =
        typeof value === "object" && !Array.isArray(value) && value !== null ? { ...plain, ...value } : value;
      return [merged, { place: placed.head, children }] as const;
    };
    switch (call.method) {
      case "graph": {
        spot.place = placed.head;
        put(["name"], json(args[0], 0), { place: here }, here);
        const [value, own] = part(args[1], 1);
        for (const [key, v] of Object.entries(value as Mutable))
          if (key !== "name") put([key], v, own.children.get(key)!, own.children.get(key)?.key ?? here);
        break;
      }
      case "param":
        put(["params", id], ...part(args[1], 1), here);
        break;
      case "message":
        types.nameOf(args[0], here);
        break;
      case "in":
      case "out": {
        const type = at(1) ?? here;
        const message = types.nameOf(args[1], type) ?? json(plainSchema(args[1]), 1);
        put(["streams", call.method, id], ...part(args[2], 2, { message: [message, type] }), here);
        break;
      }
      case "from": {
        const to = String(args[1]);
        put(["streams", "out", to, "from"], json(args[0], 0), { place: here }, placed.head);
        break;
      }
      case "world":
      case "node": {
        const component = at(1) ?? here;
        const beside = { component: [json(args[1], 1), component] as const };
        put([call.method === "world" ? "world" : "nodes", id], ...part(args[2], 2, beside), here);
        break;
      }
      case "rewrite": {
        const [value, own] = part(args[0], 0);
        root.rewrites ??= [];
        const list = root.rewrites as unknown as Json[];
        const around = spot.children!.get("rewrites") ?? { place: placed.head, key: placed.head, children: new Map() };
        around.children!.set(String(list.length), own as MutableSpot);
        list.push(value);
        spot.children!.set("rewrites", around);
        break;
      }
      case "evaluate":
        put(["evaluate"], ...part(args[0], 0), here);
        break;
    }
  }
  for (const [name, { schema, place }] of types.declared)
    put(
      ["messages", name],
      schema,
      spotOf(schema, undefined, place, () => place),
      place,
    );
  for (const { text, site } of source.later) if (text === undefined) refuse("L0156", {}, places.at(site));
  problems.push(...misnamed(source, spot.place));
  return { value: root, spot, problems };
}

/** The streams that the function gave back stand under their own names. */
function misnamed({ returned, calls }: GraphSource, place: Place): Problem[] {
  if (typeof returned !== "object" || returned === null) return [];
  const names = calls.filter(({ method }) => method === "in" || method === "out").map(({ args }) => String(args[0]));
  return Object.entries(returned)
    .filter(([name, value]) => {
      const handle = handleOf(value);
      return handle?.what !== "stream" || handle.owner !== calls || handle.text() !== name;
    })
    .map(([name]) =>
      problem("L0158", { name, nearest: names.includes(name) ? undefined : nearest(name, names) }, { place }),
    );
}

/** Where calls stand in the files that made them; the texts are scanned once a file. */
function placesOf(file: Source, sourceOf: (path: string) => Source | undefined) {
  interface Open extends Source {
    readonly lines: readonly number[];
    readonly place: (start: number, end?: number) => Place;
  }
  const open = new Map<string, Open | undefined>();
  const textOf = (path: string): Open | undefined => {
    if (!open.has(path)) {
      const source = sourceOf(path);
      const lines = [0];
      if (source !== undefined)
        for (let at = source.text.indexOf("\n"); at !== -1; at = source.text.indexOf("\n", at + 1)) lines.push(at + 1);
      open.set(path, source && { ...source, lines, place: lineTable(source.text, source.name) });
    }
    return open.get(path);
  };
  const whole = lineTable(file.text, file.name)(0, 0);
  const line = (site: Site | undefined): Place => {
    const source = site && textOf(site.file);
    const start = source?.lines[site!.line - 1];
    if (source === undefined || start === undefined) return whole;
    const text = source.text.slice(start, source.text.indexOf("\n", start) + 1 || undefined);
    return source.place(start + (text.length - text.trimStart().length), start + text.trimEnd().length);
  };
  const places = ({ method, args, site }: Call): Placed => {
    const source = site && textOf(site.file);
    const start = source?.lines[site!.line - 1];
    const found = start === undefined ? undefined : callAt(source!.text, start, method, args[0]);
    const place = (range: Range) => source!.place(range.start, range.end);
    if (found === undefined) return { head: line(site), args: [], place };
    return { head: place(found.head), args: found.args, place };
  };
  return Object.assign(places, { at: line });
}

/** A spot for each part of a value: its own where it is written as a literal, else that of what is around it. */
function spotOf(value: Json, piece: Piece | undefined, around: Place, placeOf: (range: Range) => Place): MutableSpot {
  const place = piece === undefined ? around : placeOf(piece);
  if (typeof value !== "object" || value === null) return { place };
  const children = new Map<string, MutableSpot>();
  for (const [key, part] of Object.entries(value as Mutable)) {
    const member = piece?.members?.get(key);
    const inner = Array.isArray(value) ? piece?.items?.[Number(key)] : member?.value;
    const child = spotOf(part, inner, place, placeOf);
    children.set(key, { ...child, key: member === undefined ? child.place : placeOf(member.key) });
  }
  return { place, children };
}

type Refuse = <C extends Code>(code: C, args: Args<C>, place: Place) => void;

/** Where a value stands, and its parts where it is a literal. */
interface Spotted {
  readonly place: Place;
  readonly piece?: Piece | undefined;
}

/** Values of TypeScript → JSON, with handles by the texts that they stand for. */
function converter(source: GraphSource, refuse: Refuse) {
  const json = (value: unknown, { place, piece }: Spotted, placeOf: (range: Range) => Place, depth = 0): Json => {
    const refused = (what: string): Json => {
      refuse("L0155", { what }, place);
      return null;
    };
    const within = (part: unknown, inner: Piece | undefined): Json =>
      json(part, { place: inner === undefined ? place : placeOf(inner), piece: inner }, placeOf, depth + 1);
    const handle = handleOf(value);
    if (handle !== undefined) {
      if (handle.owner !== undefined && handle.owner !== source.calls)
        refuse("L0154", { what: handle.what, name: handle.text() ?? "later" }, place);
      // one that was never told is told of once
      return handle.text() ?? "later";
    }
    if (typeof value === "number") return Number.isFinite(value) ? value : refused(`the number ${value}`);
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (depth > CAPS.depth) return refused(`values nested ${CAPS.depth} deep`);
    if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      return Array.from(value as unknown as Iterable<unknown>, (item) => within(item, undefined));
    if (Array.isArray(value)) return value.map((item, i) => within(item, piece?.items?.[i]));
    if (typeof value !== "object") return refused(value === undefined ? "`undefined`" : `a ${typeof value}`);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      return refused(`an instance of ${value.constructor?.name ?? "a class"}`);
    const out: Mutable = {};
    for (const [key, part] of Object.entries(value)) {
      if (part === undefined) continue;
      const member = piece?.members?.get(key);
      if (reservedNames.has(key)) refuse("L0114", { name: key }, member === undefined ? place : placeOf(member.key));
      else out[key] = within(part, member?.value);
    }
    return out;
  };
  return json;
}

/** The named message types that streams carry, and those inside them: what YAML declares under `messages`. */
function namedTypes(refuse: Refuse) {
  const declared = new Map<string, { readonly schema: Json; readonly place: Place }>();
  const builtin = new Set<string>();
  const notationOf = (schema: Json): string | undefined => {
    try {
      return notation(messageSchema(schema, namedIn(builtinTypes)));
    } catch (error) {
      // what is wrong with it is told where it is declared
      if (error instanceof LimbeckError) return undefined;
      throw error;
    }
  };
  const isBuiltin = (name: string, schema: Json) =>
    Object.hasOwn(builtinTypes, name) && notationOf(schema) === notation(builtinTypes[name]!);

  const add = (name: string, schema: Json, place: Place) => {
    const earlier = declared.get(name);
    const differs = earlier !== undefined && canonicalJson(earlier.schema) !== canonicalJson(schema);
    if (differs || (builtin.has(name) && !isBuiltin(name, schema))) refuse("L0153", { name }, place);
    else declared.set(name, { schema, place });
    addInner(schema, place);
  };
  const addInner = (schema: Json, place: Place) => {
    const { properties, items } = schema as { readonly properties?: { [field: string]: Json }; readonly items?: Json };
    for (const inner of [...Object.values(properties ?? {}), ...(items === undefined ? [] : [items])]) {
      const title = titleOf(inner);
      if (title === undefined) addInner(inner, place);
      else if (!isBuiltin(title, inner)) add(title, inner, place);
    }
  };
  const nameOf = (type: unknown, place: Place): string | undefined => {
    if (typeof type === "string") return type;
    const title = titleOf(type);
    const schema = plainSchema(type);
    if (title === undefined) {
      if (typeof schema === "object" && schema !== null) addInner(schema, place);
      return undefined;
    }
    if (type === builtinTypes[title]) builtin.add(title);
    else add(title, schema, place);
    return title;
  };
  return { declared, nameOf };
}

const titleOf = (type: unknown): string | undefined => {
  const title = typeof type === "object" && type !== null ? (type as MessageSchema).title : undefined;
  return typeof title === "string" && isFieldName(title) ? title : undefined;
};
