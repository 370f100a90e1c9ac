/** A model card as distilling the two-link arm's controller would give it. */
import type { MessageSchema } from "../../src/message/type.js";
import type { Card, CardFacts } from "../../src/models/card.js";

const vector = (unit: string, more: object = {}): MessageSchema => ({ tensor: [2], dtype: "float64", unit, ...more });

export const joints: MessageSchema = {
  type: "object",
  properties: { position: vector("rad", { wraps: true }), velocity: vector("rad/s") },
  required: ["position", "velocity"],
  additionalProperties: false,
};

const column = (name: string, port: string, unit: string) => ({
  name,
  port,
  unit,
  min: -1.5,
  max: 1.4,
  mean: 0.02,
  sd: 0.6,
});

export const cardFacts: CardFacts = {
  opset: 18,
  created_at: "2026-01-02T03:04:05.678Z",
  command: ["distill", "graphs/arm-reach.graph.yaml", "--nodes", "controller", "--as", "reach"],
  teacher: {
    graph: "arm-reach",
    graph_digest: "ab".repeat(32),
    nodes: ["controller"],
    inputs: { target: "target", joints: "joints" },
    outputs: { torque: "controller.torque" },
  },
  student: { kind: "mlp", settings: { hidden: [64, 64], activation: "tanh" } },
  trigger: { clock: "100hz" },
  inputs: {
    target: { type: vector("rad"), kind: "signal" },
    joints: { type: joints, kind: "signal" },
  },
  outputs: { torque: { type: vector("N·m"), kind: "signal" } },
  columns: {
    inputs: [
      column("[0]", "target", "rad"),
      column("[1]", "target", "rad"),
      column("velocity[0]", "joints", "rad/s"),
      column("velocity[1]", "joints", "rad/s"),
    ],
    outputs: [column("[0]", "torque", "N·m"), column("[1]", "torque", "N·m")],
  },
  dataset: { digest: "cd".repeat(32), split: { by: "episode" }, rows: { train: 16000, validation: 2000, test: 2000 } },
  seed: 7,
  metrics: {
    test: { nmse: [0.0021, 0.0034], nmse_mean: 0.00275, r2_mean: 0.99725 },
    closed_loop: { tracking: { training: { mean: 0.081, sd: 0.011 }, outside: { mean: 0.142, sd: 0.05 } } },
  },
  baselines: [{ name: "mean", test: { nmse: [1, 1.001], nmse_mean: 1.0005, r2_mean: -0.0005 } }],
  parents: [],
};

export const card: Card = {
  limbeck: 1,
  name: "reach",
  version: 1,
  sha256: "ef".repeat(32),
  size: 21_504,
  ...cardFacts,
};
