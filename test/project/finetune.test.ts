/** Fine-tuning through the lowered loop: the gradient is that of the cost, and the student drives better by it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import type { DistillOptions } from "../../src/project/distill.js";
import { CART_GRAPH, cartProject, makeCartProject } from "../support/cart-project.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-finetune-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let projects = 0;
const tuned = (more: Partial<DistillOptions> = {}, files: { readonly [name: string]: string } = {}) =>
  makeCartProject(join(root, String(projects++)), files).run({ episodes: 4, finetune: { epochs: 8 }, ...more });

test("the tuned student drives better than the one it began as, and is stored", async () => {
  const { winner, students } = await tuned({ finetune: { epochs: 40 } });
  const cost = (name: string) => students.find((s) => s.name === name)!.closed_loop!.distance!.training!.mean;
  expect(winner).toBe("ridge (fine-tuned)");
  expect(cost("ridge (fine-tuned)")).toBeLessThan(0.97 * cost("ridge"));
});

test("the same seed gives the same bytes", async () => {
  const [a, b] = [await tuned({ finetune: { epochs: 1 } }), await tuned({ finetune: { epochs: 1 } })];
  expect(a.winner).toBe("ridge (fine-tuned)");
  expect(a.sha256).toBe(b.sha256);
});

test.each([
  [
    "a world that nobody sees through",
    "L0860",
    {
      "cart.ts": cartProject["cart.ts"]
        .replace("tensorStep({", "step({")
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
    {
      "cart.graph.yaml": CART_GRAPH.replace(
        "cart.state0: {uniform: [[-1, -0.1], [1, 0.1]]}",
        "mass: {uniform: [0.5, 2]}",
      ),
    },
  ],
  [
    "a node on which no metric hangs",
    "L0940",
    {
      "cart.graph.yaml": CART_GRAPH.replace(
        "metrics: {distance: {rmse: [goal.position, goal.zero]}}",
        "metrics: {distance: {rmse: [still.value, still.value]}}",
      ).replace("  goal: {", "  still: {component: source/constant, on: 20hz, params: {value: 0}}\n  goal: {"),
    },
  ],
  ["a single start", "L0957", {}, { finetune: { starts: 1 } }],
] as const)("%s is refused before anything is trained", async (_, code, files, more: Partial<DistillOptions> = {}) => {
  const phases: string[] = [];
  const onProgress = ({ phase }: { phase: string }) => void phases.push(phase);
  const error: unknown = await tuned({ ...more, onProgress }, files).catch((e: unknown) => e);
  expect(phases).toEqual([]);
  expect(error).toBeInstanceOf(LimbeckError);
  expect((error as LimbeckError).problems.map((p) => p.code)).toEqual([code]);
});

test("starts that draw nothing give one episode, which is said", async () => {
  const still = CART_GRAPH.replace("{uniform: [[-1, -0.1], [1, 0.1]]}", "[1, 0]");
  const result = await tuned({ finetune: { epochs: 1, starts: 4 } }, { "cart.graph.yaml": still });
  expect(result.warnings.map(({ code }) => code)).toEqual(["L0932"]);
  expect(result.rows.train + result.rows.validation + result.rows.test).toBeLessThanOrEqual(41);
});
