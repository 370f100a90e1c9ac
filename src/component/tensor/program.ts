/** What a tensor component is once it is traced: a graph, and what its inputs and outputs stand for. */
import type { Dtype, Graph, Tensor } from "../../onnx/ir.js";
import type { TensorLeaf } from "./leaves.js";

export interface TensorState {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** Before the first firing. */
  readonly initial: Tensor;
}

/**
 * A tensor component under fixed params, input types and trigger.
 *
 * Unbatched: every value has the shape of one message. Inputs of the graph, as far as they are read:
 * `in.<port>[:<path>]`, `has.<port>` (bool), `fresh.<port>` (bool), `age.<port>` (float64 s), `dt`, `time` (float64 s),
 * `state.<name>`, and of an input whose messages come as a list `count.<port>` (int64), its leaves with an axis of places
 * in front. Outputs: `out.<port>[:<path>]` of every port that speaks, `valid.<port>` (bool) of one that may be
 * silent at a tag, `next.<name>` of every state.
 */
export interface TensorProgram {
  readonly graph: Graph;
  /** Leaves of the inputs that the graph reads. */
  readonly inputs: readonly TensorLeaf[];
  /** Places of the inputs whose messages come as a list. */
  readonly lists: { readonly [port: string]: number };
  /** Leaves of the outputs that it gives. */
  readonly outputs: readonly TensorLeaf[];
  readonly state: readonly TensorState[];
  readonly reads: {
    readonly dt: boolean;
    readonly time: boolean;
    /** Ports. */
    readonly fresh: readonly string[];
    readonly age: readonly string[];
    readonly has: readonly string[];
  };
  /** Ports with a `valid.<port>`: silent where it is false. One that never speaks has no leaf among the outputs. */
  readonly silent: readonly string[];
}
