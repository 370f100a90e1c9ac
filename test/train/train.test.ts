/** Training as a whole: the same here and in a worker, reproducible, stoppable, and honest about its history. */
import { describe, expect, test } from "vitest";
import { constant } from "../../src/train/schedules/constant.js";
import { type TrainOptions, type TrainProgress, train, trainInWorker } from "../../src/train/train.js";
import { codeOf, net, now, parameters, rows } from "./problem.js";

const data = { train: rows(600, 1), validation: rows(100, 2) };
const options = (change: Partial<TrainOptions> = {}): TrainOptions => ({
  forward: net(),
  parameters: parameters(3),
  data,
  epochs: 20,
  batch: 32,
  rate: 0.01,
  seed: 7,
  now,
  ...change,
});
test("it learns, and gives back the parameters of the best epoch", async () => {
  const { history, best_epoch, best_loss, parameters: best, steps, ended } = await train(options());
  expect(history.length).toBe(20);
  expect(steps).toBe(20 * 18);
  expect(ended).toBe("done");
  expect(history.map((h) => h.step)).toEqual(history.map((_, i) => 18 * (i + 1)));
  expect(best_loss).toBeLessThan(0.5 * history[0].validation_loss);
  expect(Math.min(...history.map((h) => h.validation_loss))).toBe(best_loss);
  expect(history[best_epoch - 1].validation_loss).toBe(best_loss);
  // one more epoch at a rate of nearly nothing evaluates what was given back
  const again = await train(options({ parameters: best, epochs: 1, rate: 1e-12 }));
  expect(again.history[0].validation_loss).toBeCloseTo(best_loss, 6);
});

test("the same seed gives the same bytes, here and in a worker; another seed does not", async () => {
  const run = { forward: net(0.2), average: 0.9, clip_norm: 1 };
  const here = await train(options(run));
  const there = await trainInWorker(options(run));
  expect(there.parameters).toEqual(here.parameters);
  expect(there.history).toEqual(here.history);
  const other = await train(options({ ...run, seed: 8 }));
  expect(other.parameters).not.toEqual(here.parameters);
});

test("patience ends training after that many epochs without progress", async () => {
  const { history, best_epoch, ended } = await train(
    options({ rate: 0.3, schedule: constant, epochs: 200, patience: 5 }),
  );
  expect(ended).toBe("patience");
  expect(history.length).toBe(best_epoch + 5);
});

test("dropout is for training only: validation of the same weights does not depend on it", async () => {
  const first = async (rate: number) =>
    (await train(options({ forward: net(rate), epochs: 1, rate: 1e-12 }))).history[0];
  const [without, with_] = [await first(0), await first(0.5)];
  expect(with_.validation_loss).toBe(without.validation_loss);
  expect(with_.train_loss).toBeGreaterThan(1.2 * without.train_loss);
});

test("progress goes up to one, with rates from the clock that was given", async () => {
  const seen: TrainProgress[] = [];
  let ms = 0;
  const { steps_per_s } = await train(options({ onProgress: (p) => seen.push(p), now: () => (ms += 100) }));
  expect(seen.at(-1)).toMatchObject({ fraction: 1, epoch: 20, step: 360 });
  expect(seen.map((p) => p.fraction)).toEqual(seen.map((p) => p.fraction).toSorted((a, b) => a - b));
  expect(seen[0].steps_per_s).toBe((1000 * seen[0].step) / 100);
  expect(seen[0].time_left_s).toBe((360 - seen[0].step) / seen[0].steps_per_s);
  expect(seen.at(-1)?.time_left_s).toBe(0);
  expect(steps_per_s).toBeCloseTo((1000 * 360) / (ms - 100), 6);
});

describe.each([
  ["here", train],
  ["in a worker", trainInWorker],
])("an abort, %s", (_, run) => {
  test("ends training with the best parameters so far", async () => {
    const controller = new AbortController();
    const result = await run(
      options({
        epochs: 100_000,
        signal: controller.signal,
        onProgress: (p) => {
          if (p.epoch === 3) controller.abort();
        },
      }),
    );
    expect(result.ended).toBe("interrupted");
    expect(result.history.length).toBeGreaterThanOrEqual(2);
    expect(result.history.length).toBeLessThan(100_000);
    expect(result.best_epoch).toBeGreaterThan(0);
    expect(result.parameters).not.toEqual(parameters(3));
  });

  test("before the first step gives back what it started from", async () => {
    const result = await run(options({ signal: AbortSignal.abort() }));
    expect(result).toMatchObject({ ended: "interrupted", best_epoch: 0, steps: 0, history: [] });
    expect(result.parameters).toEqual(parameters(3));
  });
});

describe("data that cannot be trained on", () => {
  const bad = (change: object): TrainOptions => options({ data: { ...data, ...change } });
  const poisoned = rows(600, 1);
  poisoned.x.data[301] = Number.NaN;
  test.each([
    ["a value that is not finite", bad({ train: poisoned })],
    ["an empty validation split", bad({ validation: rows(0, 1) })],
    ["an empty training split", bad({ train: rows(0, 1) })],
    ["inputs and outputs of different length", bad({ train: { x: rows(600, 1).x, y: rows(599, 1).y } })],
  ])("%s", async (_, given) => {
    expect(await codeOf(() => train(given))).toBe("L0951");
    expect(await codeOf(() => trainInWorker(given))).toBe("L0951");
  });
  test("the row is named", async () => {
    await expect(train(bad({ train: poisoned }))).rejects.toThrow(/row 101 of column `x` of the train split is NaN/);
  });
});

test("a loss that stops being a number: before an epoch ended an error, after one its weights are kept", async () => {
  expect(await codeOf(() => train(options({ rate: 1e30, schedule: constant })))).toBe("L0952");
  const late = { name: "late", factor: (step: number) => (step > 40 ? 1e30 : 1) };
  const result = await train(options({ schedule: late }));
  expect(result.ended).toBe("diverged");
  expect(result.history.length).toBe(2);
  expect(result.best_loss).toBe(Math.min(...result.history.map((h) => h.validation_loss)));
});

test("a net whose shapes do not fit is refused before anything runs", async () => {
  expect(await codeOf(() => train(options({ parameters: { ...parameters(3), w1: parameters(3).w2 } })))).toBe("L0808");
});
