/** The graph of one node put into the policy: fed by name, row by row or the same for all rows. */
import type { TensorProgram } from "../../component/tensor/trace.js";
import { type BatchInput, batchedValues } from "../../onnx/batch.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import { squeeze, unsqueeze } from "../../onnx/functions.js";
import { declared } from "../../onnx/shape.js";
import type { Value } from "../../onnx/value.js";
import type { Piece } from "../piece.js";
import { isShared } from "./shared.js";

/** A traced component. */
export const tracedPiece = (program: TensorProgram): Piece => ({
  reads: program.reads,
  state: program.state,
  silent: program.silent,
  outputs: program.outputs,
  add: ({ g }, feed, prefix) => include(g, program, feed, prefix),
});

/**
 * Adds the program's ops; gives its outputs by name, [N, …dims], or [1, …dims] where no row differs.
 *
 * @param feeds of what the program reads
 */
function include(
  g: GraphBuilder,
  { graph }: TensorProgram,
  feeds: (name: string) => Value,
  prefix: string,
): (name: string) => Value {
  const inputs = graph.inputs.map((input): BatchInput => {
    const value = feeds(input.name);
    const batched = !isShared(value);
    return { ...declared(input), batched, value: batched ? value : squeeze(value, [0]) };
  });
  const outputs = inputs.some(({ batched }) => batched)
    ? batchedValues(graph, inputs)
    : g
        .include(
          graph,
          inputs.map(({ value }) => value),
          prefix,
        )
        .map((value) => ({ value, batched: false }));
  const byName = new Map(
    graph.outputs.map(({ name }, i) => {
      const { value, batched } = outputs[i]!;
      return [name, batched ? value : unsqueeze(value, [0])];
    }),
  );
  return (name) => byName.get(name)!;
}
