/** Fine-tuning through the lowered loop: the gradient is that of the cost, and the student drives better by it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import { type DistillOptions, distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-finetune-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A cart that is drawn to the middle by a controller that holds back: there is much to gain. */
const GRAPH = `limbeck: 1
name: cart
seed: 3
params: {mass: {type: number, default: 1}}
streams:
  in: {state: {message: {tensor: [2]}, simulate: cart.state, contract: {rate: 20hz}}}
  out: {force: {message: {type: number}, from: controller.force, initial: 0}}
world:
  cart: {component: ./cart.ts, in: [force], params: {mass: $mass}}
  goal: {component: ./goal.ts, in: {state: cart.state}}
nodes:
  controller: {component: ./controller.ts, on: 20hz, in: [state]}
evaluate:
  for: 2s
  episodes: 3
  metrics: {distance: {rmse: [goal.position, goal.zero]}}
  starts: {training: {cart.state0: {uniform: [[-1, -0.1], [1, 0.1]]}}}
`;
const CART = `import { ops, tensor, tensorStep, Type } from "limbeck";
export default tensorStep({
  doc: "A mass on a rail, pushed.",
  params: Type.Object({ mass: Type.Number({ default: 1 }), state0: Type.Array(Type.Number(), { default: [1, 0] }) }),
  inputs: { force: Type.Number() },
  outputs: { state: tensor([2]) },
  state: ({ state0 }) => ({ state: Float64Array.from(state0) }),
  step({ force }, { state }, { dt, params: { mass } }) {
    const [x, v] = ops.split(state, [1, 1], 0) as [typeof state, typeof state];
    const next = ops.concat([ops.add(x, ops.mul(dt, v)), ops.add(v, ops.mul(dt, ops.div(force, mass)))], 0);
    return { outputs: { state: next }, state: { state: next } };
  },
});
`;
const GOAL = `import { ops, tensor, tensorStep } from "limbeck";
export default tensorStep({
  doc: "Where it is, and where it shall be.",
  inputs: { state: tensor([2]) },
  outputs: { position: tensor([1]), zero: tensor([1]) },
  step: ({ state }) => ({ outputs: { position: ops.slice(state, [0], [1], [0]), zero: new Float64Array(1) } }),
});
`;
const CONTROLLER = `import { step, tensor, Type } from "limbeck";
export default step({
  doc: "Holds back.",
  inputs: { state: tensor([2]) },
  outputs: { force: Type.Number() },
  step: ({ state }) => ({ outputs: { force: -0.8 * state[0]! - 1.5 * state[1]! } }),
});
`;

let project = 0;
async function tuned(more: Partial<DistillOptions> = {}, files: { readonly [name: string]: string } = {}) {
  const folder = join(root, String(project++));
  mkdirSync(folder);
  const all = { "cart.graph.yaml": GRAPH, "cart.ts": CART, "goal.ts": GOAL, "controller.ts": CONTROLLER, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  const home = join(folder, ".limbeck");
  const loaded = await loadGraph(join(folder, "cart.graph.yaml"), { models: join(home, "models") });
  return distill(loaded, {
    home,
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => 0,
    teacher: { nodes: ["controller"] },
    as: "cart",
    students: ["ridge"],
    episodes: 4,
    finetune: 8,
    command: [],
    createdAt: "2026-01-01T00:00:00Z",
    ...more,
  });
}

test("the tuned student drives better than the one it began as, and is stored", async () => {
  const { winner, students } = await tuned({ finetune: 40 });
  const cost = (name: string) => students.find((s) => s.name === name)!.closed_loop!.distance!.training!.mean;
  expect(winner).toBe("ridge (fine-tuned)");
  expect(cost("ridge (fine-tuned)")).toBeLessThan(0.97 * cost("ridge"));
});

test("the same seed gives the same bytes", async () => {
  const [a, b] = [await tuned({ finetune: 1 }), await tuned({ finetune: 1 })];
  expect(a.winner).toBe("ridge (fine-tuned)");
  expect(a.sha256).toBe(b.sha256);
});

test.each([
  [
    "a world that nobody sees through",
    "L0860",
    {
      "cart.ts": CART.replace("tensorStep({", "step({")
        .replace("ops, tensor, tensorStep", "ops, step, tensor")
        .replace(
          /step\(\{ force[\s\S]*\}\);/,
          "step: (_, { state }) => ({ outputs: { state: state as Float64Array } }),\n});",
        ),
    },
  ],
  [
    "starts that change more than where the world begins",
    "L0940",
    { "cart.graph.yaml": GRAPH.replace("cart.state0: {uniform: [[-1, -0.1], [1, 0.1]]}", "mass: {uniform: [0.5, 2]}") },
  ],
] as const)("%s is refused", async (_, code, files) => {
  const error: unknown = await tuned({}, files).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(LimbeckError);
  expect((error as LimbeckError).problems.map((p) => p.code)).toEqual([code]);
});
