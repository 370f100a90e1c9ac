/** What helps with a training: the range test of rates, the guess at a batch, ensembles, check-points in files. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { checkpointFile, checkpointFolder } from "../../src/train/checkpoint-file.js";
import { type EnsembleOptions, type EnsembleProgress, ensemble } from "../../src/train/ensemble.js";
import type { Environment } from "../../src/train/environment.js";
import { findRate } from "../../src/train/find-rate.js";
import { guessBatch } from "../../src/train/guess-batch.js";
import { mse } from "../../src/train/losses/mse.js";
import { sgd } from "../../src/train/optimisers/sgd.js";
import { type TrainerOptions, trainer } from "../../src/train/trainer.js";
import { codeOf, columns, net, parameters } from "./problem.js";

const environment: Environment = (model, { x, y }, step) => mse.of(net()(x, model, step), y);
const base = { environment, parameters: parameters(3), data: { train: columns(256, 1) }, seed: 7, worker: false };

describe("the range test", () => {
  test("on a quadratic, whose greatest stable rate is known, it stays below and finds a rate that learns", async () => {
    // loss (w − 3)² by plain descent: w − 3 shrinks by 1 − 2·rate a step, and runs away from rate 1 on
    const options = {
      parameters: { w: tensor("float32", [1], [0]) },
      environment: (({ w }, { target }) => mse.of(w, target)) satisfies Environment,
      data: { train: { target: tensor("float32", [64], new Float32Array(64).fill(3)) } },
      optimiser: sgd(),
      batch: 16,
      seed: 1,
      worker: false,
    };
    const found = await findRate({ ...options, from: 1e-5, to: 100 });
    expect(found.suggestion).toBeGreaterThan(1e-3);
    expect(found.suggestion).toBeLessThan(1);
    expect(found.tenth_of_least).toBeLessThan(1);
    const rates = found.curve.map((p) => p.rate);
    expect(rates[0]).toBe(1e-5);
    rates.slice(1).forEach((rate, i) => {
      expect(rate / rates[i]).toBeCloseTo(1e7 ** (1 / 99), 9);
    });
    // it ran away before the end of the range, and what is given ends there
    expect(rates.at(-1)).toBeLessThan(100);
    const { best_loss } = await trainer({ ...options, rate: found.suggestion, epochs: 100 }).run();
    expect(best_loss).toBeLessThan(1e-3);
  });
  test("the first loss is that of the parameters as they are, smoothed by nothing", async () => {
    const { curve } = await findRate({ ...base, steps: 20, batch: 256, to: 1e-3 });
    const { history } = await trainer({ ...base, rate: 1e-12, batch: 256, epochs: 1 }).run();
    expect(curve[0].loss).toBeCloseTo(history[0].train_loss, 6);
    expect(curve[0].smoothed).toBeCloseTo(curve[0].loss, 12);
    expect(curve.length).toBe(20);
  });
  test.each([{ from: 0 }, { from: 1, to: 0.1 }, { steps: 3 }, { smoothing: 1 }])("%o is refused", async (wrong) => {
    expect(await codeOf(() => findRate({ ...base, ...wrong }))).toBe("L0957");
  });
});

describe("the guess at a batch", () => {
  test("is the smallest that is nearly as fast as the fastest", async () => {
    const { batch, trials } = await guessBatch({ ...base, most: 64 });
    expect(trials.map((t) => t.batch)).toEqual([8, 16, 32, 64]);
    const fastest = Math.max(...trials.map((t) => t.rows_per_s));
    expect(batch).toBe(trials.find((t) => t.rows_per_s >= 0.9 * fastest)!.batch);
  });
  test("keeps to the memory that it is given", async () => {
    const all = (await guessBatch({ ...base, most: 64 })).trials;
    all.slice(1).forEach((t, i) => {
      expect(t.memory_bytes).toBeGreaterThan(all[i].memory_bytes);
    });
    const within = await guessBatch({ ...base, most: 64, memory_bytes: all[1].memory_bytes });
    expect(within.trials.map((t) => t.batch)).toEqual([8, 16]);
    expect(await codeOf(() => guessBatch({ ...base, memory_bytes: 1 }))).toBe("L0957");
  });
});

describe("an ensemble", () => {
  const options = (change: Partial<EnsembleOptions> = {}): EnsembleOptions => ({
    ...base,
    data: { train: columns(150, 1), validation: columns(40, 2) },
    parameters: (seed) => parameters(seed),
    members: 3,
    epochs: 3,
    batch: 32,
    ...change,
  });
  const weights = (results: readonly { readonly parameters: typeof base.parameters }[]) =>
    results.map((r) => Object.values(r.parameters).map(numbers));

  test("gives members that differ, the same whatever is trained at once and wherever", async () => {
    const one = await ensemble(options({ parallel: 1 })).run();
    const all = await ensemble(options({ parallel: 3, worker: true })).run();
    expect(weights(all)).toEqual(weights(one));
    expect(new Set(weights(one).map((w) => JSON.stringify(w))).size).toBe(3);
  });
  test("its progress is that of the whole", async () => {
    const job = ensemble(options({ parallel: 2 }));
    const seen: EnsembleProgress[] = [];
    job.progress.subscribe((p) => seen.push(p));
    await job.run();
    const fractions = seen.map((p) => p.fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(new Set(seen.map((p) => p.member))).toEqual(new Set([0, 1, 2]));
  });
  test("is stopped as one and resumed as one", async () => {
    const whole = await ensemble(options()).run();
    const job = ensemble(options({ parallel: 1 }));
    job.members[1].before.step.subscribe(({ step }) => {
      if (step > 4) job.stop();
    });
    const parts = await job.run();
    expect(parts.map((p) => [p.ended, p.steps])).toEqual([
      ["done", 15],
      ["interrupted", 4],
      ["interrupted", 0],
    ]);
    const rest = await ensemble(options({ resume: parts.map((p) => p.checkpoint) })).run();
    expect(weights(rest)).toEqual(weights(whole));
  });
  test("a member that fails ends the job with its error", async () => {
    const job = ensemble(
      options({
        parallel: 2,
        epochs: 10_000,
        checkpoint: {
          every_steps: 1,
          save: (_, member) => (member === 1 ? Promise.reject(new RangeError("full")) : undefined),
        },
      }),
    );
    await expect(job.run()).rejects.toThrow("full");
  });
});

test("a check-point in a file is a whole one, and resumes", async () => {
  const dir = mkdtempSync(join(tmpdir(), "limbeck-"));
  try {
    const file = checkpointFile(join(dir, "run.checkpoint"));
    expect(await file.load()).toBeUndefined();
    const options = { ...base, epochs: 2, batch: 64 };
    const whole = await trainer({ ...options, checkpoint: { every_steps: 3, save: file.save } }).run();
    expect(readdirSync(dir)).toEqual(["run.checkpoint"]);
    const resumed = await trainer({ ...options, resume: (await file.load())! }).run();
    expect(resumed.parameters).toEqual(whole.parameters);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

describe("the check-points of a job", () => {
  const dir = mkdtempSync(join(tmpdir(), "limbeck-job-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const options = { ...base, epochs: 6, batch: 64, checkpoints: checkpointFolder(dir) };
  const stepsOf = async (more: Partial<TrainerOptions> = {}, stopAt = 0) => {
    const training = trainer({ ...options, ...more });
    const steps: number[] = [];
    training.before.step.subscribe(({ step, stop }) => (step === stopAt ? stop() : steps.push(step)));
    return { ...(await training.run()), done: steps };
  };

  test("each training goes on where it was, and one that is done is not done again", async () => {
    const whole = await trainer({ ...base, epochs: 6, batch: 64 }).run();
    expect((await stepsOf({}, 10)).done).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await stepsOf({ seed: 8 }, 5)).done).toEqual([1, 2, 3, 4]);
    const rest = await stepsOf();
    expect(rest.done[0]).toBe(10);
    expect(rest.done.at(-1)).toBe(whole.steps);
    const again = await stepsOf();
    expect(again.done).toEqual([]);
    expect((await stepsOf({ seed: 8 })).done[0]).toBe(5);
    for (const { parameters, history, best_epoch, ended } of [rest, again]) {
      expect({ parameters, history, best_epoch, ended }).toEqual({
        parameters: whole.parameters,
        history: whole.history,
        best_epoch: whole.best_epoch,
        ended: "done",
      });
    }
  });

  test("time has them saved on the way, and each of them goes on to the same end", async () => {
    const saved: Uint8Array[] = [];
    const checkpoint = { every_s: 1e-9, save: (bytes: Uint8Array) => void saved.push(bytes) };
    const whole = await trainer({ ...base, epochs: 2, batch: 64, checkpoint }).run();
    expect(saved.length).toBeGreaterThan(1);
    const resumed = await trainer({ ...base, epochs: 2, batch: 64, resume: saved[0]! }).run();
    expect(resumed.parameters).toEqual(whole.parameters);
  });

  test("what diverged leaves none, so that it is tried anew", async () => {
    const diverging = { rate: 1e30, optimiser: sgd(), seed: 9 };
    expect(await codeOf(() => stepsOf(diverging))).toBe("L0952");
    expect(await codeOf(() => stepsOf(diverging))).toBe("L0952");
  });
});
