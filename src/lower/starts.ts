/** Where a loop begins: the states of its nodes, which params of the graph set (`evaluate: starts:`). */
import type { Component } from "../component/component.js";
import { readingOf } from "../component/tensor/list.js";
import { programModel } from "../component/tensor/trace.js";
import type { NodeVertex, TypedGraph } from "../graph/typed.js";
import { encode } from "../onnx/codec/index.js";
import type { Dtype, Tensor, Tensors } from "../onnx/ir.js";
import { allocate, sizeOf } from "../onnx/tensor.js";
import type { Feed } from "./fed.js";
import type { LoweredLoop } from "./loop.js";

/** States, each with what it is at first. */
export type Start = LoweredLoop["state"];

export interface Checked {
  readonly typed: TypedGraph;
  readonly component: (name: string) => Component | undefined;
}

/**
 * Where a loop begins when its graph has other params; undefined when these change more than that: another step. What
 * is outside of it may change as it likes.
 *
 * Only the nodes whose params differ are traced again.
 */
export function startUnder(
  loop: Pick<LoweredLoop, "state" | "inside">,
  graph: Checked,
  other: Checked,
): Start | undefined {
  const begun = new Map<string, Tensor>();
  for (const vertex of graph.typed.vertices) {
    const there = other.typed.byId.get(vertex.id);
    if (!loop.inside.has(vertex.id) || !isNode(vertex) || there === undefined || !isNode(there)) continue;
    if (JSON.stringify(vertex.signature.params) === JSON.stringify(there.signature.params)) continue;
    const [was, is] = [programOf(vertex, graph), programOf(there, other)];
    if (was === undefined || is === undefined) return undefined;
    if (!Buffer.from(encode(programModel(was))).equals(Buffer.from(encode(programModel(is))))) return undefined;
    for (const { name, initial } of is.state) begun.set(`${vertex.id}.${name}`, initial);
  }
  return loop.state.map((state) => ({ ...state, initial: begun.get(state.name) ?? state.initial }));
}

const isNode = (vertex: object): vertex is NodeVertex => "node" in vertex;

function programOf(vertex: NodeVertex, { component }: Checked) {
  const { id, node, signature } = vertex;
  const inputs = Object.fromEntries(vertex.inputs.map(({ port, type }) => [port, type]));
  const setup = { node: id, params: signature.params, inputs, ...readingOf(vertex) };
  const found = component(node.component);
  return found?.draws?.(setup)?.program ?? found?.tensor?.(setup);
}

/** A row is begun by its states, never anew. */
export const RESET = "reset";
/** A zero of every row, for what is the same in all of them. */
export const ZERO = "zero";

/** The columns that `follow` reads, a row a start: [starts, …], and [starts, ticks, …] of what each is told. */
export function startRows(starts: readonly Start[], feeds: readonly Feed[] = []): Tensors {
  const states = starts[0]!.map(({ name, dtype, dims }, s): [string, Tensor] => {
    const size = sizeOf(dims);
    const data = allocate(dtype, starts.length * size);
    for (const [row, start] of starts.entries())
      (data as Float64Array).set(start[s]!.initial.data as Float64Array, row * size);
    return [`state_in.${name}`, { dtype, dims: [starts.length, ...dims], data }];
  });
  const same = (dtype: Dtype): Tensor => ({ dtype, dims: [starts.length], data: allocate(dtype, starts.length) });
  const fed = Object.entries(feeds[0] ?? {}).map(([name, { dtype, dims }]): [string, Tensor] => {
    const size = sizeOf(dims);
    const data = allocate(dtype, feeds.length * size);
    for (const [row, feed] of feeds.entries()) (data as Float64Array).set(feed[name]!.data as Float64Array, row * size);
    return [name, { dtype, dims: [feeds.length, ...dims], data }];
  });
  return { ...Object.fromEntries([...states, ...fed]), [RESET]: same("bool"), [ZERO]: same("float64") };
}
