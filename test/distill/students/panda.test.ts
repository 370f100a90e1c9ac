/**
 * A real robot: joint state → torque of a Franka Panda, learned from the first 80 % of its log, measured on the rest.
 *
 * The filter and the options were chosen by cross-validation over contiguous blocks of the first 80 % only.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { mlp } from "../../../src/distill/students/mlp.js";
import { predict } from "../../../src/distill/students/predict.js";
import { ridge } from "../../../src/distill/students/ridge.js";
import type { PortBlock, TrainingData } from "../../../src/distill/students/student.js";
import { type Matrix, rowsOf } from "../../../src/train/matrix.js";
import { nmse } from "./teacher.js";

const file = new URL("../../../../shared/data/panda_gaz/panda_exciting_traj.csv.gz", import.meta.url);
const present = existsSync(file);
if (!present) console.warn("skipped: ../shared/data/panda_gaz is not there");

/** Time constant of the differentiator: dv/dt ≈ (v − lowpass(v)) / τ. */
const TAU_S = 0.03;

const block = (port: string, width: number): PortBlock => ({
  port,
  columns: Array.from({ length: width }, (_, i) => ({ name: `[${i}]` })),
});

function load(): { data: TrainingData; held: { x: Matrix; y: Matrix } } {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n").slice(1);
  const [x, y] = [new Float32Array(lines.length * 28), new Float32Array(lines.length * 7)];
  let [before, low] = [0, new Array<number>(7).fill(0)];
  lines.forEach((line, i) => {
    const [t, ...v] = line.split(",").map(Number);
    const velocity = v.slice(7, 14);
    const share = i === 0 ? 1 : 1 - Math.exp(-(t - before) / TAU_S);
    low = low.map((l, j) => l + share * (velocity[j] - l));
    before = t;
    const acceleration = velocity.map((value, j) => (value - low[j]) / TAU_S);
    x.set([...v.slice(0, 7).map(Math.sin), ...v.slice(0, 7).map(Math.cos), ...velocity, ...acceleration], i * 28);
    y.set(v.slice(14), i * 7);
  });
  const all = [
    { rows: lines.length, width: 28, data: x },
    { rows: lines.length, width: 7, data: y },
  ] as const;
  const end = Math.floor(0.8 * lines.length);
  const cut = Math.floor(0.85 * end);
  const part = (from: number, to: number) => ({ x: rowsOf(all[0], from, to), y: rowsOf(all[1], from, to) });
  return {
    data: {
      inputs: [block("joints", 21), block("acceleration", 7)],
      outputs: [block("torque", 7)],
      train: part(0, cut),
      validation: part(cut, end),
    },
    held: part(end, lines.length),
  };
}

const score = (errors: number[]): number => errors.reduce((a, b) => a + b) / errors.length;

test.skipIf(!present)("averaged MLPs explain the torques better than a line does", async () => {
  const { data, held } = load();
  const common = { seed: 11, now: () => 0 };
  const of = async (fit: ReturnType<typeof mlp.fit>) => score(nmse(await predict((await fit).model, held.x), held.y));
  const line = await of(ridge.fit(data, common));
  expect(line).toBeGreaterThan(0.13);
  expect(await of(mlp.fit(data, { ...common, ensemble: 3, dropout: 0.2, steps: 2000 }))).toBeLessThanOrEqual(0.12);
});
