/**
 * A forest: the mean of many deep trees, each of which speaks of all outputs at once.
 *
 * Two ways of making trees differ: random forests (Breiman 2001) give each its own sample of the rows and each split
 * some of the columns; extremely randomised trees (Geurts, Ernst & Wehenkel 2006) see all rows and draw the edges. Which
 * one, and how many rows a leaf holds, is what the validation rows say.
 */
import { type Rng, rng, seedOf } from "../../component/rng.js";
import type { Matrix } from "../../train/matrix.js";
import { scaledError } from "./cross-validate.js";
import { checkTrainingData } from "./data.js";
import { outputStatistics } from "./heads.js";
import { policyModel } from "./policy.js";
import { normalised, type Statistics, statistics } from "./statistics.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";
import { type Bins, binsOf } from "./tree/bins.js";
import { breathe, ensemble } from "./tree/ensemble.js";
import { grow, leafOf, type Tree } from "./tree/grow.js";

export interface ForestOptions {
  /** Default 60. */
  readonly trees: number;
  /** `best`: a random forest; `drawn`: extremely randomised trees (default: chosen by validation). */
  readonly splits: Splits;
  /** Rows that a leaf has at least (default: chosen by validation). */
  readonly leaf: number;
  /** Splits from the root to a leaf at most (default 24). */
  readonly depth: number;
}

type Splits = "best" | "drawn";
type Options = StudentOptions & Partial<ForestOptions>;

const TREES = 60;
/** Trees that are grown of each setting to choose one. */
const TRIAL_TREES = 12;
const DEPTH = 24;
const LEAVES = [2, 8];
/** Numbers in the leaves of a whole model: some 10 MB of file. */
const MAX_LEAF_VALUES = 600_000;
const BOTH: readonly Splits[] = ["best", "drawn"];

/**
 * The student that is a mean of trees. Errors: L0951 data that cannot be fitted on.
 *
 * @example
 * const { details } = await forest.fit(data, { trees: 5, splits: "drawn", leaf: 2, seed: 7, now: () => 0 });
 * details.trees // 5
 */
export const forest: Student<ForestOptions> = { name: "forest", tunable: false, fit };

type Setting = { readonly splits: Splits; readonly leaf: number };

interface Grower {
  readonly data: TrainingData;
  readonly bins: Bins;
  readonly targets: Matrix;
  readonly options: Options;
}

async function fit(data: TrainingData, options: Options): Promise<Fitted> {
  checkTrainingData(data);
  const { trees = TREES } = options;
  const sy = outputStatistics(data.train.y, data.outputs);
  const grower = { data, bins: binsOf(data.train.x), targets: normalised(data.train.y, sy), options };
  // the file grows with leaves times outputs: wide outputs get larger leaves
  const least = Math.ceil((trees * data.train.x.rows * data.train.y.width) / (2 * MAX_LEAF_VALUES));
  const settings = (options.splits === undefined ? BOTH : [options.splits]).flatMap((splits) =>
    [...new Set((options.leaf === undefined ? LEAVES : [options.leaf]).map((leaf) => Math.max(leaf, least)))].map(
      (leaf): Setting => ({ splits, leaf }),
    ),
  );
  const total = trees + (settings.length > 1 ? settings.length * Math.min(TRIAL_TREES, trees) : 0);
  let done = 0;
  const onTree = (): void => options.onProgress?.({ student: "forest", fraction: ++done / total });
  const tried: (Setting & { readonly validation_loss: number })[] = [];
  if (settings.length > 1)
    for (const setting of settings) {
      const grown = await growAll(grower, setting, Math.min(TRIAL_TREES, trees), onTree);
      const validation_loss = scaledError(meanOf(grown, data.validation.x, sy), data.validation.y, data.train.y);
      tried.push({ ...setting, validation_loss });
    }
  const best =
    tried.length === 0 ? settings[0] : tried.reduce((a, b) => (b.validation_loss < a.validation_loss ? b : a));
  const grown = await growAll(grower, best, trees, onTree);
  const width = data.train.y.width;
  const model = policyModel("forest", data, statistics(data.train.x), sy, (_g, _x, raw) =>
    ensemble(
      raw,
      grown.map((tree) => ({ tree, output: 0 })),
      width,
      1 / grown.length,
      new Array<number>(width).fill(0),
    ),
  );
  return {
    name: "forest",
    model,
    history: [],
    details: {
      trees: grown.length,
      splits: best.splits,
      leaf: best.leaf,
      leaves: grown.reduce((n, t) => n + t.value.filter((v) => v !== undefined).length, 0),
      validation_loss: scaledError(meanOf(grown, data.validation.x, sy), data.validation.y, data.train.y),
      ...(tried.length === 0 ? {} : { tried }),
    },
    ...(options.signal?.aborted ? { interrupted: true } : {}),
  };
}

/** At least one tree, whatever the signal says. */
async function growAll(
  { data, bins, targets, options }: Grower,
  { splits, leaf }: Setting,
  count: number,
  onTree: () => void,
): Promise<Tree[]> {
  const { width, rows } = data.train.x;
  const trees: Tree[] = [];
  const every = Int32Array.from({ length: width }, (_, c) => c);
  const some = Math.max(1, Math.ceil(width / 3));
  const wanted = { outputs: targets.width, targets: Float64Array.from(targets.data) };
  for (let t = 0; t < count && !(t > 0 && options.signal?.aborted); t++) {
    const draws = rng(seedOf(options.seed, `forest/${splits}/${leaf}/${t}`));
    const sample =
      splits === "best"
        ? Int32Array.from({ length: rows }, () => draws.integer(rows))
        : Int32Array.from({ length: rows }, (_, r) => r);
    const shared = { depth: options.depth ?? DEPTH, leaf, lambda: 0 };
    trees.push(
      grow(
        bins,
        wanted,
        sample,
        splits === "best"
          ? { ...shared, columns: () => drawn(every, some, draws) }
          : { ...shared, columns: () => every, edge: (n) => draws.integer(n) },
      ),
    );
    onTree();
    await breathe();
  }
  return trees;
}

/** So many of the items, without repeats: the first of a shuffle that is carried on from call to call. */
function drawn(items: Int32Array, count: number, draws: Rng): Int32Array {
  for (let i = 0; i < count; i++) {
    const j = i + draws.integer(items.length - i);
    const held = items[i];
    items[i] = items[j];
    items[j] = held;
  }
  return items.subarray(0, count);
}

/** What the trees say of rows on average, in raw units. */
function meanOf(trees: readonly Tree[], x: Matrix, { mean, deviation }: Statistics): Matrix {
  const width = mean.length;
  const data = new Float32Array(x.rows * width);
  const sums = new Float64Array(width);
  for (let r = 0; r < x.rows; r++) {
    const row = x.data.subarray(r * x.width, (r + 1) * x.width);
    sums.fill(0);
    for (const tree of trees) {
      const leaf = leafOf(tree, row);
      for (let o = 0; o < width; o++) sums[o] += leaf[o];
    }
    for (let o = 0; o < width; o++) data[r * width + o] = (sums[o] / trees.length) * deviation[o] + mean[o];
  }
  return { rows: x.rows, width, data };
}
