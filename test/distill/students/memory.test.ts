/** Students that remember: windows, taps, and a teacher that no student without memory can follow. */
import { describe, expect, test } from "vitest";
import { rng } from "../../../src/component/rng.js";
import { gru } from "../../../src/distill/students/gru.js";
import { history } from "../../../src/distill/students/history.js";
import { mlp } from "../../../src/distill/students/mlp.js";
import { predict } from "../../../src/distill/students/predict.js";
import type { Part, TrainingData } from "../../../src/distill/students/student.js";
import { tapped } from "../../../src/distill/students/taps.js";
import { windowsOf } from "../../../src/distill/students/windows.js";
import { encode } from "../../../src/onnx/codec/index.js";
import type { Model, Tensor } from "../../../src/onnx/ir.js";
import { tensor } from "../../../src/onnx/tensor.js";
import { openSession } from "../../../src/session/session.js";
import type { Matrix } from "../../../src/train/matrix.js";

const common = { seed: 7, now: () => 0, worker: false };
const column = (values: readonly number[]): Matrix => ({
  rows: values.length,
  width: 1,
  data: Float32Array.from(values),
});
const port = (name: string) => ({ port: name, columns: [{ name: "value" }] });

describe("windows", () => {
  const m = column([1, 2, 3, 4, 5, 6, 7]);

  test("every row counts once, whatever the cut; a window in the middle warms up on the rows before it", () => {
    for (const [ticks, warmup] of [
      [3, 1],
      [4, 2],
      [7, 0],
      [9, 0],
      [5, 3],
    ] as const) {
      const { x, y, counts, count } = windowsOf({ x: m, y: m }, { ticks, warmup });
      const counted = [...y].filter((_, i) => counts[i] === 1).sort((a, b) => a - b);
      expect(counted).toEqual([1, 2, 3, 4, 5, 6, 7]);
      for (let w = 0; w < count; w++)
        for (let t = 1; t < ticks; t++) {
          const [before, now] = [x[w * ticks + t - 1], x[w * ticks + t]];
          // rows follow on each other; behind the end stands the last one
          expect(now === before + 1 || (now === 7 && before === 7)).toBe(true);
        }
    }
  });

  test("a stretch's lead runs before it and does not count", () => {
    const part: Part = {
      x: column([4, 5]),
      y: column([40, 50]),
      stretches: [{ from: 0, to: 2, lead: column([1, 2, 3]) }],
    };
    const { x, y, counts } = windowsOf(part, { ticks: 5, warmup: 0 });
    expect([...x]).toEqual([1, 2, 3, 4, 5]);
    expect([...counts]).toEqual([0, 0, 0, 1, 1]);
    expect([...y]).toEqual([0, 0, 0, 40, 50]);
  });

  test("taps are the last rows, newest first; none reaches into another episode", () => {
    const part: Part = {
      x: column([1, 2, 3, 9, 8]),
      y: column([0, 0, 0, 0, 0]),
      stretches: [
        { from: 0, to: 3 },
        { from: 3, to: 5, lead: column([6]) },
      ],
    };
    const data: TrainingData = { inputs: [port("x")], outputs: [port("y")], train: part, validation: part };
    const { train } = tapped(data, 3);
    expect([...train.x.data]).toEqual([1, 1, 1, 2, 1, 1, 3, 2, 1, 9, 6, 6, 8, 9, 6]);
    expect([...train.stretches![1]!.lead!.data]).toEqual([6, 6, 6]);
  });
});

/** y is the sum of the inputs of five ticks ago; the plant that it drives lags, and its target moves. */
const [GAIN, DELAY, STEP, LAG] = [2, 5, 0.01, 0.5];

function integrator(): (error: number) => number {
  const waiting = new Array<number>(DELAY).fill(0);
  let sum = 0;
  return (error) => {
    waiting.push(error);
    return (sum += GAIN * STEP * waiting.shift()!);
  };
}

async function closedLoop(drive: (error: number) => number | Promise<number>, ticks: number, seed: number) {
  const draws = rng(seed);
  let y = draws.between(-1, 1);
  let target = 0;
  const errors: number[] = [];
  const driven: number[] = [];
  for (let t = 0; t < ticks; t++) {
    if (t % 100 === 0) target = draws.between(-1, 1);
    errors.push(target - y);
    const u = await drive(target - y);
    driven.push(u);
    y += (STEP / LAG) * (u - y);
  }
  return { errors, driven };
}

async function episodes(count: number, ticks: number, seed: number): Promise<Part> {
  const runs = [];
  for (let k = 0; k < count; k++) runs.push(await closedLoop(integrator(), ticks, seed + k));
  return {
    x: column(runs.flatMap((r) => r.errors)),
    y: column(runs.flatMap((r) => r.driven)),
    stretches: runs.map((_, k) => ({ from: k * ticks, to: (k + 1) * ticks })),
  };
}

/** The policy as a function of one tick, its state carried. */
async function policy(model: Model): Promise<{ tick(error: number): Promise<number>; close(): Promise<void> }> {
  const session = await openSession(encode(model));
  let states: { [name: string]: Tensor } = {};
  for (const { name, shape } of session.inputs)
    if (name.startsWith("state_in."))
      states[name] = tensor("float32", [1, shape![1] as number], new Float32Array(shape![1] as number));
  const remembers = Object.keys(states).length > 0;
  let first = 1;
  return {
    async tick(error) {
      const reset = remembers ? { reset: tensor("bool", [1], Uint8Array.of(first)) } : {};
      const said = await session.run({ "obs.error": tensor("float32", [1, 1], [error]), ...states, ...reset });
      first = 0;
      states = Object.fromEntries(Object.keys(states).map((name) => [name, said[name.replace("_in.", "_out.")]]));
      return (said["act.drive"].data as Float32Array)[0];
    },
    close: () => session.close(),
  };
}

describe("a delayed integrator", async () => {
  const data: TrainingData = {
    inputs: [port("error")],
    outputs: [port("drive")],
    train: await episodes(24, 200, 1),
    validation: await episodes(6, 200, 1000),
  };
  const relative = async (model: Model): Promise<number> => {
    const student = await policy(model);
    const [teacher, said] = [
      await closedLoop(integrator(), 1000, 77),
      await closedLoop((e) => student.tick(e), 1000, 77),
    ];
    await student.close();
    let [error, size] = [0, 0];
    for (let t = 0; t < 1000; t++) {
      error += (said.driven[t] - teacher.driven[t]) ** 2;
      size += teacher.driven[t] ** 2;
    }
    return Math.sqrt(error / size);
  };

  test("is matched by a GRU within 2 % over 1,000 closed-loop ticks", async () => {
    const { model, details } = await gru.fit(data, { ...common, state: 16, steps: 100, windows: 8 });
    expect(details.sums).toBe(true);
    expect(await relative(model)).toBeLessThan(0.02);
  });

  test("is beyond students without memory, and beyond a short one", async () => {
    const size = { hidden: [16], ensemble: 1, dropout: 0, steps: 400 };
    expect(await relative((await mlp.fit(data, { ...common, ...size })).model)).toBeGreaterThan(0.2);
    expect(await relative((await history.fit(data, { ...common, ...size, window: 8 })).model)).toBeGreaterThan(0.1);
  });

  test("is unrolled over whole episodes, so that what is summed up is known; over pieces it is not", async () => {
    const long: TrainingData = { ...data, train: await episodes(4, 600, 1), validation: await episodes(2, 600, 1000) };
    const fit = { ...common, state: 4, steps: 2 };
    const { ticks, warmup, sums, validation_loss: error } = (await gru.fit(long, fit)).details;
    expect({ ticks, warmup, sums }).toEqual({ ticks: 600, warmup: 0, sums: true });
    const pieces = (await gru.fit(long, { ...fit, whole: 599, unroll: 200 })).details;
    expect(pieces).toMatchObject({ ticks: 200, warmup: 50, sums: false });
    expect(error as number).toBeLessThan(0.1 * (pieces.validation_loss as number));
  });

  test("rows in order, and the policy tick by tick, say the same", async () => {
    const { model } = await gru.fit(data, { ...common, state: 4, steps: 5, windows: 8 });
    const { x, stretches } = data.validation;
    const all = await predict(model, x, stretches);
    const student = await policy(model);
    for (let t = 0; t < 200; t++) expect(await student.tick(x.data[t])).toBeCloseTo(all.data[t], 4);
    await student.close();
    // the second episode knows nothing of the first
    const alone = await predict(model, { ...x, rows: 200, data: x.data.slice(200, 400) });
    for (let t = 0; t < 200; t++) expect(alone.data[t]).toBeCloseTo(all.data[200 + t], 4);
  });
});

test("history finds how far back a delay reaches", async () => {
  const draws = rng(3);
  const rows = (count: number): Part => {
    const x = Array.from({ length: count }, () => draws.between(-1, 1));
    return { x: column(x), y: column(x.map((_, t) => Math.abs(x[Math.max(0, t - 3)]))) };
  };
  const data: TrainingData = { inputs: [port("x")], outputs: [port("y")], train: rows(1500), validation: rows(300) };
  const { details } = await history.fit(data, { ...common, hidden: [24], ensemble: 1, dropout: 0, steps: 300 });
  expect([4, 8]).toContain(details.window);
  expect((details.tried as unknown[]).length).toBe(4);
});
