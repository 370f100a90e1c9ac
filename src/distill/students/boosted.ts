/**
 * Gradient-boosted trees (Friedman 2001) of second order (Chen & Guestrin 2016): each tree learns what those before it
 * leave, and there are as many as make the validation error fall.
 *
 * Numbers are boosted by squared error, each output column by itself; a choice by cross-entropy, a tree a choice and
 * round, and the model gives the softmax of their sums.
 */
import { rng, seedOf } from "../../component/rng.js";
import { concat, op, split } from "../../onnx/functions.js";
import type { Matrix } from "../../train/matrix.js";
import { shuffle } from "../../train/shuffle.js";
import { checkTrainingData } from "./data.js";
import { headsOf, outputStatistics } from "./heads.js";
import { policyModel } from "./policy.js";
import { normalised, statistics } from "./statistics.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";
import { type Bins, binsOf } from "./tree/bins.js";
import { breathe, ensemble, type Member } from "./tree/ensemble.js";
import { grow, leafOf, type Tree } from "./tree/grow.js";

export interface BoostedOptions {
  /** Trees of one output at most (default 400; fewer where there are many outputs). */
  readonly rounds: number;
  /** Share of a tree's answer that is taken (default 0.1). */
  readonly rate: number;
  /** Splits from the root to a leaf at most (default 5). */
  readonly depth: number;
  /** Rows that a leaf has at least (default 8). */
  readonly leaf: number;
  /** Pull of the leaves towards zero (default 1). */
  readonly lambda: number;
  /** Share of the rows that a tree sees (default 0.8). */
  readonly sample: number;
  /** Rounds without a better validation error after which an output is done (default 30). */
  readonly patience: number;
}

type Options = StudentOptions & Partial<BoostedOptions>;

const ROUNDS = 400;
/** Trees of a whole model, unless told otherwise: some 10 MB of file. */
const MAX_TREES = 6_000;
/** An exponent that a float32 takes. */
const MAX_LOGIT = 30;

/**
 * The student that is a sum of trees. Errors: L0951 data that cannot be fitted on.
 *
 * @example
 * const { details } = await boosted.fit(data, { rounds: 5, seed: 7, now: () => 0 });
 * details.rate // 0.1
 */
export const boosted: Student<BoostedOptions> = { name: "boosted", tunable: false, fit };

/** One job: an output column by squared error, or the columns of a choice by cross-entropy. */
interface Job {
  readonly from: number;
  readonly width: number;
  readonly choice: boolean;
}

interface Boosted {
  /** Trees of the rounds that were kept, one an output column and round. */
  readonly members: readonly Member[];
  readonly base: readonly number[];
  readonly rounds: number;
  readonly loss: number;
}

async function fit(data: TrainingData, options: Options): Promise<Fitted> {
  checkTrainingData(data);
  const { train, validation, outputs } = data;
  const sy = outputStatistics(train.y, outputs);
  const [y, vy] = [normalised(train.y, sy), normalised(validation.y, sy)];
  const bins = binsOf(train.x);
  const jobs = headsOf(outputs).flatMap(({ kind, from, width }): Job[] =>
    kind === "choice"
      ? [{ from, width, choice: true }]
      : Array.from({ length: width }, (_, i) => ({ from: from + i, width: 1, choice: false })),
  );
  const rounds = options.rounds ?? Math.max(20, Math.min(ROUNDS, Math.floor(MAX_TREES / train.y.width)));
  const done: Boosted[] = [];
  for (const job of jobs) {
    const part = (m: Matrix): Float64Array => {
      const own = new Float64Array(m.rows * job.width);
      for (let r = 0; r < m.rows; r++)
        for (let o = 0; o < job.width; o++) own[r * job.width + o] = m.data[r * m.width + job.from + o];
      return own;
    };
    const rows = { bins, vx: validation.x, y: part(y), vy: part(vy) };
    done.push(
      await boost(job, rows, rounds, options, (round, loss) =>
        options.onProgress?.({
          student: "boosted",
          fraction: (done.length + round / rounds) / jobs.length,
          validation_loss: loss,
        }),
      ),
    );
  }
  options.onProgress?.({ student: "boosted", fraction: 1 });
  const members = done.flatMap((b) => b.members);
  const base = done.flatMap((b) => b.base);
  const widths = jobs.map((j) => j.width);
  const model = policyModel("boosted", data, statistics(train.x), sy, (_g, _x, raw) => {
    const sums = ensemble(raw, members, y.width, options.rate ?? 0.1, base);
    if (!jobs.some((j) => j.choice)) return sums;
    const parts = split(sums, widths, 1).map((part, i) => (jobs[i].choice ? op("Softmax", [part], { axis: 1 }) : part));
    return parts.length === 1 ? parts[0] : concat(parts, 1);
  });
  return {
    name: "boosted",
    model,
    history: [],
    details: {
      rounds: done.map((b) => b.rounds),
      trees: members.length,
      rate: options.rate ?? 0.1,
      depth: options.depth ?? 5,
      validation_losses: done.map((b) => b.loss),
    },
    ...(options.signal?.aborted ? { interrupted: true } : {}),
  };
}

/** Boosts one job; what is kept is the model after the round with the least validation loss. */
async function boost(
  { from, width, choice }: Job,
  {
    bins,
    vx,
    y,
    vy,
  }: { readonly bins: Bins; readonly vx: Matrix; readonly y: Float64Array; readonly vy: Float64Array },
  rounds: number,
  options: Options,
  onRound: (round: number, loss: number) => void,
): Promise<Boosted> {
  const { rate = 0.1, depth = 5, leaf = 8, lambda = 1, sample = 0.8, patience = 30 } = options;
  const { rows } = bins;
  const every = Int32Array.from({ length: bins.width }, (_, c) => c);
  const base = Array.from({ length: width }, (_, o) => startOf(y, rows, width, o, choice));
  const score = Float64Array.from({ length: rows * width }, (_, i) => base[i % width]);
  const valued = Float64Array.from({ length: vx.rows * width }, (_, i) => base[i % width]);
  const draws = rng(seedOf(options.seed, `boosted/${from}`));
  const trees: Tree[][] = [];
  let best = { rounds: 0, loss: lossOf(valued, vy, width, choice) };
  const order = Int32Array.from({ length: rows }, (_, r) => r);
  for (let round = 1; round <= rounds && round - best.rounds <= patience && !options.signal?.aborted; round++) {
    const { gradients, curvatures } = wanted(score, y, width, choice);
    shuffle(order, draws);
    const seen = order.slice(0, Math.max(1, Math.round(sample * rows))).sort();
    const own = gradients.map((targets, o) =>
      grow(bins, { outputs: 1, targets, ...(choice ? { weights: curvatures[o] } : {}) }, seen.slice(), {
        depth,
        leaf,
        lambda,
        columns: () => every,
      }),
    );
    trees.push(own);
    own.forEach((tree, o) => {
      addTo(score, tree, bins, rate, width, o);
      for (let r = 0; r < vx.rows; r++)
        valued[r * width + o] += rate * leafOf(tree, vx.data.subarray(r * vx.width, (r + 1) * vx.width))[0];
    });
    const loss = lossOf(valued, vy, width, choice);
    if (loss < best.loss) best = { rounds: round, loss };
    onRound(round, loss);
    if (round % 10 === 0) await breathe();
  }
  const members = trees.slice(0, best.rounds).flatMap((own) => own.map((tree, o) => ({ tree, output: from + o })));
  return { members, base, ...best };
}

/** What the trees start from: the mean, or the logarithm of a choice's share. */
function startOf(y: Float64Array, rows: number, width: number, o: number, choice: boolean): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) sum += y[r * width + o];
  return Math.fround(choice ? Math.log((sum + 0.5) / (rows + 0.5 * width)) : sum / rows);
}

/** Steps that the loss wants (its gradient, turned round), and its curvature, by output. */
function wanted(score: Float64Array, y: Float64Array, width: number, choice: boolean) {
  const rows = y.length / width;
  if (!choice) return { gradients: [y.map((v, i) => v - score[i])], curvatures: [] as Float64Array[] };
  const gradients = Array.from({ length: width }, () => new Float64Array(rows));
  const curvatures = Array.from({ length: width }, () => new Float64Array(rows));
  for (let r = 0; r < rows; r++) {
    const p = softmax(score, r * width, width);
    for (let o = 0; o < width; o++) {
      gradients[o][r] = y[r * width + o] - p[o];
      curvatures[o][r] = Math.max(p[o] * (1 - p[o]), 1e-6);
    }
  }
  return { gradients, curvatures };
}

function softmax(score: Float64Array, at: number, width: number): Float64Array {
  const p = score.slice(at, at + width);
  const most = p.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let o = 0; o < width; o++) sum += p[o] = Math.exp(Math.max(p[o] - most, -MAX_LOGIT));
  return p.map((v) => v / sum);
}

/** Mean squared error, or mean cross-entropy. */
function lossOf(score: Float64Array, y: Float64Array, width: number, choice: boolean): number {
  const rows = y.length / width;
  let sum = 0;
  if (!choice) for (let i = 0; i < y.length; i++) sum += (score[i] - y[i]) ** 2;
  else
    for (let r = 0; r < rows; r++) {
      const p = softmax(score, r * width, width);
      for (let o = 0; o < width; o++) if (y[r * width + o] > 0) sum -= y[r * width + o] * Math.log(p[o]);
    }
  return sum / rows;
}

/** Adds a tree's answers to the training rows, by their bins. */
function addTo(score: Float64Array, tree: Tree, { codes, rows, edges }: Bins, rate: number, width: number, o: number) {
  const bin = tree.threshold.map((t, node) => (tree.column[node] < 0 ? 0 : edges[tree.column[node]].indexOf(t)));
  for (let r = 0; r < rows; r++) {
    let node = 0;
    while (tree.column[node] >= 0)
      node = codes[tree.column[node] * rows + r] <= bin[node] ? tree.left[node] : tree.right[node];
    score[r * width + o] += rate * tree.value[node]![0];
  }
}
