/** Fine-tuning through the lowered loop: the gradient is that of the cost, and the student drives better by it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import { type DistillOptions, distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";
import { CART_GRAPH, cartProject } from "../support/cart-project.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-finetune-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let project = 0;
async function tuned(more: Partial<DistillOptions> = {}, files: { readonly [name: string]: string } = {}) {
  const folder = join(root, String(project++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries({ ...cartProject, ...files })) writeFileSync(join(folder, name), text);
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
    finetune: { epochs: 8 },
    command: [],
    createdAt: "2026-01-01T00:00:00Z",
    ...more,
  });
}

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
