/**
 * A lowered loop followed over many ticks: one `Scan` whose step is a tick of world and policy, in as many rows as there
 * are starts.
 */
import { graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { scan } from "../onnx/control.js";
import { add } from "../onnx/functions.js";
import type { Graph, Tensor, Tensors } from "../onnx/ir.js";
import { allocate, sizeOf, tensor } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { openSession } from "../session/session.js";
import type { LoweredLoop } from "./loop.js";
import { RESET, type Start, startRows, ZERO } from "./starts.js";

/** Values of the loop's outputs at a tick: `act.arm.tip`, `act.arm.tip.valid`. */
export type Outputs = (name: string) => Value;

/**
 * Adds the ticks `from` to `from + ticks` to the scope of the rows.
 *
 * @param rows values of the columns of `startRows`
 * @param weights values in the place of the model's initializers of these names
 * @param each what is kept of a tick; stacked over all of them
 */
export function follow(
  { model, state, base }: LoweredLoop,
  rows: { readonly [column: string]: Value },
  { from = 0, ticks }: { readonly from?: number; readonly ticks: number },
  each: (outputs: Outputs) => readonly Value[],
  weights: { readonly [name: string]: Value } = {},
): { readonly states: readonly Value[]; readonly outputs: readonly Value[] } {
  const graph = withInputs(model.graph, Object.keys(weights));
  const { scope } = rows[ZERO]!;
  const series = (of: (tick: number) => number): Value =>
    scope.constant(
      tensor(
        "float64",
        [ticks, 1],
        Array.from({ length: ticks }, (_, k) => of(from + k)),
      ),
    );
  const times = series((k) => (base.phase_ns + k * base.period_ns) / 1e9);
  const steps = series((k) => (k === 0 ? 0 : base.period_ns / 1e9));
  const begin = state.map(({ name }) => rows[`state_in.${name}`]!);
  return scan(begin, [times, steps], (states, [time, dt], body) => {
    const feeds: { readonly [name: string]: Value } = {
      ...weights,
      ...Object.fromEntries(state.map(({ name }, i) => [`state_in.${name}`, states[i]!])),
      [RESET]: rows[RESET]!,
      time: add(rows[ZERO]!, time!),
      dt: add(rows[ZERO]!, dt!),
    };
    const said = body.inline(
      graph,
      graph.inputs.map(({ name }) => feeds[name]!),
    );
    const at = new Map(graph.outputs.map(({ name }, i) => [name, said[i]!]));
    return {
      states: state.map(({ name }) => at.get(`state_out.${name}`)!),
      outputs: each((name) => at.get(name)!),
    };
  });
}

/** Initializers that come as inputs. */
const withInputs = (graph: Graph, names: readonly string[]): Graph => ({
  ...graph,
  inputs: [
    ...graph.inputs,
    ...names.map((name) => ({ name, dtype: graph.initializers[name]!.dtype, shape: graph.initializers[name]!.dims })),
  ],
  initializers: Object.fromEntries(Object.entries(graph.initializers).filter(([name]) => !names.includes(name))),
});

export interface Lockstep {
  /** Of each tick. */
  readonly time_s: Float64Array;
  /** By output of the loop (`act.arm.tip`): [ticks, rows, …]. */
  readonly outputs: Tensors;
}

/** Ticks of one run of the session: what it keeps is bounded by them. */
const TICKS_A_RUN = 500;

/**
 * Runs a loop from all starts in lock-step, a row each, in one session.
 *
 * What they say is what the engine says with `--ideal`, to the accuracy of lowering.
 *
 * @throws LimbeckError L0810 to L0812
 */
export async function inLockstep(loop: LoweredLoop, starts: readonly Start[], ticks: number): Promise<Lockstep> {
  const names = loop.model.graph.outputs.map(({ name }) => name).filter((name) => !name.startsWith("state_out."));
  const { base, state } = loop;
  const kept = new Map<string, Tensor[]>(names.map((name) => [name, []]));
  let rows: Tensors = startRows(starts);
  for (let from = 0; from < ticks; from += TICKS_A_RUN) {
    const part = Math.min(TICKS_A_RUN, ticks - from);
    const g = graphBuilder("lockstep");
    const columns = Object.fromEntries(
      Object.entries(rows).map(([name, { dtype, dims }]) => [name, g.input(name, dtype, dims)]),
    );
    const { states, outputs } = follow(loop, columns, { from, ticks: part }, (output) => names.map(output));
    for (const [i, { name }] of state.entries()) g.output(`state_out.${name}`, states[i]!);
    for (const [i, name] of names.entries()) g.output(name, outputs[i]!);
    const session = await openSession(encode(g.model()));
    const read = new Set(session.inputs.map(({ name }) => name));
    const said = await session.run(Object.fromEntries(Object.entries(rows).filter(([name]) => read.has(name))));
    await session.close();
    for (const name of names) kept.get(name)!.push(said[name]!);
    rows = {
      ...rows,
      ...Object.fromEntries(state.map(({ name }) => [`state_in.${name}`, said[`state_out.${name}`]!])),
    };
  }
  return {
    time_s: Float64Array.from({ length: ticks }, (_, k) => (base.phase_ns + k * base.period_ns) / 1e9),
    outputs: Object.fromEntries([...kept].map(([name, parts]) => [name, joined(parts)])),
  };
}

/** Ticks end to end. */
function joined(parts: readonly Tensor[]): Tensor {
  const [first] = parts as [Tensor];
  const ticks = parts.reduce((sum, { dims }) => sum + dims[0]!, 0);
  const dims = [ticks, ...first.dims.slice(1)];
  const data = allocate(first.dtype, sizeOf(dims));
  let at = 0;
  for (const part of parts) {
    (data as Float64Array).set(part.data as Float64Array, at);
    at += part.data.length;
  }
  return { dtype: first.dtype, dims, data };
}
