/**
 * Ridge regression (Hoerl & Kennard 1970) in closed form on normalised columns, the intercept in the normalisation. λ, of a
 * small grid, is what blocked cross-validation says (decision 0006).
 */
import { matmul } from "../../onnx/functions.js";
import { tensor } from "../../onnx/tensor.js";
import { concatRows, type Matrix } from "../../train/matrix.js";
import { solve } from "./cholesky.js";
import { foldsOf, mostRestrained } from "./cross-validate.js";
import { checkTrainingData } from "./data.js";
import { factored, product } from "./gram.js";
import { policyModel } from "./policy.js";
import { normalised, statistics } from "./statistics.js";
import type { Part, Student, TrainingData } from "./student.js";

export interface RidgeOptions {
  /** Values of λ to choose from, relative to columns of unit variance. */
  readonly lambdas: readonly number[];
}

const LAMBDAS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1];

/** Mean squared error of X·W against Y. */
function meanSquare(x: Matrix, w: Float64Array, y: Matrix): number {
  let sum = 0;
  for (let r = 0; r < x.rows; r++)
    for (let j = 0; j < y.width; j++) {
      let predicted = 0;
      for (let i = 0; i < x.width; i++) predicted += x.data[r * x.width + i] * w[i * y.width + j];
      sum += (predicted - y.data[r * y.width + j]) ** 2;
    }
  return sum / (x.rows * y.width);
}

export interface Line {
  /** [in, out] of normalised columns. */
  readonly weights: Float64Array;
  readonly lambda: number;
  /** Mean squared error on the validation rows. */
  readonly loss: number;
}

/** W of the λ that does best on the validation rows; everything normalised. */
export async function bestLine(
  { x, y }: { readonly x: Matrix; readonly y: Matrix },
  validation: { readonly x: Matrix; readonly y: Matrix },
  lambdas: readonly number[] = LAMBDAS,
): Promise<Line> {
  return (await errorsOf({ x, y }, validation, lambdas)).reduce((a, b) => (b.loss < a.loss ? b : a));
}

async function errorsOf(
  { x, y }: { readonly x: Matrix; readonly y: Matrix },
  validation: { readonly x: Matrix; readonly y: Matrix },
  lambdas: readonly number[],
): Promise<Line[]> {
  const solveFor = await (x.width <= x.rows ? primal(x, y) : dual(x, y));
  const lines: Line[] = [];
  for (const lambda of lambdas) {
    const weights = await solveFor(lambda);
    lines.push({ lambda, weights, loss: meanSquare(validation.x, weights, validation.y) });
  }
  return lines;
}

/** W = (XᵀX/n + λI)⁻¹ XᵀY/n. */
async function primal(x: Matrix, y: Matrix) {
  const [gram, cross] = [await product(x, x), await product(x, y)];
  return async (lambda: number): Promise<Float64Array> => {
    const damped = gram.slice();
    for (let i = 0; i < x.width; i++) damped[i * x.width + i] += lambda;
    return solve(await factored(damped, x.width), x.width, cross, y.width);
  };
}

/** The same W where there are fewer rows than columns: Xᵀ(XXᵀ + nλI)⁻¹Y. */
async function dual(x: Matrix, y: Matrix) {
  const t = transposed(x);
  const gram = await product(t, t);
  const target = Float64Array.from(y.data);
  return async (lambda: number): Promise<Float64Array> => {
    // product divides by the number of rows that it sums over, here the columns of x
    const damped = gram.slice();
    for (let i = 0; i < x.rows; i++) damped[i * x.rows + i] += (x.rows / x.width) * lambda;
    const duals = solve(await factored(damped, x.rows), x.rows, target, y.width);
    const weights = new Float64Array(x.width * y.width);
    for (let r = 0; r < x.rows; r++)
      for (let i = 0; i < x.width; i++) {
        const v = x.data[r * x.width + i] / x.width;
        if (v !== 0) for (let j = 0; j < y.width; j++) weights[i * y.width + j] += v * duals[r * y.width + j];
      }
    return weights;
  };
}

function transposed({ rows, width, data }: Matrix): Matrix {
  const turned = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < width; c++) turned[c * rows + r] = data[r * width + c];
  return { rows: width, width: rows, data: turned };
}

const FOLDS = 5;

/**
 * The greatest λ that is, over held-out stretches of training and validation rows, as good as any: columns that nearly
 * repeat each other may cancel in one stretch, and go astray together in the next.
 */
async function choose(data: TrainingData, lambdas: readonly number[]): Promise<number> {
  const folds = lambdas.length > 1 ? foldsOf(data, FOLDS) : undefined;
  if (folds === undefined) return lambdas[0];
  const byFold: number[][] = [];
  for (const {
    data: { train, validation },
    held,
  } of folds) {
    const seen = { x: concatRows(train.x, validation.x), y: concatRows(train.y, validation.y) };
    const [sx, sy] = [statistics(seen.x), statistics(seen.y)];
    const part = ({ x, y }: Pick<Part, "x" | "y">) => ({ x: normalised(x, sx), y: normalised(y, sy) });
    byFold.push((await errorsOf(part(seen), part(held), lambdas)).map(({ loss }) => loss));
  }
  return lambdas[mostRestrained(lambdas.map((_, i) => byFold.map((errors) => errors[i])))];
}

/**
 * The student that is a linear map. Errors: L0951 data that cannot be fitted on.
 *
 * @example
 * const { model, details } = await ridge.fit(data, { seed: 7, now: () => 0 });
 * details.lambda // 0.000001
 * await predict(model, data.validation.x) // { data: Float32Array [≈-3.000, ≈-1.000, ≈1.000, ≈3.000], … }
 */
export const ridge: Student<RidgeOptions> = {
  name: "ridge",
  async fit(data, { lambdas = LAMBDAS }) {
    checkTrainingData(data);
    const [sx, sy] = [statistics(data.train.x), statistics(data.train.y)];
    const [x, y] = [normalised(data.train.x, sx), normalised(data.train.y, sy)];
    const [vx, vy] = [normalised(data.validation.x, sx), normalised(data.validation.y, sy)];
    const best = await bestLine({ x, y }, { x: vx, y: vy }, [await choose(data, lambdas)]);
    const weights = tensor("float32", [x.width, y.width], Float32Array.from(best.weights));
    return {
      name: "ridge",
      model: policyModel("ridge", data, sx, sy, (g, value) => matmul(value, g.initializer("weights", weights))),
      history: [],
      details: { lambda: best.lambda, validation_loss: best.loss },
    };
  },
};
