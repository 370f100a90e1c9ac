/**
 * What the tree ensembles of `ai.onnx.ml` share: trees out of parallel lists, the way of a row through them, and what
 * becomes of the summed weights. Versions 1 and 3 (3 may give its numbers as a float64 tensor in place of floats).
 */
import { showShape } from "../dims.js";
import { reshape } from "../functions.js";
import type { AttributeType, Dtype, Tensor } from "../ir.js";
import { isFloat, numbers, readable } from "../tensor.js";
import { type BatchRule, stacking } from "./batching.js";
import type { InferContext, NodeContext } from "./op.js";

export const ML = "ai.onnx.ml";

/** Attributes of the nodes, and of the weights at the leaves, whose lists begin with `weights`. */
export const treeAttributes = (weights: "target" | "class"): { readonly [name: string]: AttributeType } => ({
  aggregate_function: "string",
  base_values: "floats",
  base_values_as_tensor: "tensor",
  nodes_falsenodeids: "ints",
  nodes_featureids: "ints",
  nodes_hitrates: "floats",
  nodes_hitrates_as_tensor: "tensor",
  nodes_missing_value_tracks_true: "ints",
  nodes_modes: "strings",
  nodes_nodeids: "ints",
  nodes_treeids: "ints",
  nodes_truenodeids: "ints",
  nodes_values: "floats",
  nodes_values_as_tensor: "tensor",
  post_transform: "string",
  [`${weights}_ids`]: "ints",
  [`${weights}_nodeids`]: "ints",
  [`${weights}_treeids`]: "ints",
  [`${weights}_weights`]: "floats",
  [`${weights}_weights_as_tensor`]: "tensor",
});

const tests: { readonly [mode: string]: (x: number, value: number) => boolean } = {
  BRANCH_LEQ: (x, value) => x <= value,
  BRANCH_LT: (x, value) => x < value,
  BRANCH_GTE: (x, value) => x >= value,
  BRANCH_GT: (x, value) => x > value,
  BRANCH_EQ: (x, value) => x === value,
  BRANCH_NEQ: (x, value) => x !== value,
};

interface Branch {
  readonly feature: number;
  readonly goes: (x: number) => boolean;
  yes: TreeNode;
  no: TreeNode;
}
interface Leaf {
  readonly weights: { readonly id: number; readonly weight: number }[];
}
type TreeNode = Branch | Leaf;

export interface Ensemble {
  readonly roots: readonly TreeNode[];
  /** Highest feature that a branch looks at, or -1. */
  readonly lastFeature: number;
  /** The ids that weights are for, in ascending order. */
  readonly ids: readonly number[];
  /** Whether no weight is negative. */
  readonly positive: boolean;
  readonly base: readonly number[];
}

const floats = (c: NodeContext, name: string): readonly number[] | undefined => {
  const t = c.tensor(`${name}_as_tensor`);
  return t === undefined ? c.floats(name) : numbers(t);
};

/** Reads the lists; refuses those that make no trees. */
export function ensembleOf(c: NodeContext, weights: "target" | "class"): Ensemble {
  const modes = c.texts("nodes_modes") ?? [];
  const list = <T>(name: string, given: readonly T[] | undefined, length: number): readonly T[] => {
    const found = given ?? [];
    return found.length === length ? found : c.refuse(`${name} has ${found.length} elements, not ${length}`);
  };
  const nodeList = (name: string) => list(name, c.ints(name), modes.length);
  const [trees, ids, features] = [nodeList("nodes_treeids"), nodeList("nodes_nodeids"), nodeList("nodes_featureids")];
  const [yes, no] = [nodeList("nodes_truenodeids"), nodeList("nodes_falsenodeids")];
  const values = list("nodes_values", floats(c, "nodes_values"), modes.length);
  const missing = c.ints("nodes_missing_value_tracks_true");
  if (missing !== undefined && missing.length > 0) nodeList("nodes_missing_value_tracks_true");

  const nodes = new Map<string, TreeNode>();
  const key = (tree: number, node: number): string => `${tree}/${node}`;
  const find = (tree: number, node: number): TreeNode =>
    nodes.get(key(tree, node)) ?? c.refuse(`tree ${tree} has no node ${node}`);
  let lastFeature = -1;
  modes.forEach((mode, i) => {
    const at = key(trees[i], ids[i]);
    if (nodes.has(at)) c.refuse(`tree ${trees[i]} has two nodes ${ids[i]}`);
    if (mode === "LEAF") {
      nodes.set(at, { weights: [] });
      return;
    }
    const test = Object.hasOwn(tests, mode) ? tests[mode] : c.refuse(`its mode ${mode} is not known`);
    const [value, tracks] = [values[i], (missing?.[i] ?? 0) !== 0];
    if (features[i] < 0) c.refuse(`a node looks at feature ${features[i]}`);
    lastFeature = Math.max(lastFeature, features[i]);
    const goes = tracks ? (x: number) => Number.isNaN(x) || test(x, value) : (x: number) => test(x, value);
    nodes.set(at, { feature: features[i], goes } as Branch);
  });

  const parents = new Map<TreeNode, number>();
  const child = (tree: number, id: number): TreeNode => {
    const found = find(tree, id);
    if (parents.has(found)) c.refuse(`node ${id} of tree ${tree} hangs on two branches`);
    parents.set(found, tree);
    return found;
  };
  modes.forEach((mode, i) => {
    if (mode === "LEAF") return;
    const branch = find(trees[i], ids[i]) as Branch;
    branch.yes = child(trees[i], yes[i]);
    branch.no = child(trees[i], no[i]);
  });
  const roots = [...nodes.values()].filter((node) => !parents.has(node));
  const reached = [...roots];
  for (const node of reached) if (!("weights" in node)) reached.push(node.yes, node.no);
  // with one parent each, nodes that no root leads to make a ring
  if (roots.length !== new Set(trees).size || reached.length !== nodes.size)
    c.refuse("a tree has no root, or more than one");

  const weightIds = c.ints(`${weights}_ids`) ?? [];
  const weightList = (name: string) => list(name, c.ints(name), weightIds.length);
  const [owners, leaves] = [weightList(`${weights}_treeids`), weightList(`${weights}_nodeids`)];
  const given = list(`${weights}_weights`, floats(c, `${weights}_weights`), weightIds.length);
  weightIds.forEach((id, i) => {
    const leaf = find(owners[i], leaves[i]);
    if (!("weights" in leaf)) c.refuse(`node ${leaves[i]} of tree ${owners[i]} has a weight, and is no leaf`);
    else if (leaf.weights.some((w) => w.id === id))
      c.refuse(`node ${leaves[i]} of tree ${owners[i]} has two weights for ${weights} ${id}`);
    else leaf.weights.push({ id, weight: given[i] });
  });
  return {
    roots,
    lastFeature,
    ids: [...new Set(weightIds)].sort((a, b) => a - b),
    positive: given.every((w) => w >= 0),
    base: floats(c, "base_values") ?? [],
  };
}

/** The number of rows of the input, which must have every feature that a branch looks at. */
export function rowsOf(c: InferContext, { lastFeature }: Ensemble) {
  const { dtype, shape } = c.input(0);
  if (!isFloat(dtype) && dtype !== "int64" && dtype !== "int32") c.refuse(`it takes numbers, not ${dtype}`);
  if (shape.length !== 1 && shape.length !== 2) c.refuse(`it takes rows of features, not ${showShape(shape)}`);
  const width = shape.at(-1)!;
  if (typeof width === "number" && lastFeature >= width)
    c.refuse(`a node looks at feature ${lastFeature}, the rows have ${width}`);
  return shape.length === 1 ? 1 : shape[0];
}

/** Rows of rows are rows one behind the other; where one row is a vector, all of them are a matrix already. */
export const batchedRows: BatchRule = (c) => {
  if (c.input(0).shape.length > 1) return stacking(c);
  return c.emit([c.input(0).value]).map((y, i) => reshape(y, [-1, ...(c.results[i]!.shape as number[])]));
};

/** What the trees give for an id: the sum over the trees that have a weight for it, the least, the greatest, and how many. */
export interface Score {
  sum: number;
  least: number;
  greatest: number;
  count: number;
}

const NOTHING = { id: 0, weight: 0 };

/** Scores of every row, for ids 0 to `ids` − 1. */
export function scores(c: NodeContext, { roots, lastFeature }: Ensemble, x: Tensor, ids: number): Score[][] {
  const width = x.dims.at(-1)!;
  if (lastFeature >= width) c.refuse(`a node looks at feature ${lastFeature}, the rows have ${width}`);
  const features = comparable(x);
  return Array.from({ length: x.dims.length === 1 ? 1 : x.dims[0] }, (_, row) => {
    const found = Array.from({ length: ids }, (): Score => {
      return { sum: 0, least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY, count: 0 };
    });
    for (const root of roots) {
      let node = root;
      while (!("weights" in node)) node = node.goes(features[row * width + node.feature]) ? node.yes : node.no;
      // where there is one id only, a leaf without a weight for it stands for 0
      for (const { id, weight } of ids === 1 && node.weights.length === 0 ? [NOTHING] : node.weights) {
        const score = found[id];
        score.sum += weight;
        score.least = Math.min(score.least, weight);
        score.greatest = Math.max(score.greatest, weight);
        score.count++;
      }
    }
    return found;
  });
}

/** Integers are compared as the float32 that they are nearest to. */
const comparable = (x: Tensor): ArrayLike<number> =>
  isFloat(x.dtype satisfies Dtype) ? readable(x) : Float32Array.from(readable(x));

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** √2·erf⁻¹(2p − 1) by Winitzki's approximation (2008), as ONNX Runtime has it: good to 2e-3. */
function probit(p: number): number {
  const y = 2 * p - 1;
  const log = Math.log((1 - y) * (1 + y));
  const v = 2 / (Math.PI * 0.147) + 0.5 * log;
  return Math.SQRT2 * Math.sign(y) * Math.sqrt(Math.sqrt(v * v - log / 0.147) - v);
}

function softmax(x: readonly number[], isIn: (v: number) => boolean = () => true): number[] {
  const top = Math.max(...x);
  const powers = x.map((v) => (isIn(v) ? Math.exp(v - top) : 0));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

const transforms: { readonly [name: string]: (x: readonly number[]) => number[] } = {
  NONE: (x) => [...x],
  LOGISTIC: (x) => x.map(logistic),
  PROBIT: (x) => x.map(probit),
  SOFTMAX: (x) => softmax(x),
  SOFTMAX_ZERO: (x) => softmax(x, (v) => Math.abs(v) > 1e-7),
};

/** What `post_transform` makes of a row of scores. */
export function transformOf(c: NodeContext): (x: readonly number[]) => number[] {
  const name = c.text("post_transform") ?? "NONE";
  return Object.hasOwn(transforms, name) ? transforms[name] : c.refuse(`its post_transform ${name} is not known`);
}
