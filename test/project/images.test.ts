/** A node that sees images, distilled to a conv, dropped in, lowered; and who is refused before anything is recorded. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";
import { lower, verifyPolicy } from "../../src/project/lower.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-images-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A dot on a line of pixels, and a node that says where and on which side it is. */
const GRAPH = `limbeck: 1
name: dot
seed: 3
messages:
  Seen:
    image: {tensor: [3, 8, 1], dtype: uint8}
    gain: {type: number}
  Said:
    side: {enum: [left, right]}
    at: {type: number, minimum: 0, maximum: 7}
streams:
  in: {seen: {message: Seen, simulate: camera.seen, contract: {rate: 50hz}}}
  out: {said: {message: Said, from: find.said, initial: {side: left, at: 0}}}
world: {camera: {component: ./camera.ts, on: 50hz}}
nodes: {find: {component: ./find.ts, on: 50hz, in: [seen]}}
evaluate:
  for: 1s
  episodes: 1
  metrics: {error: {rmse: ["find.said:at", camera.truth]}}
`;
const CAMERA = `import { step, tensor, Type } from "limbeck";
export default step({
  doc: "A dot at a place that changes at random.",
  inputs: {},
  outputs: { seen: Type.Object({ image: tensor([3, 8, 1], { dtype: "uint8" }), gain: Type.Number() }), truth: Type.Number() },
  random: true,
  step(_, __, { rng }) {
    const [at, gain] = [rng.between(0, 7), rng.between(0.5, 1)];
    const image = Uint8Array.from({ length: 24 }, (_, i) => 255 * gain * Math.exp(-(((i % 8) - at) ** 2)));
    return { outputs: { seen: { image, gain }, truth: at } };
  },
});
`;
const FIND = `import { step, tensor, Type } from "limbeck";
export default step({
  doc: "The centroid.",
  inputs: { seen: Type.Object({ image: tensor([3, 8, 1], { dtype: "uint8" }), gain: Type.Number() }) },
  outputs: { said: Type.Object({ side: Type.Enum(["left", "right"]), at: Type.Number({ minimum: 0, maximum: 7 }) }) },
  step({ seen: { image } }) {
    const sum = (of: (i: number) => number) => image.reduce((n, v, i) => n + v * of(i), 0);
    const at = sum((i) => i % 8) / sum(() => 1);
    return { outputs: { said: { side: at < 3.5 ? "left" : "right", at } } };
  },
});
`;
writeFileSync(join(root, "dot.graph.yaml"), GRAPH);
writeFileSync(join(root, "camera.ts"), CAMERA);
writeFileSync(join(root, "find.ts"), FIND);
const home = join(root, ".limbeck");
const load = () => loadGraph(join(root, "dot.graph.yaml"), { models: join(home, "models") });
const job = { home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };
const order = { ...job, for_ns: 8e9, command: ["lower"], createdAt: "2026-01-01T00:00:00Z" };

test("beats a line and the mean, drops in, and lowers to a policy that answers as the graph does", async () => {
  const made = await distill(await load(), { ...order, as: "dot", teacher: { nodes: ["find"] }, students: ["conv"] });
  expect(made.students.map(({ name }) => name)).toEqual(["conv"]);
  expect(made.baselines.map(({ name }) => name)).toEqual(["ridge", "mean"]);
  expect(made.does_not_beat).toEqual([]);
  const [conv] = made.students;
  expect(conv!.test.nmse_mean).toBeLessThan(0.3 * made.baselines[0]!.test.nmse_mean);
  expect(Object.values(conv!.test.accuracy!)[0]).toBeGreaterThan(0.95);

  writeFileSync(join(root, "dropped.graph.yaml"), GRAPH.replace("./find.ts", '"model:dot@1"'));
  const dropped = await loadGraph(join(root, "dropped.graph.yaml"), { models: join(home, "models") });
  expect(dropped.problems).toEqual([]);
  const policy = join(root, "policy.onnx");
  const { facts } = await lower(dropped, { home, spec: { all: true }, output: policy });
  expect(facts.parents).toEqual(["dot@1"]);
  const { ports } = await verifyPolicy(dropped, { ...job, policy, for_ns: 1e9 });
  expect(ports.map(({ port, messages }) => [port, messages])).toEqual([["said", 50]]);
  expect(ports[0]!.max_abs).toBeLessThan(1e-4);
});

test.each([
  ["a number alone", { teacher: { inputs: ["seen:gain"], outputs: ["find.said"] } }, /: `seen` is number/],
  [
    "what history makes of an image",
    { teacher: { nodes: ["find"] }, transforms: { steps: [{ kind: "history" as const, rows: 3 }] } },
    /: `seen` is other columns/,
  ],
])("%s is no image: the student is refused before anything is recorded", async (_, more, reason) => {
  const own = join(root, "refused");
  const attempt = distill(await load(), {
    ...order,
    ...more,
    home: own,
    as: "dot",
    students: ["ridge", "keypoints"],
  });
  await expect(attempt).rejects.toThrow(/L0909.*`keypoints` looks at images/s);
  await expect(attempt).rejects.toThrow(reason);
  expect(existsSync(join(own, "recordings"))).toBe(false);
});
