/** The whole loop, tried where it could cheat: digests, weights, bytes, sources, splits. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { compare } from "../../src/project/compare.js";
import { type DistillOptions, distill } from "../../src/project/distill.js";
import { type Loaded, loadGraph } from "../../src/project/load.js";
import type { DistillResult } from "../../src/project/results.js";
import { simulate } from "../../src/project/simulate.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-loop-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GRAPH = `
limbeck: 1
name: servo
seed: 3
messages:
  State: {position: {tensor: [2], unit: rad}, velocity: {tensor: [2], unit: rad/s}}
streams:
  in:
    joints: {message: State, simulate: arm.joints, contract: {rate: 50hz}}
  out:
    torque: {message: Vector2, from: controller.torque, initial: [0, 0]}
world:
  arm: {component: sim/two-link-arm, in: [torque], params: {q0: [-0.5, 0.8], noise: 0.001}}
nodes:
  controller: {component: ./controller.ts, on: 50hz, in: [joints]}
evaluate:
  for: 3s
  episodes: 3
  metrics: {height: {rmse: [arm.tip, torque]}}
  starts:
    training: {arm.q0: {uniform: [[-1, -1], [1, 1]]}}
    outside: {arm.q0: {uniform: [[1, 1], [2, 2]]}}
`;

const CONTROLLER = `import { step, tensor, Type } from "limbeck";
const state = Type.Object({ position: tensor([2], { unit: "rad" }), velocity: tensor([2], { unit: "rad/s" }) });
export default step({
  doc: "Pulls both joints to 0.3 rad against gravity, with torques that saturate.",
  inputs: { joints: state },
  outputs: { torque: tensor([2]) },
  step({ joints: { position: q, velocity: w } }) {
    const hold = 0.8 * 0.4 * 9.81 * Math.cos(q[0]! + q[1]!);
    const t1 = 60 * (0.3 - q[0]!) - 14 * w[0]! + 1.3 * 9.81 * Math.cos(q[0]!) + hold;
    const t2 = 40 * (0.3 - q[1]!) - 8 * w[1]! + hold;
    return { outputs: { torque: Float64Array.of(25 * Math.tanh(t1 / 25), 15 * Math.tanh(t2 / 15)) } };
  },
});
`;

function project(name: string) {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "servo.graph.yaml"), GRAPH);
  writeFileSync(join(folder, "controller.ts"), CONTROLLER);
  return { folder, file: join(folder, "servo.graph.yaml"), home: join(folder, ".limbeck") };
}

const job = (home: string) => ({ home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 });

const load = (file: string, home: string, more: { with?: string[]; set?: string[] } = {}) =>
  loadGraph(file, { models: join(home, "models"), ...more });

const run = async (loaded: Loaded, home: string, more: Partial<DistillOptions> = {}): Promise<DistillResult> =>
  distill(loaded, {
    ...job(home),
    teacher: { nodes: ["controller"] },
    as: "hold",
    episodes: 10,
    command: ["distill"],
    createdAt: "2026-01-01T00:00:00Z",
    ...more,
  });

const codes = async (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error: unknown) => {
      if (error instanceof LimbeckError) return error.problems.map((p) => p.code);
      throw error;
    },
  );

describe("the loop", () => {
  const main = project("main");
  let result: DistillResult;
  const onnx = join(main.home, "models", "hold", "1", "model.onnx");
  const laid = join(main.folder, "hold.rewrite.yaml");

  beforeAll(async () => {
    result = await run(await load(main.file, main.home), main.home);
    writeFileSync(laid, "- substitute: {nodes: [controller], with: model:hold@1}\n");
  });

  const drive = async () => {
    const loaded = await load(main.file, main.home, { with: [laid] });
    expect(loaded.problems.filter((p) => p.severity === "error")).toEqual([]);
    return simulate(loaded, { ...job(main.home), for_ns: 3e9, ideal: false });
  };

  it("gives a student that beats ridge and the mean, and holds the arm as its teacher does", () => {
    const [ridge, mlp] = result.students;
    expect(mlp!.test.nmse_mean).toBeLessThan(0.05);
    expect(mlp!.test.nmse_mean).toBeLessThan(ridge!.test.nmse_mean);
    expect(result.baselines[0]!.test.nmse_mean).toBeGreaterThan(0.9);
    const teacher = result.teacher!.closed_loop!.height!.training!.mean;
    expect(Math.abs(mlp!.closed_loop!.height!.training!.mean - teacher) / teacher).toBeLessThan(0.05);
    expect(result.baselines[0]!.closed_loop!.height!.training!.mean).not.toBeCloseTo(teacher, 1);
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    const again = project("again");
    const loaded = await load(again.file, again.home);
    expect((await run(loaded, again.home)).sha256).toBe(result.sha256);
    expect((await run(loaded, again.home, { seed: 4 })).sha256).not.toBe(result.sha256);
  });

  it("drives with the weights that are in the file: zeroed weights change the closed loop", async () => {
    const before = await drive();
    const zeroed = project("zeroed");
    cpSync(main.home, zeroed.home, { recursive: true });
    const model = decode(readFileSync(onnx));
    for (const tensor of Object.values(model.graph.initializers))
      if (tensor.dtype === "float32" && tensor.dims.length === 2) (tensor.data as Float32Array).fill(0);
    const bytes = encode(model);
    const folder = join(zeroed.home, "models", "hold", "1");
    const card = JSON.parse(readFileSync(join(folder, "card.json"), "utf8"));
    const { createHash } = await import("node:crypto");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(folder, "model.onnx"), bytes);
    writeFileSync(join(folder, "card.json"), JSON.stringify({ ...card, sha256, size: bytes.length }));
    const loaded = await load(zeroed.file, zeroed.home, { with: [laid] });
    const after = await simulate(loaded, { ...job(zeroed.home), for_ns: 3e9, ideal: false });
    expect(after.ports["controller.torque"]).not.toBe(before.ports["controller.torque"]);
    expect(after.ports.joints).not.toBe(before.ports.joints);
  });

  it("runs on when the teacher's source is deleted, to the same digest", async () => {
    const before = await drive();
    rmSync(join(main.folder, "controller.ts"));
    try {
      expect((await drive()).digest).toBe(before.digest);
      const unsubstituted = await load(main.file, main.home);
      expect(unsubstituted.problems.map((p) => p.code)).toContain("L0406");
    } finally {
      writeFileSync(join(main.folder, "controller.ts"), CONTROLLER);
    }
  });

  it("runs as the generated component, to the digest of the model itself", async () => {
    const before = await drive();
    const byFile = join(main.folder, "file.rewrite.yaml");
    writeFileSync(byFile, "- substitute: {nodes: [controller], with: ./.limbeck/models/hold/1/hold.ts}\n");
    const loaded = await load(main.file, main.home, { with: [byFile] });
    expect(loaded.problems.filter((p) => p.severity === "error")).toEqual([]);
    expect((await simulate(loaded, { ...job(main.home), for_ns: 3e9, ideal: false })).digest).toBe(before.digest);
  });

  it("refuses a model with one byte changed, wherever it is", async () => {
    const bytes = readFileSync(onnx);
    for (const at of [0, 40, bytes.length >> 1, bytes.length - 1]) {
      const corrupt = Uint8Array.from(bytes);
      corrupt[at]! ^= 1;
      writeFileSync(onnx, corrupt);
      expect(await codes(drive())).toEqual(["L0853"]);
    }
    writeFileSync(onnx, bytes);
    expect(await codes(drive())).toEqual([]);
  });

  it("compares stored models on rows recorded anew", async () => {
    const compared = await compare(await load(main.file, main.home), {
      ...job(main.home),
      models: ["hold", "hold@1"],
      episodes: 10,
    });
    expect(compared.students.map((s) => s.name)).toEqual(["hold@1", "hold@1"]);
    expect(compared.students[0]).toEqual(compared.students[1]);
    expect(compared.students[0]!.test.nmse_mean).toBeLessThan(0.05);
    expect(compared.students[0]!.closed_loop).toEqual(result.students[1]!.closed_loop);
  });

  it("takes rows from recordings that are there, and refuses the same one twice", async () => {
    const folder = join(main.home, "recordings", "hold-0001");
    const from = Array.from({ length: 10 }, (_, k) => join(folder, `episode-${String(k + 1).padStart(4, "0")}.mcap`));
    const loaded = await load(main.file, main.home);
    expect((await run(loaded, main.home, { from })).sha256).toBe(result.sha256);
    expect((await run(loaded, main.home, { from: [folder], students: ["ridge"] })).rows).toEqual(result.rows);
    cpSync(from[0]!, join(folder, "leak.mcap"));
    const leaking = [...from, join(folder, "leak.mcap")];
    expect(await codes(run(loaded, main.home, { from: leaking }))).toEqual(["L0721"]);
  });

  it("stops at once when interrupted, stores nothing, and says what was kept", async () => {
    const stopped = project("stopped");
    const interruption = new AbortController();
    const work = run(await load(stopped.file, stopped.home), stopped.home, {
      signal: interruption.signal,
      onProgress: ({ phase }) => {
        if (phase === "training mlp") interruption.abort();
      },
    });
    expect(await codes(work)).toEqual(["L0905"]);
    const { listModels } = await import("../../src/models/store.js");
    expect(listModels(join(stopped.home, "models"))).toEqual([]);
  });
});
