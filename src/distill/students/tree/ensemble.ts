/** Trees as one `TreeEnsembleRegressor` of `ai.onnx.ml`: the sum of what every tree gives, an output each. */
import { op } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { Tree } from "./grow.js";

/** A tree and the outputs that it speaks of: all of them, or those from `output` on. */
export interface Member {
  readonly tree: Tree;
  readonly output: number;
}

/**
 * What the trees give for rows in raw units, [N, outputs]. Leaves are multiplied by `factor`.
 *
 * @example
 * const tree = { column: [-1], threshold: [0], left: [0], right: [0], value: [Float64Array.of(3)] };
 * const g = graphBuilder("g");
 * ensemble(g.input("x", "float32", ["N", 2]), [{ tree, output: 0 }], 1, 1, [0]).shape // ["N", 1]
 */
export function ensemble(
  x: Value,
  members: readonly Member[],
  outputs: number,
  factor: number,
  base: readonly number[],
): Value {
  const nodes = { trees: [] as number[], ids: [] as number[], columns: [] as number[], values: [] as number[] };
  const modes: string[] = [];
  const branches = { yes: [] as number[], no: [] as number[] };
  const leaves = { trees: [] as number[], nodes: [] as number[], ids: [] as number[], weights: [] as number[] };
  members.forEach(({ tree, output }, t) => {
    tree.column.forEach((column, node) => {
      nodes.trees.push(t);
      nodes.ids.push(node);
      nodes.columns.push(Math.max(0, column));
      nodes.values.push(tree.threshold[node]);
      modes.push(column < 0 ? "LEAF" : "BRANCH_LEQ");
      branches.yes.push(tree.left[node]);
      branches.no.push(tree.right[node]);
      tree.value[node]?.forEach((value, o) => {
        leaves.trees.push(t);
        leaves.nodes.push(node);
        leaves.ids.push(output + o);
        leaves.weights.push(Math.fround(value * factor));
      });
    });
  });
  return op("ai.onnx.ml.TreeEnsembleRegressor", [x], {
    n_targets: outputs,
    aggregate_function: "SUM",
    base_values: base.map(Math.fround),
    nodes_treeids: nodes.trees,
    nodes_nodeids: nodes.ids,
    nodes_featureids: nodes.columns,
    nodes_modes: modes,
    nodes_values: nodes.values,
    nodes_truenodeids: branches.yes,
    nodes_falsenodeids: branches.no,
    target_treeids: leaves.trees,
    target_nodeids: leaves.nodes,
    target_ids: leaves.ids,
    target_weights: leaves.weights,
  });
}

/** Lets the caller's event loop turn: progress is shown, and Ctrl-C heard. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
