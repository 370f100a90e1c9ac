/**
 * A lowered loop followed over many ticks as a graph, to be differentiated: one `Scan` whose step is a tick of world and
 * policy, in as many rows as there are starts.
 */
import { scan } from "../onnx/control.js";
import { add, transpose, where } from "../onnx/functions.js";
import type { Graph } from "../onnx/ir.js";
import { tensor } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { fedColumns, isAge, thereOf } from "./fed.js";
import type { LoweredLoop } from "./loop.js";
import { RESET, ZERO } from "./starts.js";

/** Values at a tick of the loop's outputs, and of those that it is told: `act.arm.tip`, `act.arm.tip.valid`, `act.target.there`. */
export type Outputs = (name: string) => Value;

/**
 * Adds the first ticks to the scope of the rows.
 *
 * @param rows values of the columns of `startRows`, with as many ticks of what is fed
 * @param weights values in the place of the model's initializers of these names
 * @param each what is kept of a tick; stacked over all of them
 */
export function follow(
  loop: LoweredLoop,
  rows: { readonly [column: string]: Value },
  ticks: number,
  each: (outputs: Outputs) => readonly Value[],
  weights: { readonly [name: string]: Value } = {},
): { readonly states: readonly Value[]; readonly outputs: readonly Value[] } {
  const { model, state, base } = loop;
  const graph = withInputs(model.graph, Object.keys(weights));
  const { scope } = rows[ZERO]!;
  const series = (of: (tick: number) => number): Value =>
    scope.constant(
      tensor(
        "float64",
        [ticks, 1],
        Array.from({ length: ticks }, (_, k) => of(k)),
      ),
    );
  const times = series((k) => (base.phase_ns + k * base.period_ns) / 1e9);
  const steps = series((k) => (k === 0 ? 0 : base.period_ns / 1e9));
  const begin = state.map(({ name }) => rows[`state_in.${name}`]!);
  const told = fedColumns(loop).map(({ name }) => name);
  const fed = told.map((name) => {
    const column = rows[name]!;
    return transpose(column, [1, 0, ...column.shape.slice(2).map((_, i) => i + 2)]);
  });
  return scan(begin, [times, steps, ...fed], (states, [time, dt, ...now], body) => {
    const here = Object.fromEntries(told.map((name, i) => [name, now[i]!]));
    const feeds: { readonly [name: string]: Value } = {
      ...weights,
      ...here,
      ...Object.fromEntries(
        told.filter(isAge).map((age) => [age, where(here[thereOf(age)]!, here[age]!, Number.POSITIVE_INFINITY)]),
      ),
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
      outputs: each((name) => at.get(name) ?? here[name]!),
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
