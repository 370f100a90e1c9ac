/**
 * What a node is to a lowering: what it reads, remembers and says, and how its ops are added.
 *
 * A tensor component is its traced graph, a model its own graph between flattened and unflattened messages.
 */
import type { TensorProgram } from "../component/tensor/trace.js";
import type { Tensor } from "../onnx/ir.js";
import type { Value } from "../onnx/value.js";
import type { Frame } from "./emit/frame.js";

export interface Piece {
  readonly reads: TensorProgram["reads"];
  /** Names of one row each; kept by the node while it fires. */
  readonly state: readonly { readonly name: string; readonly initial: Tensor }[];
  /** Ports that may say nothing. */
  readonly silent: readonly string[];
  /** Parts of what it says, by port and path. */
  readonly outputs: readonly { readonly port: string; readonly path: string; readonly name: string }[];
  /**
   * Adds its ops, under names that begin with `prefix`.
   *
   * Fed are `in.<port>[:path]`, `has.`, `fresh.`, `age.`, `dt`, `time`, `state.<name>`, given `out.<port>[:path]`,
   * `valid.<port>` of silent ports, `next.<name>`; all [N, …], or [1, …] where no row differs.
   */
  add(frame: Frame, feed: (name: string) => Value, prefix: string): (name: string) => Value;
}
