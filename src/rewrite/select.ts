/**
 * How rewrites choose nodes and ports: by name, by pattern, or by a list that mixes both.
 *
 *   nodes: controller          nodes: {component: "filter/*"}      nodes: [controller, {tag: safety}]
 *   ports: [joints, arm.tip]   ports: {message: JointState}        ports: {id: "leg*", place: nodes}
 *
 * Several keys of one pattern must all hold. What is chosen comes in order of the list, and of declaration within a
 * pattern, each once. A name that is not there, and a pattern that matches nothing, are problems.
 */
import Type, { type TSchema } from "typebox";
import type { NodeVertex, TypedGraph, Vertex } from "../graph/typed.js";
import { messageSchema, type Named } from "../message/normalise.js";
import { describeType, sameType, unitDifferences } from "../message/same.js";
import type { Json, MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import { isGlob, MAX_PATTERN, matches } from "./glob.js";
import { findPort, isStream, type NamedPort, portNames, refOf } from "./port.js";
import type { Subject } from "./rule.js";

export interface Pattern {
  /** Of the node or stream. */
  readonly id?: string;
  readonly component?: string;
  readonly tag?: string;
  /** Name of the node's output. */
  readonly port?: string;
  /** Name of a message type, or a type written out. */
  readonly message?: Json;
  readonly place?: Vertex["place"];
}
type Choice = string | Pattern;
export type Selection = Choice | readonly Choice[];

export interface Chosen<T> {
  readonly found: readonly T[];
  readonly problems: readonly Problem[];
}

const glob = (description: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_PATTERN,
      description: `${description}; \`*\` and \`?\` stand for others`,
    }),
  );

const ofNode = {
  id: glob("the node's id"),
  component: glob("the component's name"),
  tag: glob("one of the node's tags"),
};

const closed = { additionalProperties: false, minProperties: 1 } as const;
/** Keys of a pattern for nodes. */
export const nodePattern = Type.Object(ofNode, { ...closed, description: "nodes for which all of this holds" });
/** Keys of a pattern for ports. */
export const portPattern = Type.Object(
  {
    ...ofNode,
    id: glob("id of the node or stream"),
    port: glob("the output's name"),
    message: Type.Optional(
      Type.Unsafe<Json>({ description: "name of the message type (with `*` and `?`), or a type written out" }),
    ),
    place: Type.Optional(
      Type.Enum(["in", "nodes", "out", "world"], { description: "where; without it everywhere but in the world" }),
    ),
  },
  { ...closed, description: "ports for which all of this holds" },
);

const selection = (title: "nodes" | "ports", pattern: TSchema, description: string, minItems: number) =>
  Type.Union([Type.String(), pattern, Type.Array(Type.Union([Type.String(), pattern]), { minItems })], {
    title,
    description,
  });

/** The option by which a rule takes nodes; every rule takes them alike. */
export const nodesOption = (description: string) => selection("nodes", nodePattern, description, 1);

/** The option by which a rule takes ports, at least so many. */
export const portsOption = (description: string, atLeast: 0 | 1 = 1) =>
  selection("ports", portPattern, description, atLeast);

/** The nodes that are chosen. @param path of the option, for problems */
export function selectNodes(subject: Subject, selection: Selection, path: string): Chosen<NodeVertex> {
  const { typed, origin } = subject;
  const all = declared(typed).filter((vertex): vertex is NodeVertex => vertex.place === "nodes");
  const known = all.map(({ id }) => id);
  const named = (id: string, at: string): readonly NodeVertex[] | Problem => {
    const vertex = typed.byId.get(id);
    if (vertex?.place === "nodes") return [vertex];
    if (isGlob(id)) return notAPattern(origin.rule, id, at);
    return problem(
      "L0505",
      { rule: origin.rule, node: id, known, nearest: nearest(id, known), of: vertex?.place },
      { path: at },
    );
  };
  const matching = (pattern: Pattern, at: string) =>
    choose(
      subject,
      "node",
      pattern,
      all.map((vertex) => ({ of: vertex, vertex, name: vertex.id })),
      at,
    );
  return select(selection, path, named, matching, ({ id }) => id);
}

/** The ports that are chosen. @param path of the option, for problems */
export function selectPorts(subject: Subject, selection: Selection, path: string): Chosen<NamedPort> {
  const { typed, origin } = subject;
  const named = (name: string, at: string): readonly NamedPort[] | Problem => {
    const port = findPort(typed, name);
    if (port !== undefined) return [port];
    if (isGlob(name)) return notAPattern(origin.rule, name, at);
    const known = portNames(typed);
    return problem("L0504", { rule: origin.rule, port: name, known, nearest: nearest(name, known) }, { path: at });
  };
  const matching = (pattern: Pattern, at: string) => {
    const all = declared(typed)
      .filter(({ place }) => (pattern.place === undefined ? place !== "world" : place === pattern.place))
      .flatMap((vertex) =>
        vertex.outputs.map((output) => {
          const name = refOf(vertex, output.port);
          return { of: findPort(typed, name)!, vertex, name, port: output.port, type: output.type };
        }),
      );
    return choose(subject, "port", pattern, all, at);
  };
  return select(selection, path, named, matching, ({ ref }) => ref);
}

/** Authored parts in order of declaration: in-streams, nodes, out-streams, the world. */
function declared({ graph, byId }: TypedGraph): Vertex[] {
  const { streams, nodes, world } = graph;
  return [streams.in, nodes, streams.out, world]
    .flatMap((part) => Object.keys(part))
    .filter((id) => !id.includes("#"))
    .map((id) => byId.get(id)!);
}

function select<T>(
  selection: Selection,
  path: string,
  named: (name: string, at: string) => readonly T[] | Problem,
  matching: (pattern: Pattern, at: string) => readonly T[] | Problem,
  key: (chosen: T) => string,
): Chosen<T> {
  const list = (Array.isArray(selection) ? selection : [selection]) as readonly Choice[];
  const found = new Map<string, T>();
  const problems: Problem[] = [];
  list.forEach((choice, i) => {
    const at = Array.isArray(selection) ? `${path}/${i}` : path;
    const chosen = typeof choice === "string" ? named(choice, at) : matching(choice, at);
    if ("code" in chosen) problems.push(chosen);
    else for (const one of chosen) if (!found.has(key(one))) found.set(key(one), one);
  });
  return { found: [...found.values()], problems };
}

interface Candidate<T> {
  readonly of: T;
  readonly vertex: Vertex;
  readonly name: string;
  readonly port?: string;
  readonly type?: MessageSchema;
}

type Key = Exclude<keyof Pattern, "place">;
const KEYS: readonly Key[] = ["id", "component", "tag", "port", "message"];

function choose<T>(
  subject: Subject,
  what: "node" | "port",
  pattern: Pattern,
  all: readonly Candidate<T>[],
  path: string,
): readonly T[] | Problem {
  const keys = KEYS.filter((key) => pattern[key] !== undefined);
  const holds = new Map<Key, (candidate: Candidate<T>) => boolean>();
  for (const key of keys) {
    const test =
      key === "message" ? ofMessage(subject, pattern.message!, `${path}/message`) : ofText(key, pattern[key] as string);
    if ("code" in test) return test;
    holds.set(key, test);
  }
  const found = all.filter((candidate) => keys.every((key) => holds.get(key)!(candidate)));
  if (found.length > 0) return found.map((candidate) => candidate.of);
  const alone = keys.find((key) => !all.some(holds.get(key)!));
  const told = alone === undefined ? keys : [alone];
  const values = [...new Set(told.flatMap((key) => all.flatMap((candidate) => valuesOf(key, candidate))))];
  return problem(
    "L0510",
    {
      rule: subject.origin.rule,
      what,
      place: pattern.place,
      keys: told.map((key) => ({ key, wanted: written(pattern[key]!) })),
      seen: all.map((candidate) => ({
        name: candidate.name,
        value: told.map((key) => valuesOf(key, candidate).join(" ")).join(", "),
      })),
      nearest: told.length === 1 ? nearestPattern(written(pattern[told[0]!]!), values) : undefined,
    },
    { path },
  );
}

const written = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What a candidate has under a key, as the pattern is held to it. */
function valuesOf(key: Key, { vertex, port, type }: Candidate<unknown>): readonly string[] {
  const node = "node" in vertex ? vertex.node : undefined;
  if (key === "id") return [vertex.id];
  if (key === "component") return node === undefined ? [] : [node.component];
  if (key === "tag") return node?.tags ?? [];
  if (key === "port") return port === undefined || isStream(vertex) ? [] : [port];
  return [
    ...new Set([
      ...("stream" in vertex ? [vertex.stream.message] : []),
      ...(type === undefined ? [] : [describeType(type)]),
    ]),
  ];
}

const ofText =
  (key: Key, pattern: string) =>
  (candidate: Candidate<unknown>): boolean =>
    valuesOf(key, candidate).some((value) => matches(pattern, value));

/** By the type's name, or by its structure and units. */
function ofMessage(
  subject: Subject,
  wanted: Json,
  path: string,
): ((candidate: Candidate<unknown>) => boolean) | Problem {
  const { graph, catalogue } = subject;
  const find = (name: string) => (Object.hasOwn(graph.messages, name) ? graph.messages[name] : catalogue.message(name));
  const named: Named = Object.assign(find, { names: [...Object.keys(graph.messages), ...catalogue.messages()] });
  let schema: MessageSchema | undefined;
  if (typeof wanted === "string") schema = find(wanted);
  else
    try {
      schema = messageSchema(wanted, named, path);
    } catch (error) {
      if (error instanceof LimbeckError) return error.problems[0]!;
      throw error;
    }
  return (candidate) =>
    (typeof wanted === "string" && valuesOf("message", candidate).some((name) => matches(wanted, name))) ||
    (schema !== undefined &&
      candidate.type !== undefined &&
      sameType(candidate.type, schema) === undefined &&
      unitDifferences(candidate.type, schema).length === 0);
}

/** `filtr/*` → `filter/*`; else the nearest of the values. */
function nearestPattern(wanted: string, values: readonly string[]): string | undefined {
  if (!isGlob(wanted)) return nearest(wanted, values);
  if (!wanted.endsWith("/*")) return nearest(wanted.replace(/[*?]/g, ""), values);
  const folders = new Set(values.filter((v) => v.includes("/")).map((v) => v.slice(0, v.lastIndexOf("/"))));
  const folder = nearest(wanted.slice(0, -2), folders);
  return folder === undefined ? undefined : `${folder}/*`;
}

const notAPattern = (rule: string, name: string, path: string): Problem =>
  problem(
    "L0509",
    {
      rule,
      reason: `\`${name}\` is taken for a name, and no name has a \`*\` or a \`?\``,
      help: `Write a pattern as \`{id: "${name}"}\`.`,
    },
    { path },
  );
