/** Reports as distilling the two-link arm and a seven-joint calibration would give them: made-up numbers, real shapes. */
import type { ReportData, Trace } from "../../src/distill/report/data.js";
import { card } from "./card.js";

/** Deterministic noise with a variance near 1. */
function noise(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => uniform() + uniform() + uniform() + uniform() - 2 + 1.4 * (uniform() - 0.5);
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

function output(column: string, unit: string, rows: number, error: number, seed: number) {
  const draw = noise(seed);
  const time_s = range(rows).map((i) => 40 + i * 0.01);
  const actual = time_s.map((t) => 4 * Math.sin(0.7 * t + seed) + 1.5 * Math.sin(2.9 * t) + 0.3 * draw());
  const predicted = actual.map((a, i) => a * (1 - 0.05 * error) + error * draw() + (i % 997 === 0 ? 8 * error : 0));
  return { column, unit, time_s, actual, predicted, nmse: error ** 2 / 9 };
}

function trace(start: string, port: string, unit: string, from: number, seed: number): Trace {
  const time_s = range(1000).map((i) => i * 0.01);
  const target = time_s.map((t) => [0.4, -0.7, 0.9, -0.2, 0.6][Math.floor(t / 2)]! * (seed % 2 === 0 ? 1 : -0.8));
  const follow = (stiffness: number) => {
    let value = from;
    return target.map((goal) => (value += (goal - value) * stiffness));
  };
  return {
    start,
    port,
    unit,
    series: [
      { of: "reference", time_s, value: target },
      { of: "teacher", time_s, value: follow(0.04) },
      { of: "student", time_s, value: follow(start === "outside" ? 0.028 : 0.037) },
    ],
  };
}

const losses = (epochs: number, floor: number, draw: () => number) =>
  range(epochs).map((i) => floor + 0.9 * Math.exp(-i / 9) * (1 + 0.08 * draw()) + 0.004 * Math.abs(draw()));

export const armReport: ReportData = {
  card,
  doc: "A two-link arm follows way-points under a PD controller with gravity compensation.",
  table: [
    {
      name: "controller",
      role: "teacher",
      closed_loop: { tracking: { training: { mean: 0.0792, sd: 0.0104 }, outside: { mean: 0.1311, sd: 0.0472 } } },
    },
    { name: "mlp", role: "student", ...card.metrics },
    {
      name: "ridge",
      role: "student",
      test: { nmse: [0.21, 0.183], nmse_mean: 0.1965, r2_mean: 0.8035 },
      closed_loop: { tracking: { training: { mean: 0.31, sd: 0.09 }, outside: { mean: 0.74, sd: 0.31 } } },
    },
    {
      name: "mean",
      role: "baseline",
      test: { nmse: [1, 1.001], nmse_mean: 1.0005, r2_mean: -0.0005 },
      closed_loop: { tracking: { training: { mean: 1.42, sd: 0.22 }, outside: { mean: 1.93, sd: 0.4 } } },
    },
  ],
  metrics: { tracking: { unit: "m" } },
  training: [
    {
      student: "mlp",
      loss: "mean squared error, normalised",
      train: losses(120, 0.002, noise(3)),
      validation: losses(120, 0.003, noise(4)),
      best: 107,
    },
  ],
  outputs: [output("torque[0]", "N·m", 2000, 0.14, 1), output("torque[1]", "N·m", 2000, 0.18, 2)],
  traces: ["training", "outside"].flatMap((start, s) => [
    trace(start, "arm.tip[0]", "m", 0.2 + s, 2),
    trace(start, "arm.tip[1]", "m", -0.3 - s, 3),
    trace(start, "controller.torque[0]", "N·m", 0.1, 5),
    trace(start, "controller.torque[1]", "N·m", 0.3, 4),
  ]),
  split: {
    axis: "episode",
    parts: [
      { set: "train", from: 0, to: 32 },
      { set: "validation", from: 32, to: 36 },
      { set: "test", from: 36, to: 40 },
    ],
  },
};

const joint = (name: string, port: string, unit: string) =>
  range(7).map((j) => ({ name: `${name}[${j}]`, port, unit, min: -2.1 + j / 10, max: 2.3, mean: 0.1 * j, sd: 0.8 }));
const tensor7 = (unit: string) => ({ tensor: [7], dtype: "float64" as const, unit });

export const pandaReport: ReportData = {
  ...armReport,
  card: {
    ...card,
    name: "panda-torque",
    command:
      "distill graphs/panda-dynamics.graph.yaml --inputs joints,acceleration --outputs torque --as panda-torque".split(
        " ",
      ),
    teacher: {
      graph: "panda-dynamics",
      graph_digest: "12".repeat(32),
      inputs: { joints: "joints", acceleration: "derivative.derivative" },
      outputs: { torque: "torque" },
    },
    trigger: { each: ["joints", "acceleration"] },
    inputs: {
      joints: { type: tensor7("rad"), kind: "signal" },
      acceleration: { type: tensor7("rad/s²"), kind: "signal" },
    },
    outputs: { torque: { type: tensor7("N·m"), kind: "signal" } },
    columns: {
      inputs: [
        ...joint("position", "joints", "rad"),
        ...joint("velocity", "joints", "rad/s"),
        ...joint("", "acceleration", "rad/s²"),
      ],
      outputs: joint("", "torque", "N·m"),
    },
    dataset: {
      digest: "34".repeat(32),
      split: { by: "time" },
      rows: { train: 25_612, validation: 6_403, test: 8_004 },
    },
    metrics: { test: { nmse: [0.04, 0.05, 0.06, 0.07, 0.09, 0.11, 0.13], nmse_mean: 0.0786, r2_mean: 0.9214 } },
  },
  doc: "Joint torques of a Franka Panda from its joint states and estimated accelerations.",
  table: [
    { name: "mlp", role: "student", test: { nmse: [], nmse_mean: 0.0786, r2_mean: 0.9214 } },
    { name: "ridge", role: "student", test: { nmse: [], nmse_mean: 1.84, r2_mean: -0.84 } },
    { name: "mean", role: "baseline", test: { nmse: [], nmse_mean: 1.01, r2_mean: -0.01 } },
  ],
  metrics: {},
  outputs: range(7).map((j) => output(`torque[${j}]`, "N·m", 8004, 0.3 + 0.1 * j, j + 1)),
  traces: [],
  split: {
    axis: "row",
    parts: [
      { set: "train", from: 0, to: 25_612 },
      { set: "validation", from: 25_612, to: 32_015 },
      { set: "test", from: 32_015, to: 40_019 },
    ],
  },
};
