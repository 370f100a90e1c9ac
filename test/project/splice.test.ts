/** Two roads to one policy: what can be lowered is, the rest is distilled and spliced in. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { closedLoop } from "../../src/distill/closed-loop.js";
import { findTeacher } from "../../src/distill/teacher.js";
import { modelComponent } from "../../src/models/component.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { checked, loadGraph } from "../../src/project/load.js";
import { lower, storePolicy, verifyPolicy } from "../../src/project/lower.js";
import { servicesOf } from "../../src/project/services.js";
import { lowerSpliced } from "../../src/project/splice.js";
import { CART_GRAPH, cartProject, makeCartProject } from "../support/cart-project.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-splice-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GRAPH = `limbeck: 1
name: mixed
seed: 3
streams:
  in: {x: {message: {type: number}, simulate: wave.value, contract: {rate: 100hz}}}
  out:
    y: {message: {type: number}, from: smooth.value, initial: 0}
    plain: {message: {type: number}, from: exact.value, initial: 0}
world: {wave: {component: ./wave.ts, on: 100hz}}
nodes:
  half: {component: ./half.ts, on: 100hz, in: [x]}
  smooth: {component: filter/ema, on: 100hz, in: {value: half.value}, params: {alpha: 0.2}}
  exact: {component: filter/ema, on: 100hz, in: {value: x}, params: {time_constant: 1}}
`;
const WAVE = `import { step, Type } from "limbeck";
export default step({
  doc: "A sum of two sines.",
  inputs: {},
  outputs: { value: Type.Number() },
  step: (_, __, { time }) => ({ outputs: { value: Math.sin(7 * time) + Math.sin(2.3 * time) } }),
});
`;
/** What nobody sees through, though a plane fits it. */
const HALF = `import { step, Type } from "limbeck";
export default step({
  doc: "Half of it, and one more.",
  inputs: { x: Type.Number() },
  outputs: { value: Type.Number() },
  step: ({ x }) => ({ outputs: { value: x / 2 + 1 } }),
});
`;
writeFileSync(join(root, "mixed.graph.yaml"), GRAPH);
writeFileSync(join(root, "half.ts"), HALF);
writeFileSync(join(root, "wave.ts"), WAVE);
const home = join(root, ".limbeck");
const load = () => loadGraph(join(root, "mixed.graph.yaml"), { models: join(home, "models") });
const job = { home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };

test("an opaque node is distilled, the rest is copied, and the policy is as far off as the student", async () => {
  const loaded = await load();
  const output = join(root, "policy.onnx");
  const made = await lowerSpliced(loaded, {
    home,
    spec: { all: true },
    output,
    distill: { ...job, as: "mixed", students: ["ridge"], for_ns: 20e9, command: [], createdAt: "2026-01-01T00:00:00Z" },
  });
  expect(made.spliced.map(({ nodes, model, student }) => [nodes.join(), model, student])).toEqual([
    ["half", "mixed-half@1", "ridge"],
  ]);
  expect(made.spliced[0]!.nmse).toBeLessThan(1e-5);
  expect(made.facts.nodes).toEqual(["half", "smooth", "exact"]);
  expect(made.facts.parents).toEqual(["mixed-half@1"]);
  expect(new Uint8Array(readFileSync(output))).toEqual(new Uint8Array(made.onnx));

  // the file itself says what was distilled, and what hangs on it
  const [part] = made.spliced;
  expect(part).toMatchObject({ place: "half", baselines: [{ name: "mean" }], does_not_beat: [] });
  expect(made.facts.students).toEqual([{ model: "mixed-half@1", nodes: ["half"], kind: "ridge", tuned: false }]);
  const { ports, students, holds } = await verifyPolicy(loaded, { ...job, policy: output, for_ns: 2e9 });
  expect([students, holds]).toEqual([made.facts.students, true]);
  const [y, plain] = ports;
  expect(y).toMatchObject({ port: "y", students: ["mixed-half@1"], promise: "none", holds: true });
  expect(y!.messages).toBeGreaterThan(190);
  // a student of float32, not the node itself
  expect(y!.equal).toBe(false);
  expect(y!.max_abs).toBeLessThan(0.01);
  // what does not hang on it keeps its promise
  expect(plain).toMatchObject({ port: "plain", students: [], promise: "within 1e-9", holds: true });
  expect(plain!.messages).toBeGreaterThan(190);

  const strict = await verifyPolicy(loaded, { ...job, policy: output, for_ns: 2e9, tolerance: 1e-12 });
  expect(strict.holds).toBe(false);
  expect(strict.ports.map(({ port, holds, promise }) => [port, holds, promise])).toEqual([
    ["y", false, "within 1e-12"],
    ["plain", true, "within 1e-12"],
  ]);
});

test("without opaque nodes nothing is distilled, and the policy is that of lowering", async () => {
  const loaded = await load();
  const spec = { nodes: ["smooth"] };
  const distill = { ...job, as: "mixed", command: [], createdAt: "2026-01-01T00:00:00Z" };
  const made = await lowerSpliced(loaded, { home, spec, distill });
  expect(made.spliced).toEqual([]);
  expect(made.onnx).toEqual((await lower(loaded, { home, spec })).onnx);
});

test("a step that throws while it is traced is a mistake in its file, and not one of ours", async () => {
  const broken = mkdtempSync(join(root, "broken-"));
  for (const name of ["half.ts", "wave.ts"]) writeFileSync(join(broken, name), name === "half.ts" ? HALF : WAVE);
  writeFileSync(join(broken, "mixed.graph.yaml"), GRAPH);
  writeFileSync(
    join(broken, "half.ts"),
    `import { ops, tensorStep, Type } from "limbeck";
export default tensorStep({
  doc: "Wants what is not there.",
  inputs: { x: Type.Number() },
  outputs: { value: Type.Number() },
  step({ x }) {
    const own: any = {};
    return { outputs: { value: ops.mul(x, own.gain.left) } };
  },
});
`,
  );
  const loaded = await loadGraph(join(broken, "mixed.graph.yaml"));
  const error: unknown = await lower(loaded, { home, spec: { all: true } }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(LimbeckError);
  const [problem] = (error as LimbeckError).problems;
  expect([problem!.code, problem!.place?.line]).toEqual(["L0602", 11]);
  expect(problem!.message).toMatch(/reading 'left'.*half\.ts:8/);
});

test("without `--distill-missing` it is refused by name, with its place", async () => {
  const loaded = await load();
  const error: unknown = await lower(loaded, { home, spec: { all: true } }).catch((e: unknown) => e);
  const [problem] = (error as LimbeckError).problems;
  expect([problem!.code, problem!.place?.line]).toEqual(["L0860", 11]);
  expect(problem!.message).toContain("`half`");
});

/** The cart's controller as two nodes that nobody sees through, one reading the other. */
const TWO = {
  "cart.graph.yaml": CART_GRAPH.replace(
    "controller: {component: ./controller.ts, on: 20hz, in: [state]}",
    "pull: {component: ./pull.ts, on: 20hz, in: [state]}\n  controller: {component: ./controller.ts, on: 20hz, in: {state: state, pull: pull.force}}",
  ),
  "pull.ts": cartProject["controller.ts"].replace("-0.8 * state[0]! - 1.5 * state[1]!", "-0.8 * state[0]!"),
  "controller.ts": cartProject["controller.ts"]
    .replace("inputs: { state: tensor([2]) }", "inputs: { state: tensor([2]), pull: Type.Number() }")
    .replace("({ state }) => ({ outputs: { force: -0.8 * state[0]!", "({ state, pull }) => ({ outputs: { force: pull"),
};

test("students of several nodes are tuned together, through what stands between them, and the loop costs less", async () => {
  const { file, home } = makeCartProject(join(root, "two"), TWO);
  const loaded = await loadGraph(file, { models: join(home, "models") });
  const shared = { ...job, home, as: "cart", students: ["ridge"], episodes: 4, command: [] };
  const distill = { ...shared, createdAt: "2026-01-01T00:00:00Z" };
  const spliced = await lowerSpliced(loaded, { home, spec: { all: true }, distill });
  const finetune = { epochs: 40, starts: 32 };
  const tuned = await lowerSpliced(loaded, { home, spec: { all: true }, distill: { ...distill, finetune } });
  expect(tuned.spliced.flatMap(({ nodes }) => nodes)).toEqual(["pull", "controller"]);
  expect(tuned.finetuned).toMatchObject({ ...finetune, horizon_ns: 2e9, rate: 3e-3 });
  expect(tuned.finetuned!.cost_after).toBeLessThan(0.95 * tuned.finetuned!.cost_before);
  expect(tuned.facts.students!.map(({ nodes, tuned }) => [nodes, tuned])).toEqual([
    [["pull"], true],
    [["controller"], true],
  ]);

  // measured once more, in the engine and not in the lowered loop
  const cost = async (made: typeof tuned) => {
    const { model } = await storePolicy(made, { home, as: "policy", command: [], createdAt: "2026-01-01T00:00:00Z" });
    const { metrics } = await closedLoop({
      vary: loaded.vary,
      services: servicesOf(loaded.file, home),
      spec: checked(loaded).graph.evaluate!,
      seed: 7,
      standIns: [
        {
          teacher: findTeacher(checked(loaded), { all: true }),
          component: await modelComponent(join(home, "models"), model),
        },
      ],
    });
    return metrics.distance!.training!.mean;
  };
  expect(await cost(tuned)).toBeLessThan(0.97 * (await cost(spliced)));
});

test("with nothing to tune, fine-tuning is refused", async () => {
  const loaded = await load();
  const distill = { ...job, as: "mixed", finetune: {}, command: [], createdAt: "2026-01-01T00:00:00Z" };
  const error: unknown = await lowerSpliced(loaded, { home, spec: { nodes: ["smooth"] }, distill }).catch((e) => e);
  expect((error as LimbeckError).problems.map(({ code }) => code)).toEqual(["L0940"]);
});
