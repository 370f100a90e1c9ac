/** Control flow as functions: loops over the steps of a sequence. */
import { scopeOf } from "./functions.js";
import type { Body, Value } from "./value.js";

export interface Step {
  /** The states after the step, of the same dtypes and shapes as before it. */
  readonly states: readonly Value[];
  /** What the step gives; stacked over all steps. */
  readonly outputs?: readonly Value[];
}

/** 0 walks a sequence forwards, 1 backwards. */
type Direction = 0 | 1;

/**
 * ONNX `Scan`: runs `step` along the first axis of the sequences, carrying states; values around may be read inside.
 *
 * @example
 * const g = graphBuilder("sum");
 * const zero = g.constant(scalar("float32", 0));
 * const xs = g.input("xs", "float32", ["N"]);
 * const { states } = scan([zero], [xs], ([sum], [x]) => ({ states: [add(sum, x)] }));
 * g.output("sum", states[0]);
 * evaluate(g.model(), { xs: tensor("float32", [3], [1, 2, 3]) }).sum.data // Float32Array [6]
 */
export function scan(
  states: readonly Value[],
  sequences: readonly Value[],
  step: (states: Value[], elements: Value[], body: Body) => Step,
  directions: { readonly inputs?: readonly Direction[]; readonly outputs?: readonly Direction[] } = {},
): { states: Value[]; outputs: Value[] } {
  const scope = scopeOf([...states, ...sequences]);
  const body = scope.body("step");
  const carried = states.map((s) => body.parameter("state", s.dtype, s.shape));
  const elements = sequences.map((s) => body.parameter("element", s.dtype, s.shape.slice(1)));
  const done = step(carried, elements, body);
  const outputs = done.outputs ?? [];
  const results = scope.emit(
    "Scan",
    [...states, ...sequences],
    {
      body: body.graph([...done.states, ...outputs]),
      num_scan_inputs: sequences.length,
      scan_input_directions: directions.inputs,
      scan_output_directions: directions.outputs,
    },
    states.length + outputs.length,
  );
  return { states: results.slice(0, states.length), outputs: results.slice(states.length) };
}
