/**
 * An authored graph file → the canonical IR: shorthands written out, defaults filled in, message types normalised.
 *
 * The tree of places is reshaped alongside, so that it has the IR's shape.
 */
import type { Graph, GraphNode, Input, Queue, Restart, RewriteEntry, Trigger } from "../graph/ir.js";
import { lastName } from "../graph/ref.js";
import { builtinTypes } from "../message/builtin.js";
import { messageSchema, messageSchemas, type Named, namedIn } from "../message/normalise.js";
import { notation } from "../message/notation.js";
import type { Json, MessageSchema } from "../message/type.js";
import { pathTo } from "../problem/path.js";
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import { reservedNames } from "./parse.js";
import { reshape, type Spot } from "./sourcemap.js";

type Authored = { readonly [key: string]: Json | undefined };

export interface Expanded {
  readonly graph?: Graph;
  readonly spot: Spot;
  readonly problems: readonly Problem[];
}

/** `named` looks up message types beside the file's own (`schemas/`). The value has the form of `graphSchema`. */
export function expandGraph(
  value: Authored,
  spot: Spot,
  named: { readonly [name: string]: MessageSchema } = {},
): Expanded {
  const problems: Problem[] = [];
  const children = new Map(spot.children);
  const part = <T>(key: string, expand: (value: T, spot: Spot) => [T | unknown, Spot]): unknown => {
    if (value[key] === undefined) return undefined;
    const [expanded, at] = expand(value[key] as T, children.get(key)!);
    children.set(key, at);
    return expanded;
  };

  const declared = messageTypes((value.messages ?? {}) as { [name: string]: Json }, named, problems);
  const inline = new Map<string, MessageSchema>();
  const types = namedIn(declared ?? {}, named, builtinTypes);
  const nodes = (ids: Authored, at: Spot) =>
    eachKey(ids, at, (node, s, id) =>
      expandNode(node as Authored, s, pathTo(at === children.get("world") ? "/world" : "/nodes", id), problems),
    );
  const world = part("world", nodes) ?? {};
  const system = part("nodes", nodes) ?? {};
  const rewrites = part("rewrites", (list: readonly Json[], at) => expandRewrites(list, at)) ?? [];
  const streams = { in: {}, out: {}, ...((value.streams ?? {}) as { in?: Authored; out?: Authored }) };
  const ends = {
    in: inlineTypes(streams.in, "/streams/in", types, inline, problems),
    out: inlineTypes(streams.out, "/streams/out", types, inline, problems),
  };
  const evaluate = value.evaluate as Authored | undefined;

  if (declared === undefined || problems.length > 0) return { spot: reshape(spot, children), problems };
  const graph = {
    limbeck: 1,
    name: value.name,
    ...(value.doc === undefined ? {} : { doc: value.doc }),
    seed: value.seed ?? 0,
    params: value.params ?? {},
    messages: { ...declared, ...Object.fromEntries(inline) },
    streams: ends,
    world,
    nodes: system,
    rewrites,
    ...(evaluate === undefined
      ? {}
      : { evaluate: { ...evaluate, metrics: evaluate.metrics ?? {}, starts: evaluate.starts ?? {} } }),
  };
  return { graph: graph as unknown as Graph, spot: reshape(spot, children), problems };
}

function messageTypes(
  raw: { readonly [name: string]: Json },
  named: { readonly [name: string]: MessageSchema },
  problems: Problem[],
): { readonly [name: string]: MessageSchema } | undefined {
  try {
    return messageSchemas(raw, namedIn(named, builtinTypes), "/messages");
  } catch (e) {
    if (!(e instanceof LimbeckError)) throw e;
    problems.push(...e.problems);
    return undefined;
  }
}

/** `message: {tensor: [2]}` is the name of a type of the file that is called by how it is written. */
function inlineTypes(
  streams: Authored,
  path: string,
  types: Named,
  inline: Map<string, MessageSchema>,
  problems: Problem[],
): Authored {
  const named = ([id, stream]: [string, Json | undefined]): [string, Json] => {
    const { message, ...rest } = stream as Authored;
    if (typeof message !== "object" || message === null) return [id, stream!];
    try {
      const type = messageSchema(message, types, pathTo(path, id, "message"));
      const name = notation(type);
      // a bare `{type: number}` has a name already
      if (name !== type.type) inline.set(name, type);
      return [id, { message: name, ...rest } as Json];
    } catch (e) {
      if (!(e instanceof LimbeckError)) throw e;
      problems.push(...e.problems);
      return [id, stream!];
    }
  };
  return Object.fromEntries(Object.entries(streams).map(named));
}

function eachKey(
  record: Authored,
  spot: Spot,
  expand: (value: Json, spot: Spot, key: string) => [unknown, Spot],
): [{ [key: string]: unknown }, Spot] {
  const children = new Map<string, Spot>();
  const out: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(record)) {
    const [expanded, at] = expand(value!, spot.children!.get(key)!, key);
    out[key] = expanded;
    children.set(key, at);
  }
  return [out, reshape(spot, children)];
}

function expandNode(node: Authored, spot: Spot, path: string, problems: Problem[]): [GraphNode, Spot] {
  const written = spot.children!.get("in");
  const [inputs, at] = expandInputs(node.in ?? {}, written, path, problems);
  const { on, in: _, params, restart, ...rest } = node;
  const expanded = {
    ...rest,
    ...(on === undefined ? {} : { on: expandTrigger(on) }),
    ...(restart === undefined ? {} : { restart: expandRestart(restart) }),
    in: inputs,
    params: params ?? {},
  };
  const shaped = at === written ? spot : reshape(spot, new Map(spot.children).set("in", at!));
  return [expanded as unknown as GraphNode, shaped];
}

/** `100hz` is `{clock: 100hz}`. */
const expandTrigger = (on: Json): Trigger => (typeof on === "string" ? { clock: on } : (on as unknown as Trigger));

const isShort = (value: Json): boolean => typeof value === "number" || typeof value === "string";
/** `3` is `{budget: 3}`. */
const expandRestart = (restart: Json): Restart =>
  (isShort(restart) ? { budget: restart } : restart) as unknown as Restart;
/** `10` is `{size: 10}`. */
const expandQueue = (queue: Json): Queue => (isShort(queue) ? { size: queue } : queue) as unknown as Queue;

function expandInput(authored: Json): Input {
  if (typeof authored === "string") return { from: authored };
  const { queue, ...rest } = authored as Authored;
  return { ...rest, ...(queue === undefined ? {} : { queue: expandQueue(queue) }) } as unknown as Input;
}

/** `[a, b.c]` is `{a: {from: a}, c: {from: b.c}}`; `{a: x}` is `{a: {from: x}}`. */
function expandInputs(
  authored: Json,
  spot: Spot | undefined,
  path: string,
  problems: Problem[],
): [{ readonly [port: string]: Input }, Spot | undefined] {
  const inputs: { [port: string]: Input } = {};
  if (spot === undefined) return [inputs, undefined];
  if (!Array.isArray(authored)) {
    for (const [port, input] of Object.entries(authored as { [port: string]: Json })) inputs[port] = expandInput(input);
    return [inputs, spot];
  }
  const children = new Map<string, Spot>();
  for (const [i, from] of (authored as readonly string[]).entries()) {
    const port = lastName(from);
    const at = spot.children!.get(String(i))!;
    if (reservedNames.has(port)) {
      problems.push(problem("L0114", { name: port }, { path: pathTo(path, "in"), place: at.place }));
      continue;
    }
    const earlier = children.get(port);
    if (earlier !== undefined) {
      const related = [{ message: "first written here", place: earlier.place }];
      problems.push(
        problem(
          "L0110",
          { key: port, what: "among the inputs" },
          { path: pathTo(path, "in", port), place: at.place, related },
        ),
      );
      continue;
    }
    inputs[port] = { from };
    children.set(port, at);
  }
  return [inputs, reshape(spot, children)];
}

/** `- record: {…}` is `{rule: record, options: {…}}`. */
export function expandRewrites(list: readonly Json[], spot: Spot): [RewriteEntry[], Spot] {
  const children = new Map<string, Spot>();
  const entries = list.map((entry, i): RewriteEntry => {
    const [[rule, options]] = Object.entries(entry as Authored) as [[string, RewriteEntry["options"]]];
    const at = spot.children!.get(String(i))!;
    const options_ = at.children!.get(rule)!;
    children.set(
      String(i),
      reshape(
        at,
        new Map([
          // rules tell of an option as a part of the entry
          ...(options_.children ?? []),
          ["rule", { place: options_.key! }],
          ["options", options_],
        ]),
      ),
    );
    return { rule, options };
  });
  return [entries, reshape(spot, children)];
}
