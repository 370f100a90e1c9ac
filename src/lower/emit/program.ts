/** The graph of one node put into the policy: fed by name, row by row or the same for all rows. */
import type { TensorProgram } from "../../component/tensor/trace.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import { squeeze, unsqueeze } from "../../onnx/functions.js";
import type { Dim } from "../../onnx/ir.js";
import type { Value } from "../../onnx/value.js";
import type { Piece } from "../piece.js";

/** Name of the number of rows. */
export const ROWS: Dim = 1;

/** Whether a value is the same for all rows: [1, …]. */
export const isShared = (value: Value): boolean => value.shape[0] !== ROWS;

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
  const outputs = g.include(
    graph,
    graph.inputs.map(({ name }) => squeeze(feeds(name), [0])),
    prefix,
  );
  const byName = new Map(graph.outputs.map(({ name }, i) => [name, unsqueeze(outputs[i]!, [0])]));
  return (name) => byName.get(name)!;
}
