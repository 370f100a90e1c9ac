/** Rows of a made-up teacher with two input ports and two output ports, for the tests of this folder. */
import { rng } from "../../../src/component/rng.js";
import type { PortBlock, TrainingData } from "../../../src/distill/students/student.js";
import type { Matrix } from "../../../src/train/matrix.js";

const block = (port: string, width: number): PortBlock => ({
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
