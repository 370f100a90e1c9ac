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

/**
 * ONNX `Loop`: carries values through `step` a number of times that is known only when the graph runs, and stacks what
 * each turn gives. It has no gradient; `scan` has one.
 *
 * @example
 * const g = graphBuilder("power");
 * const one = g.constant(scalar("float32", 1));
 * const { states } = loop(g.input("n", "int64", []), [one], ([x]) => ({ states: [mul(x, 2)] }));
 * g.output("y", states[0]);
 * evaluate(g.model(), { n: scalar("int64", 5) }).y.data // Float32Array [32]
 */
export function loop(
  count: Value,
  states: readonly Value[],
  step: (states: Value[], turn: Value, body: Body) => Step,
): { states: Value[]; outputs: Value[] } {
  const scope = scopeOf([count, ...states]);
  const body = scope.body("turn");
  const turn = body.parameter("turn", "int64", []);
  const going = body.parameter("going", "bool", []);
  const carried = states.map((s) => body.parameter("state", s.dtype, s.shape));
  const done = step(carried, turn, body);
  const outputs = done.outputs ?? [];
  const results = scope.emit(
    "Loop",
    [count, undefined, ...states],
    { body: body.graph([going, ...done.states, ...outputs]) },
    states.length + outputs.length,
  );
  return { states: results.slice(0, states.length), outputs: results.slice(states.length) };
}

/**
 * ONNX `If`: what `then` gives where the condition, a scalar of dtype bool, holds, else what `otherwise` gives; only that
 * one is computed. Of tensors of one shape, `where` is simpler.
 *
 * @example
 * const g = graphBuilder("root");
 * const x = g.input("x", "float32", []);
 * g.output("y", cond(less(x, 0), () => [neg(x)], () => [sqrt(x)])[0]);
 * evaluate(g.model(), { x: scalar("float32", 9) }).y.data // Float32Array [3]
 */
export function cond(
  condition: Value,
  then: (body: Body) => readonly Value[],
  otherwise: (body: Body) => readonly Value[],
): Value[] {
  const { scope } = condition;
  const branches = [then, otherwise].map((branch, i) => {
    const body = scope.body(i === 0 ? "then" : "else");
    const results = branch(body);
    return { graph: body.graph(results), count: results.length };
  });
  return scope.emit(
    "If",
    [condition],
    { then_branch: branches[0].graph, else_branch: branches[1].graph },
    branches[0].count,
  );
}
