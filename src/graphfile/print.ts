/** The IR → the text of a graph file, as an author would write it: shorthands back in place, defaults left out. */
import { Document, isMap, isSeq, type Node, visit } from "yaml";
import type { Evaluate, Graph, GraphNode, Input, InStream, OutStream, Trigger } from "../graph/ir.js";
import { lastName } from "../graph/ref.js";
import { isFieldName } from "../message/normalise.js";
import { shorthand } from "../message/notation.js";

const MAX_LINE = 110;

/**
 * A graph file that parses back to this graph. Rewrites that were applied are left out when `applied` says so, since
 * what they inserted stands in the graph already; so are params, whose values were bound before.
 *
 * @example
 * const text = "{limbeck: 1, name: x, nodes: {a: {component: control/pd, in: {target: goal}}}}";
 * const { graph } = parseGraphFile(text, "x.graph.yaml");
 * printGraph(graph!)
 * // limbeck: 1
 * // name: x
 * // seed: 0
 * //
 * // nodes: {a: {component: control/pd, in: {target: goal}}}
 */
export function printGraph(graph: Graph, { applied = false }: { readonly applied?: boolean } = {}): string {
  const { streams, world, nodes, rewrites, evaluate, ...head } = graph;
  const types = Object.fromEntries(Object.entries(head.messages).filter(([name]) => isFieldName(name)));
  const stream = ({ message, origin: _, ...rest }: InStream | OutStream) => {
    const inline = isFieldName(message) ? undefined : head.messages[message];
    return { message: inline === undefined ? message : shorthand(inline, types), ...rest };
  };
  const ends = { in: some(map(streams.in, stream)), out: some(map(streams.out, stream)) };
  const authored = {
    ...head,
    params: applied ? undefined : some(head.params),
    messages: some(map(types, ({ title: _, ...type }) => shorthand(type, types))),
    streams: ends.in === undefined && ends.out === undefined ? undefined : ends,
    world: some(map(world, node)),
    nodes: some(map(nodes, node)),
    rewrites: applied || rewrites.length === 0 ? undefined : rewrites.map(({ rule, options }) => ({ [rule]: options })),
    evaluate: applied && evaluate !== undefined ? withoutBound(evaluate, { ...world, ...nodes }) : evaluate,
  };
  // what is undefined goes
  const document = new Document(JSON.parse(JSON.stringify(authored)), { aliasDuplicateObjects: false });
  visit(document, {
    Collection: (key, collection) => (key === null ? undefined : flow(collection)),
    // bare it would merge mappings
    Scalar(key, scalar) {
      if (key === "key" && scalar.value === "<<") scalar.type = "QUOTE_DOUBLE";
    },
  });
  for (const item of isMap(document.contents) ? document.contents.items.slice(1) : [])
    if (isMap(item.value) || isSeq(item.value)) (item.key as Node).spaceBefore = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Starts without params that are gone: their values stand where they were used. */
const withoutBound = (evaluate: Evaluate, nodes: Graph["nodes"]): Evaluate => ({
  ...evaluate,
  starts: map(evaluate.starts, (start) =>
    Object.fromEntries(Object.entries(start).filter(([name]) => Object.hasOwn(nodes, name.split(".", 1)[0]!))),
  ),
});

/** A collection that fits on a line stands on one. */
function flow(collection: { flow?: boolean; toJSON(): unknown }): void {
  if (JSON.stringify(collection.toJSON()).length <= MAX_LINE) collection.flow = true;
}

const node = ({ component, on, in: inputs, params, origin: _, restart, ...rest }: GraphNode) => ({
  component,
  on: on === undefined ? undefined : trigger(on),
  in: readable(inputs),
  params: some(params),
  ...rest,
  restart: short(restart, "budget"),
});

/** `{size: 10}` is written `10`. */
const short = <T extends object, K extends keyof T>(value: T | undefined, key: K): T | T[K] | undefined =>
  value !== undefined && Object.keys(value).length === 1 ? value[key] : value;

const trigger = (on: Trigger) => ("clock" in on && on.phase === undefined ? on.clock : on);

/** `[a, b]` where ports have the names of what they read, `{port: ref}` where they do not. */
function readable(inputs: GraphNode["in"]) {
  const entries = Object.entries(inputs).map(([port, input]) => [port, plain(input)] as const);
  if (entries.length === 0) return undefined;
  const equal = entries.every(([port, input]) => typeof input === "string" && lastName(input) === port);
  return equal ? entries.map(([, input]) => input) : Object.fromEntries(entries);
}

function plain({ origin: _, queue, ...input }: Input) {
  if (queue !== undefined) return { ...input, queue: short(queue, "size") };
  return Object.keys(input).length === 1 ? input.from : input;
}

const some = <T extends object>(record: T): T | undefined => (Object.keys(record).length === 0 ? undefined : record);

const map = <A, B>(record: { readonly [key: string]: A }, f: (a: A) => B): { readonly [key: string]: B } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
