/** Tree ensembles as functions: trees as nested objects in, the parallel lists of `ai.onnx.ml` out. */
import { tensor } from "../tensor.js";
import type { Attributes, Value } from "../value.js";
import { op } from "./base.js";

/** What a branch asks of its feature; `<=` unless told otherwise. */
export type Comparison = "<=" | "<" | ">=" | ">" | "==" | "!=";

export interface TreeLeaf {
  /** What the leaf adds to targets or classes; those that are left out get nothing. */
  readonly weights: { readonly [id: number]: number };
}
export interface TreeBranch {
  /** Column of the rows. */
  readonly feature: number;
  readonly value: number;
  readonly comparison?: Comparison;
  /** Whether a missing value (NaN) goes the way of `yes`. */
  readonly missing?: boolean;
  readonly yes: Tree;
  readonly no: Tree;
}
export type Tree = TreeBranch | TreeLeaf;

const modes: { readonly [C in Comparison]: string } = {
  "<=": "BRANCH_LEQ",
  "<": "BRANCH_LT",
  ">=": "BRANCH_GTE",
  ">": "BRANCH_GT",
  "==": "BRANCH_EQ",
  "!=": "BRANCH_NEQ",
};

/**
 * The attributes that trees come down to, numbers as float32, or as float64 tensors where the rows are float64.
 *
 * @example
 * const tree = { feature: 0, value: 0.5, yes: { weights: { 0: 1 } }, no: { weights: { 0: 2 } } };
 * treeLists([tree], "target", "float32").nodes_modes // ["BRANCH_LEQ", "LEAF", "LEAF"]
 */
export function treeLists(trees: readonly Tree[], weights: "target" | "class", dtype: Value["dtype"]): Attributes {
  const [owners, ids, kinds, features, values]: [number[], number[], string[], number[], number[]] = [
    [],
    [],
    [],
    [],
    [],
  ];
  const [yes, no, missing]: [number[], number[], number[]] = [[], [], []];
  const [ofTree, ofNode, to, amount]: [number[], number[], number[], number[]] = [[], [], [], []];
  trees.forEach((root, tree) => {
    const first = ids.length;
    const add = (node: Tree): number => {
      const at = ids.length;
      const id = at - first;
      const branch = "weights" in node ? undefined : node;
      owners.push(tree);
      ids.push(id);
      kinds.push(branch === undefined ? "LEAF" : modes[branch.comparison ?? "<="]);
      features.push(branch?.feature ?? 0);
      values.push(branch?.value ?? 0);
      missing.push(branch?.missing ? 1 : 0);
      yes.push(0);
      no.push(0);
      if (branch !== undefined) {
        yes[at] = add(branch.yes);
        no[at] = add(branch.no);
      } else
        for (const [target, weight] of Object.entries((node as TreeLeaf).weights)) {
          ofTree.push(tree);
          ofNode.push(id);
          to.push(Number(target));
          amount.push(weight);
        }
      return id;
    };
    add(root);
  });
  return {
    nodes_treeids: owners,
    nodes_nodeids: ids,
    nodes_modes: kinds,
    nodes_featureids: features,
    nodes_truenodeids: yes,
    nodes_falsenodeids: no,
    nodes_missing_value_tracks_true: missing,
    ...wide("nodes_values", values, dtype),
    [`${weights}_treeids`]: ofTree,
    [`${weights}_nodeids`]: ofNode,
    [`${weights}_ids`]: to,
    ...wide(`${weights}_weights`, amount, dtype),
  };
}

const wide = (name: string, values: readonly number[], dtype: Value["dtype"]): Attributes =>
  dtype === "float64" ? { [`${name}_as_tensor`]: tensor("float64", [values.length], values) } : { [name]: values };

/**
 * The sum of what trees give, target by target: a random forest (`aggregate` `AVERAGE`) or boosted trees. Rows [N, F]
 * of float32 or float64 in, float32 [N, targets] out. There is no gradient.
 *
 * @example
 * const g = graphBuilder("g");
 * const tree = { feature: 0, value: 0.5, yes: { weights: { 0: 1 } }, no: { weights: { 0: 2 } } };
 * g.output("y", treeRegressor(g.input("x", "float32", ["N", 1]), [tree, tree], 1));
 * evaluate(g.model(), { x: tensor("float32", [2, 1], [0, 1]) }).y.data // Float32Array [2, 4]
 */
export const treeRegressor = (
  x: Value,
  trees: readonly Tree[],
  targets: number,
  options: {
    readonly aggregate?: "SUM" | "AVERAGE" | "MIN" | "MAX";
    /** Added to each target. */
    readonly base?: readonly number[];
    readonly transform?: string;
  } = {},
): Value =>
  op("ai.onnx.ml.TreeEnsembleRegressor", [x], {
    ...treeLists(trees, "target", x.dtype),
    n_targets: targets,
    aggregate_function: options.aggregate,
    post_transform: options.transform,
    ...(options.base && wide("base_values", options.base, x.dtype)),
  });

/**
 * Label (int64 [N]) and scores (float32 [N, classes]) of rows by trees. Of two classes only one has weights at the
 * leaves: class 0 by number, and its score speaks for the second label.
 *
 * @example
 * const g = graphBuilder("g");
 * const tree = { feature: 0, value: 0, yes: { weights: { 2: 1 } }, no: { weights: { 0: 1 } } };
 * const { label } = treeClassifier(g.input("x", "float32", ["N", 1]), [tree], [10, 20, 30]);
 * g.output("label", label);
 * evaluate(g.model(), { x: tensor("float32", [2, 1], [-1, 1]) }).label.data // BigInt64Array [30n, 10n]
 */
export function treeClassifier(
  x: Value,
  trees: readonly Tree[],
  labels: readonly number[],
  options: { readonly base?: readonly number[]; readonly transform?: string } = {},
): { label: Value; scores: Value } {
  const [label, scores] = x.scope.emit(
    "ai.onnx.ml.TreeEnsembleClassifier",
    [x],
    {
      ...treeLists(trees, "class", x.dtype),
      classlabels_int64s: labels,
      post_transform: options.transform,
      ...(options.base && wide("base_values", options.base, x.dtype)),
    },
    2,
  );
  return { label, scores };
}
