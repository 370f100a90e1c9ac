/** Interrupted jobs: resumed wherever they were stopped, they store the bytes that they would have stored. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import type { DistillResult } from "../../src/project/results.js";
import { cartProject, makeCartProject } from "../support/cart-project.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-resume-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let projects = 0;
const project = () => makeCartProject(join(root, String(projects++)));

const unfinished = (home: string): string[] => {
  const folder = join(home, "unfinished");
  return existsSync(folder) ? readdirSync(folder).flatMap((job) => readdirSync(join(folder, job))) : [];
};

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof LimbeckError ? error.problems[0] : Promise.reject(error)),
  );

test("a job that is stopped in each of its phases ends in the bytes of one that never was", async () => {
  const job = { dagger: 2, finetune: { epochs: 6, starts: 12 } };
  const whole = withoutPaths(await project().run(job));
  const { home, run } = project();
  const phases = [
    "recording controller",
    "recording controller, a student driving",
    "closed loop",
    "fine-tuning ridge",
  ];
  for (const [i, stop] of phases.entries()) {
    const interruption = new AbortController();
    const { signal } = interruption;
    const onProgress = ({ phase, done }: { phase: string; done: number }) => {
      if (phase === stop && done > 0) interruption.abort();
    };
    const problem = await problemOf(run({ ...job, resume: i > 0, signal, onProgress }));
    expect([stop, problem?.code]).toEqual([stop, "L0905"]);
  }
  expect(unfinished(home).filter((name) => name.endsWith(".checkpoint"))).not.toEqual([]);
  expect(withoutPaths(await run({ ...job, resume: true }))).toEqual(whole);
  expect(unfinished(home)).toEqual([]);
});

const withoutPaths = ({ report, component, onnx, recording, dataset, ...result }: DistillResult) => result;

test("a job that is stopped while its rows are gathered says so, and goes on", async () => {
  const { run } = project();
  const interruption = new AbortController();
  const { signal } = interruption;
  // the recordings are whole when the last episode has told of its end
  const onProgress = ({ done, total }: { done: number; total: number }) => done === total && interruption.abort();
  const problem = await problemOf(run({ signal, onProgress }));
  expect(problem?.message).toBe("interrupted while building the dataset; nothing was stored");
  expect((await run({ resume: true })).recording).toContain("cart-0001");
});

test("another job is not resumed, and what could be is named", async () => {
  const { file, run } = project();
  expect((await problemOf(run({ resume: true })))?.message).toBe(
    "no training of `cart` with these options was interrupted here",
  );
  const signal = AbortSignal.abort();
  expect((await problemOf(run({ signal })))?.code).toBe("L0905");
  const other = await problemOf(run({ resume: true, seed: 4 }));
  expect(other?.code).toBe("L0931");
  expect(other?.help).toContain("limbeck distill cart.graph.yaml");
  const controller = join(dirname(file), "controller.ts");
  writeFileSync(controller, cartProject["controller.ts"].replace("0.8", "0.9"));
  // the same command, and it means another job by now: it is not offered, and what has changed is said
  const stale = await problemOf(run({ resume: true }));
  expect(stale?.code).toBe("L0931");
  expect(stale?.help).not.toContain("Interrupted were");
  expect(stale?.help).toMatch(
    /`limbeck distill cart\.graph\.yaml.*` was interrupted and cannot go on: .*controller\.ts has changed/,
  );
  writeFileSync(controller, cartProject["controller.ts"]);
  expect((await run({ resume: true })).version).toBe(1);
});

test("begun anew on other files, what the same command had left is gone; what another command left is not", async () => {
  const { file, run, home } = project();
  const jobs = () => readdirSync(join(home, "unfinished"));
  const signal = AbortSignal.abort();
  await problemOf(run({ signal }));
  await problemOf(run({ signal, seed: 4, command: ["distill", "cart.graph.yaml", "--seed", "4"] }));
  const before = jobs();
  expect(before).toHaveLength(2);
  writeFileSync(join(dirname(file), "controller.ts"), cartProject["controller.ts"].replace("0.8", "0.9"));
  await problemOf(run({ signal }));
  const after = jobs();
  expect(after).toHaveLength(2);
  expect(after.filter((name) => before.includes(name))).toHaveLength(1);
});
