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

/** The cart, seen through a sensor. */
const seenThrough = (component: string, params: string): string =>
  CART_GRAPH.replace("simulate: cart.state", "simulate: sensor.value")
    .replace("cart.ts, in:", "cart.ts, on: 20hz, in:")
    .replace(
      "  goal: {",
      `  sensor: {component: ${component}, in: {value: cart.state}, params: {${params}}}\n  goal: {`,
    );

test("behind a noisy sensor it does so too, in runs of the graph with noise of their own", async () => {
  const files = { "cart.graph.yaml": seenThrough("fault/noise", "deviation: 0.05") };
  const { winner, students, finetuned } = await tuned({ finetune: { epochs: 40 } }, files);
  const cost = (name: string) => students.find((s) => s.name === name)!.closed_loop!;
  expect(winner).toBe("ridge (fine-tuned)");
  expect(cost("ridge (fine-tuned)").distance!.training!.mean).toBeLessThan(
    0.97 * cost("ridge").distance!.training!.mean,
  );
  expect(finetuned).toMatchObject({
    student: "ridge (fine-tuned)",
    kept: true,
    closed_loop: { before: cost("ridge"), after: cost("ridge (fine-tuned)") },
  });
  expect(finetuned!.difference).toBeLessThan(1e-6);
});

test("what drives no better is not kept, and is told", async () => {
  const { winner, finetuned } = await tuned({ finetune: { epochs: 2, horizon_ns: 1 } });
  const { before, after } = finetuned!.closed_loop;
  expect(after.distance!.training!.mean).toBeGreaterThanOrEqual(before.distance!.training!.mean);
  expect([winner, finetuned!.kept]).toEqual(["ridge", false]);
});

test("a student without weights is left as it is, and the best of the others is tuned", async () => {
  const files = {
    "controller.ts": cartProject["controller.ts"].replace("-0.8 * state[0]!", "-0.8 * Math.sign(state[0]!)"),
  };
  const { students, warnings, finetuned } = await tuned({ students: ["forest", "ridge"] }, files);
  expect(warnings.map(({ code }) => code)).toContain("L0943");
  expect(students.map(({ name }) => name)).toEqual(["forest", "ridge", "ridge (fine-tuned)"]);
  expect(finetuned!.student).toBe("ridge (fine-tuned)");
});

test("the same seed gives the same bytes", async () => {
  const [a, b] = [await tuned({ finetune: { epochs: 1 } }), await tuned({ finetune: { epochs: 1 } })];
  expect(a.winner).toBe("ridge (fine-tuned)");
  expect(a.sha256).toBe(b.sha256);
});

test("a world that nobody sees through is no case for `--distill-missing`", async () => {
  const files = { "cart.graph.yaml": seenThrough("fault/nan", "rate: 0.1") };
  const [problem] = await tuned({}, files).then(
    () => [],
    (error: LimbeckError) => error.problems,
  );
  expect(problem?.help).toMatch(/tuned through its world.*leave `--finetune` out/);
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
  ["trees alone", "L0940", {}, { students: ["forest", "boosted"] }],
  ["a sensor that says nonsense", "L0860", { "cart.graph.yaml": seenThrough("fault/nan", "rate: 0.1") }],
  ["a link of its own time", "L0860", { "cart.graph.yaml": seenThrough("fault/delay", "delay: 0.1") }],
  [
    "more starts than can be told what they need",
    "L0942",
    { "cart.graph.yaml": seenThrough("fault/noise", "deviation: 0.05") },
    { finetune: { starts: 1_000_000 } },
  ],
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
