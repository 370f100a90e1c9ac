/** `limbeck distill`, interrupted while a net is trained: the same command with `--resume` stores the same bytes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cartProject } from "../support/cart-project.js";
import { limbeck, startLimbeck } from "./command.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-resume-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
for (const [name, text] of Object.entries(cartProject)) writeFileSync(join(root, name), text);

const words = (home: string) => {
  const short = ["--students", "mlp", "--episodes", "3", "--for", "700ms"];
  return ["distill", join(root, "cart.graph.yaml"), "--nodes", "controller", "--as", "cart", ...short, "--home", home];
};
const model = (home: string) => readFileSync(join(home, "models", "cart", "1", "model.onnx"));

test("Ctrl-C in a training, then --resume", async () => {
  const [whole, cut] = [join(root, "whole"), join(root, "cut")];
  const uninterrupted = await limbeck([...words(whole), "--json"]);
  expect(uninterrupted.code, uninterrupted.stderr).toBe(0);

  const run = startLimbeck(words(cut));
  await run.said("training mlp");
  run.child.kill("SIGINT");
  const { code, stdout, stderr } = await run.ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(stderr).toContain("The same command with `--resume` goes on from here.");
  const [job] = readdirSync(join(cut, "unfinished"));
  const left = readdirSync(join(cut, "unfinished", job!));
  expect(left.filter((name) => name.endsWith(".checkpoint"))).not.toEqual([]);

  const resumed = await limbeck([...words(cut), "--json", "--resume"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stderr).not.toContain("recording");
  expect(JSON.parse(resumed.stdout).sha256).toBe(JSON.parse(uninterrupted.stdout).sha256);
  expect(model(cut).equals(model(whole))).toBe(true);
  expect(readdirSync(join(cut, "unfinished"))).toEqual([]);
});
