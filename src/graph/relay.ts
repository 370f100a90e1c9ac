/**
 * Relays, the ports of sub-graphs, in a checked graph: who reads one reads what it reads, as it does.
 *
 * `max_age: 50ms` at a sub-graph's input means what it means at a node's: every firing inside finds the value missing
 * once it is older. A relay fires on arrival only and could not tell, so its readers take over how it reads. Nor would
 * it fire for a value that is held from the start: that it holds too.
 */
import type { Json } from "../message/type.js";
import type { TypedGraph, TypedInput, TypedOutput, Vertex } from "./typed.js";

/**
 * The name of a port as the engine has it: `leg.torque` of the sub-graph `leg` is `leg/torque.out`.
 *
 * @param has whether there is a vertex of this id
 * @example
 * effectivePort("leg.torque", (id) => id === "leg/torque") // "leg/torque.out"
 * effectivePort("arm.tip", (id) => id === "arm") // "arm.tip"
 */
export function effectivePort(name: string, has: (id: string) => boolean): string {
  const [, id, port, field = ""] = /^([^.:]+)\.([^.:]+)(:.*)?$/s.exec(name) ?? [];
  if (id === undefined || port === undefined || has(id) || !has(`${id}/${port}`)) return name;
  return `${id}/${port}.out${field}`;
}

/** The inputs of a checked graph's vertices with what they take over from relays. */
export function throughRelays(typed: TypedGraph): TypedGraph {
  if (!typed.vertices.some(isRelay)) return typed;
  const known = new Map<string, TypedInput>();
  const effective = (vertex: Vertex, input: TypedInput): TypedInput => {
    const from = typed.byId.get(input.from.vertex)!;
    const read = isRelay(from) ? from.inputs[0] : undefined;
    return read === undefined ? input : takenOver(vertex, input, relayed(from, read));
  };
  const relayed = (relay: Vertex, input: TypedInput): TypedInput => {
    const done = known.get(relay.id);
    if (done !== undefined) return done;
    // a relay that reads itself, around a delay, takes nothing over from itself
    known.set(relay.id, input);
    const found = effective(relay, input);
    known.set(relay.id, found);
    return found;
  };
  const held = new Map<string, Json | undefined>();
  const heldAt = (vertex: Vertex, port: string): Json | undefined => {
    const own = vertex.outputs.find((output) => output.port === port)?.initial;
    if (own !== undefined || !isRelay(vertex)) return own;
    const [read] = vertex.inputs;
    if (read === undefined || read.delay_ns !== undefined || held.has(vertex.id)) return held.get(vertex.id);
    held.set(vertex.id, undefined);
    const initial = heldAt(typed.byId.get(read.from.vertex)!, read.from.port);
    held.set(vertex.id, initial === undefined ? undefined : part(initial, read.from.field));
    return held.get(vertex.id);
  };
  const holding =
    (vertex: Vertex) =>
    (output: TypedOutput): TypedOutput => {
      const initial = heldAt(vertex, output.port);
      return initial === undefined ? output : { ...output, initial };
    };
  const vertices = typed.vertices.map((vertex): Vertex => {
    if (isRelay(vertex))
      return { ...vertex, inputs: vertex.inputs.map(plain), outputs: vertex.outputs.map(holding(vertex)) };
    return { ...vertex, inputs: vertex.inputs.map((input) => effective(vertex, input)) };
  });
  return { ...typed, vertices, byId: new Map(vertices.map((v) => [v.id, v])) };
}

/** Whether a vertex only passes on what it hears. */
export const isRelay = (vertex: Vertex): boolean => "signature" in vertex && vertex.signature.relay === true;

/** A relay passes everything on. */
function plain({ max_age_ns: _, exact: __, queue: ___, ...input }: TypedInput): TypedInput {
  return { ...input, missing: "skip" };
}

function takenOver(vertex: Vertex, input: TypedInput, relayed: TypedInput): TypedInput {
  const ages = [input.max_age_ns, relayed.max_age_ns].filter((age) => age !== undefined);
  const queue = input.queue ?? relayed.queue;
  return {
    ...input,
    missing: saysMissing(vertex, input) ? input.missing : missingOf(relayed, input.from.field),
    ...(ages.length === 0 ? {} : { max_age_ns: Math.min(...ages) }),
    ...(relayed.exact === true ? { exact: true } : {}),
    ...(queue === undefined || input.kind !== "event" ? {} : { queue }),
  };
}

const saysMissing = (vertex: Vertex, { port }: TypedInput): boolean =>
  "node" in vertex && vertex.node.in[port]?.missing !== undefined;

/** A default is one of the whole message; a reader of a field takes that field of it. */
function missingOf({ missing }: TypedInput, field: readonly string[]): TypedInput["missing"] {
  if (typeof missing !== "object") return missing;
  const value = part(missing.default, field);
  return value === undefined ? "skip" : { default: value };
}

/** A field of a value; undefined where it is optional and left out. */
function part(value: Json, field: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const name of field)
    at =
      at !== null && typeof at === "object" && Object.hasOwn(at, name)
        ? (at as { [name: string]: Json })[name]
        : undefined;
  return at;
}
