/** Rows of made-up teachers, for the tests of this folder. */
import { rng } from "../../../src/component/rng.js";
import type { Part, PortBlock, TrainingData } from "../../../src/distill/students/student.js";
import { compileFlatten } from "../../../src/message/flatten.js";
import type { Message, MessageSchema } from "../../../src/message/type.js";
import type { Matrix } from "../../../src/train/matrix.js";

export const block = (port: string, width: number): PortBlock => ({
  port,
  columns: Array.from({ length: width }, (_, i) => ({ name: `[${i}]`, unit: "m" })),
});
export const ports = {
  inputs: [block("joints", 2), block("controller#rail.target", 2)],
  outputs: [block("controller.torque", 2), block("mode", 1)],
};

/** Inputs far from zero and of unlike sizes, one of them constant; outputs in large units, one of them constant. */
export function rows(count: number, seed: number, linear = false): { x: Matrix; y: Matrix } {
  const draws = rng(seed);
  const x = new Float32Array(count * 4);
  const y = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [draws.between(-1, 1), draws.between(-1, 1), draws.between(-1, 1)];
    x.set([100 + 5 * a, 0.01 * b, 9.81, -3 + c], i * 4);
    y.set([linear ? 40 + 7 * a - 2 * b : 40 + 7 * Math.sin(3 * a) * b, linear ? c - a : c * c - a, 2.5], i * 3);
  }
  return { x: { rows: count, width: 4, data: x }, y: { rows: count, width: 3, data: y } };
}

export const data = (linear = false): TrainingData => ({
  ...ports,
  train: rows(2000, 1, linear),
  validation: rows(400, 2, linear),
});

/** The same rows with an image beside the vectors: a port `camera` of noise, which says nothing. */
export const SEEN = 4 * 6 * 2;
export function seenRows(count: number, seed: number): { x: Matrix; y: Matrix } {
  const { x, y } = rows(count, seed);
  const noise = uniform(count, SEEN, seed + 100);
  const wide = new Float32Array(count * (SEEN + 4));
  for (let r = 0; r < count; r++) {
    wide.set(x.data.subarray(4 * r, 4 * r + 4), r * (SEEN + 4));
    wide.set(noise.data.subarray(SEEN * r, SEEN * (r + 1)), r * (SEEN + 4) + 4);
  }
  return { x: { rows: count, width: SEEN + 4, data: wide }, y };
}
const cameraType: MessageSchema = { tensor: [4, 6, 2], dtype: "float32" };
export const seenPorts = {
  inputs: [...ports.inputs, { port: "camera", type: cameraType, columns: compileFlatten(cameraType).columns }],
  outputs: ports.outputs,
};
export const seen = (): TrainingData => ({ ...seenPorts, train: seenRows(400, 1), validation: seenRows(100, 2) });

/** A spot, more or less bright, somewhere in 8 × 8 pixels of noise. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  /** [8, 8], row-major. */
  readonly image: Float32Array;
}
export function spots(count: number, seed: number): Spot[] {
  const draws = rng(seed);
  return Array.from({ length: count }, () => {
    const [x, y, bright] = [draws.between(1, 6), draws.between(1, 6), draws.between(0.5, 2)];
    const image = Float32Array.from(
      { length: 64 },
      (_, i) => bright * Math.exp(-(((i % 8) - x) ** 2) - (Math.floor(i / 8) - y) ** 2) + draws.between(-0.1, 0.1),
    );
    return { x, y, image };
  });
}

/** Where a spot is, from a message of the type that `picture` makes of it. */
export function pictures(
  type: MessageSchema = { tensor: [8, 8] },
  picture: (spot: Spot) => Message = ({ image }) => Float64Array.from(image),
  outputs: readonly PortBlock[] = [block("place", 2)],
  said: (spot: Spot) => readonly number[] = ({ x, y }) => [x, y],
): TrainingData & { readonly held: Part } {
  const { width, columns, flatten } = compileFlatten(type);
  const part = (count: number, seed: number): Part => {
    const all = spots(count, seed);
    const x = new Float32Array(count * width);
    all.forEach((spot, r) => {
      flatten(picture(spot), x, r * width);
    });
    const y = Float32Array.from(all.flatMap(said));
    return { x: { rows: count, width, data: x }, y: { rows: count, width: y.length / count, data: y } };
  };
  const inputs = [{ port: "camera", type, columns }];
  return { inputs, outputs, train: part(600, 1), validation: part(150, 2), held: part(300, 3) };
}

/** Share of the variance that is not explained, by column; NaN for a constant one. */
export function nmse(predicted: Matrix, { width, rows: count, data: actual }: Matrix): number[] {
  return Array.from({ length: width }, (_, c) => {
    let [mean, error, variance] = [0, 0, 0];
    for (let r = 0; r < count; r++) mean += actual[r * width + c] / count;
    for (let r = 0; r < count; r++) {
      error += (predicted.data[r * width + c] - actual[r * width + c]) ** 2;
      variance += (actual[r * width + c] - mean) ** 2;
    }
    return error / variance;
  });
}

const uniform = (count: number, width: number, seed: number): Matrix => {
  const draws = rng(seed);
  return { rows: count, width, data: Float32Array.from({ length: count * width }, () => draws.between(-1, 1)) };
};
const table = (x: Matrix, width: number, of: (row: Float32Array) => readonly number[]): Matrix => ({
  rows: x.rows,
  width,
  data: Float32Array.from(
    Array.from({ length: x.rows }, (_, r) => of(x.data.subarray(r * x.width, (r + 1) * x.width))).flat(),
  ),
});
const cut = (
  count: number,
  width: number,
  seed: number,
  outputs: number,
  of: (row: Float32Array) => readonly number[],
) => {
  const part = (rows: number, own: number) => {
    const x = uniform(rows, width, own);
    return { x, y: table(x, outputs, of) };
  };
  return { train: part(count, seed), validation: part(Math.ceil(count / 4), seed + 1) };
};

/** Three inputs, one output in steps: a table of four by two of the first two inputs. */
export const steps = (count: number, seed = 1): TrainingData => ({
  inputs: [block("x", 3)],
  outputs: [block("y", 1)],
  ...cut(count, 3, seed, 1, ([a, b]) => [Math.floor(2 * a) * (b > 0.3 ? 1 : -2)]),
});

/** Two inputs; a choice of three by the angle, and a number. */
export const choices = (count: number, seed = 1): TrainingData => ({
  inputs: [block("x", 2)],
  outputs: [
    {
      port: "mode",
      type: { enum: ["left", "right", "stop"] },
      columns: ["left", "right", "stop"].map((name) => ({ name: `value=${name}` })),
    },
    block("speed", 1),
  ],
  ...cut(count, 2, seed, 4, ([a, b]) => {
    const mode = a * a + b * b < 0.3 ? 2 : a > b ? 1 : 0;
    return [...[0, 1, 2].map((k) => (k === mode ? 1 : 0)), 3 * a];
  }),
});
