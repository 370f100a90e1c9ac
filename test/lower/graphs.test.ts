/** Graph files as their users have them: lowered whole or in part, beside the graph, port by port. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LowerSpec } from "../../src/lower/region.js";
import { compare } from "../../src/project/compare.js";
import { loadGraph } from "../../src/project/load.js";
import { lower, storePolicy, verifyPolicy } from "../../src/project/lower.js";
import { simulate } from "../../src/project/simulate.js";
import { root } from "../support/run.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-lower-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function verified(file: string, spec: LowerSpec, for_ns: number) {
  const loaded = await loadGraph(file);
  const { onnx, facts } = await lower(loaded, { home: folder, spec });
  const job = { home: folder, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };
  return { facts, ...(await verifyPolicy(loaded, { ...job, policy: { name: "p.onnx", onnx }, for_ns })) };
}

const firsts = ({ ports }: Awaited<ReturnType<typeof verified>>) => ports.map(({ port, first }) => [port, first]);

test("the arm's controller, whole", async () => {
  const done = await verified(join(root, "graphs/arm-reach.graph.yaml"), { all: true }, 2e9);
  expect(firsts(done)).toEqual([["torque", undefined]]);
  expect(done.ports[0]!.messages).toBeGreaterThan(190);
  expect(done.facts.call).toEqual({ period_ns: 1e7, phase_ns: 0 });
});

test("a cascade: PID inside PID, at 1 kHz and 100 Hz", async () => {
  const file = join(folder, "cascade.graph.yaml");
  writeFileSync(
    file,
    `limbeck: 1
name: cascade
streams:
  in:
    speed: {message: Scalar, simulate: "motor.motor:velocity", contract: {rate: 1khz}}
    wanted: {message: Scalar, simulate: wave.value, contract: {rate: 20hz, jitter: 4ms}}
  out:
    voltage: {message: Scalar, from: inner.output, initial: 0}
world:
  wave: {component: source/chirp, params: {amplitude: 3, from: 0.2, to: 1, duration: 2}}
  motor: {component: sim/dc-motor, in: [voltage]}
nodes:
  outer: {component: control/pid, on: 100hz, in: {setpoint: wanted, measurement: speed}, params: {kp: 2, ki: 1, kd: 0.01, low: -5, high: 5}}
  inner: {component: control/pid, on: 1khz, in: {setpoint: outer.output, measurement: speed}, params: {kp: 1, ki: 5, kd: 0, low: -12, high: 12}}
`,
  );
  const done = await verified(file, { all: true }, 1e9);
  expect(firsts(done)).toEqual([["voltage", undefined]]);
  expect(done.facts.call).toEqual({ period_ns: 1e6, phase_ns: 0 });
});

const data = resolve(root, "../shared/data/mrclam6");
test.skipIf(!existsSync(data))("a Kalman filter on a real robot's odometry", async () => {
  const file = join(folder, "kalman.graph.yaml");
  writeFileSync(
    file,
    `limbeck: 1
name: odometry
messages:
  Motion: {speed: {type: number, unit: m/s}, turn: {type: number, unit: rad/s}}
streams:
  in:
    motion: {message: Motion, simulate: odometry.motion}
world:
  odometry:
    component: source/csv
    params:
      path: ${join(data, "Robot3_Odometry.dat.gz")}
      delimiter: whitespace
      comment: "#"
      columns: [t, v, w]
      time: t
      origin: 1248444175.103
      ports: {motion: {speed: v, turn: w}}
nodes:
  filter:
    component: estimation/kalman
    in: {measurement: "motion:speed"}
    params: {A: [[0]], C: [[1]], Q: [[0.001]], R: [[0.01]], P0: [[1]], time: continuous}
`,
  );
  const done = await verified(file, { nodes: ["filter"] }, 20e9);
  expect(firsts(done).map(([, first]) => first)).toEqual(firsts(done).map(() => undefined));
  expect(done.facts.call).toEqual({ on: Object.keys(done.facts.inputs) });
});

test("a graph with every kind of edge: sub-graphs, choices, held values, ages, defaults, delays, events as lists, three rates", async () => {
  const done = await verified(join(root, "test/lower/every/every.graph.yaml"), { all: true }, 1e9);
  expect(firsts(done)).toEqual(["o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8"].map((port) => [port, undefined]));
  expect(done.facts.call).toEqual({ period_ns: 1e6, phase_ns: 0, on: ["x"] });
});

test("a policy in the store takes its nodes' place, and is compared in closed loop", async () => {
  const short = join(folder, "short.graph.yaml");
  const text = readFileSync(join(root, "graphs/arm-reach.graph.yaml"), "utf8");
  writeFileSync(short, text.replace("for: 10s", "for: 1s").replace("episodes: 8", "episodes: 2"));
  const loaded = await loadGraph(short, { models: join(folder, "models") });
  const lowered = await lower(loaded, { home: folder, spec: { all: true } });
  const stored = await storePolicy(lowered, {
    home: folder,
    as: "whole",
    command: ["lower"],
    createdAt: "2026-01-01T00:00:00Z",
  });
  expect(stored.model).toBe("whole@1");
  const job = { home: folder, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };
  const { teacher, students } = await compare(loaded, { ...job, models: ["whole@1"], for_ns: 5e8 });
  expect(students[0]!.closed_loop).toEqual(teacher!.closed_loop);
  expect(students[0]!.test.nmse_mean).toBeLessThan(1e-20);
  const file = join(folder, "with.rewrite.yaml");
  writeFileSync(file, "- substitute: {nodes: [ik, gravity, controller], with: model:whole@1}\n");
  const models = join(folder, "models");
  const replaced = await loadGraph(short, { models, with: [file] });
  expect(replaced.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const { ports } = await simulate(replaced, { ...job, for_ns: 5e8, ideal: false });
  const { ports: own } = await simulate(loaded, { ...job, for_ns: 5e8, ideal: false });
  expect(Object.keys(ports)).toContain("torque");
  expect(Object.keys(own)).toContain("torque");
});
