/** Sources of test signals against their definitions. */
import { describe, expect, test } from "vitest";
import chirp from "../../src/component/lib/source/chirp.js";
import constant from "../../src/component/lib/source/constant.js";
import prbs from "../../src/component/lib/source/prbs.js";
import randomWalk from "../../src/component/lib/source/random-walk.js";
import step from "../../src/component/lib/source/step.js";
import { firing } from "../support/fire.js";
import { run } from "../support/graphs.js";
import { refused } from "../support/refused.js";

test("constant: a number, or a tensor, with its unit", () => {
  expect(firing(constant, { value: 3 }).at(5).value).toBe(3);
  expect(firing(constant, { value: [1, 2] }).at(5).value).toEqual(Float64Array.of(1, 2));
  expect(constant.signature({ value: [1, 2], unit: "N" }, {}).outputs.value!.type).toEqual({
    tensor: [2],
    dtype: "float64",
    unit: "N",
  });
  expect(refused(() => constant.signature({}, {}))).toEqual(["L0402 /params"]);
  expect(refused(() => constant.signature({ value: "3" }, {}))).toEqual(["L0403 /params/value"]);
});

test("step: from before the time, to at it", () => {
  const f = firing(step, { from: -1, to: [2, 3], time: 0.3 });
  expect([0, 0.299999999, 0.3, 9].map((t) => Array.from(f.at(t).value as Float64Array))).toEqual([
    [-1, -1],
    [-1, -1],
    [2, 3],
    [2, 3],
  ]);
  expect(refused(() => step.signature({ from: [1, 2], to: [1, 2, 3] }, {}))).toEqual(["L0414 /params/to"]);
});

describe("chirp", () => {
  /** Instantaneous frequency, from the phase a millionth of a second apart. */
  const frequency = (params: { sweep: string }, t: number) => {
    const wave = (amplitude: number, at: number) =>
      firing(chirp, { from: 1, to: 9, duration: 4, amplitude, ...params }).at(at).value as number;
    const h = 1e-6;
    const slope = (wave(1, t + h) - wave(1, t - h)) / (2 * h);
    return Math.abs(slope) / Math.sqrt(1 - wave(1, t) ** 2) / (2 * Math.PI);
  };

  test("linear: 1 Hz to 9 Hz, 5 Hz halfway; exponential: 3 Hz halfway; then it stays", () => {
    for (const sweep of ["linear", "exponential"]) {
      expect(frequency({ sweep }, 0.02)).toBeCloseTo(sweep === "linear" ? 1.04 : 9 ** (0.02 / 4), 4);
      expect(frequency({ sweep }, 2.01)).toBeCloseTo(sweep === "linear" ? 5.02 : 3 * 9 ** (0.01 / 4), 3);
      expect(frequency({ sweep }, 5.013)).toBeCloseTo(9, 3);
    }
  });

  test("the phase is that of its integral, and does not jump at the end; amplitude and offset an element", () => {
    const f = firing(chirp, { from: 2, to: 5, duration: 2, amplitude: [3, 1], offset: [10, 0] });
    const wave = (turns: number) => 10 + 3 * Math.sin(2 * Math.PI * turns);
    // 2·2 + 3·2²/(2·2) = 7 turns at the end of the sweep
    for (const [t, turns] of [
      [0, 0],
      [1, 2.75],
      [2, 7],
      [2.05, 7.25],
    ] as const)
      expect((f.at(t).value as Float64Array)[0]).toBeCloseTo(wave(turns), 9);
    expect(refused(() => chirp.signature({ from: 2, to: 2, duration: 1, sweep: "exponential" }, {}))).toEqual([
      "L0416 /params/to",
    ]);
    expect(refused(() => chirp.signature({ from: 0, to: 2, duration: 1 }, {}))).toEqual(["L0403 /params/from"]);
  });
});

describe("prbs", () => {
  const bits = (order: number, n: number, more = {}) => {
    const f = firing(prbs, { order, hold: 0.5, ...more });
    return Array.from({ length: n }, (_, k) => f.at(k / 2).value as number);
  };

  test.each(Array.from({ length: 15 }, (_, i) => i + 2))(
    "order %d: 2ⁿ − 1 bits, one more of one kind, each word but one once",
    (order) => {
      const length = 2 ** order - 1;
      const sequence = bits(order, length + order);
      expect(Math.abs(sequence.slice(0, length).reduce((a, b) => a + b, 0))).toBe(1);
      const words = new Set<string>();
      for (let k = 0; k < length; k++) words.add(sequence.slice(k, k + order).join());
      expect(words.size).toBe(length);
      expect(sequence.slice(length)).toEqual(sequence.slice(0, order));
    },
  );

  test("the autocorrelation is two-valued: 1, and −1/length for every other shift", () => {
    const x = bits(7, 127);
    for (let shift = 0; shift < 127; shift++) {
      const sum = x.reduce((s, v, k) => s + v * x[(k + shift) % 127]!, 0);
      expect(sum).toBe(shift === 0 ? 127 : -1);
    }
  });

  test("a bit is held, whatever the clock, also one that skips bits; `skip` begins later", () => {
    const all = bits(9, 700);
    const slow = firing(prbs, { order: 9, hold: 0.5 });
    const fast = firing(prbs, { order: 9, hold: 0.5 });
    for (let k = 0; k < 100; k++) expect(slow.at(k * 3.5).value).toBe(all[k * 7]);
    for (let k = 0; k < 500; k++) expect(fast.at(k / 100).value).toBe(all[Math.floor(k / 50)]);
    expect(bits(9, 50, { skip: 520 })).toEqual(all.slice(520, 570));
    const f = firing(prbs, { hold: 1, amplitude: [2, 1], offset: [5, 0] });
    expect([3, 7]).toContain((f.at(0).value as Float64Array)[0]);
    expect(refused(() => prbs.signature({ order: 17, hold: 0 }, {}))).toEqual([
      "L0403 /params/order",
      "L0403 /params/hold",
    ]);
  });
});

describe("random-walk", () => {
  test.each([5, 40])("fired %d times a second, its variance grows by deviation² a second", (rate) => {
    const walks = 4000;
    const f = firing(randomWalk, { start: new Array(walks).fill(3), deviation: 0.5 });
    let value = f.at(0).value as Float64Array;
    expect(new Set(value)).toEqual(new Set([3]));
    for (let k = 1; k <= 2 * rate; k++) value = f.at(k / rate).value as Float64Array;
    const mean = value.reduce((a, b) => a + b, 0) / walks;
    const variance = value.reduce((a, b) => a + (b - mean) ** 2, 0) / walks;
    // deviation² · 2 s; the mean is known to 0.011, the variance to 2.2 %
    expect(Math.abs(mean - 3)).toBeLessThan(0.045);
    expect(Math.abs(variance / 0.5 - 1)).toBeLessThan(0.09);
  });

  test("it stays between its bounds, however far a step goes, and fills the range evenly", () => {
    const f = firing(randomWalk, { start: 0.2, deviation: 7, low: -1, high: 1 });
    let inner = 0;
    for (let k = 0; k < 4000; k++) {
      const x = f.at(k).value as number;
      expect(x >= -1 && x <= 1).toBe(true);
      if (Math.abs(x) < 0.5) inner++;
    }
    expect(Math.abs(inner / 4000 - 0.5)).toBeLessThan(0.04);
    const above = firing(randomWalk, { deviation: 3, low: 0 });
    for (let k = 0; k < 300; k++) expect(above.at(k).value).toBeGreaterThanOrEqual(0);
    expect(refused(() => randomWalk.signature({ deviation: 1, low: 1, high: 0 }, {}))).toEqual(["L0416 /params/low"]);
    expect(refused(() => randomWalk.signature({ deviation: 1, start: 5, high: 0 }, {}))).toEqual([
      "L0416 /params/start",
    ]);
    expect(refused(() => randomWalk.signature({ deviation: -1 }, {}))).toEqual(["L0403 /params/deviation"]);
  });
});

test("in a graph they fire on the clock that they are given", async () => {
  const { at } = await run(
    `
nodes:
  step: {component: source/step, on: 4hz, params: {time: 0.5}}
  p: {component: test/pass, in: {value: step.value}}
`,
    { for_ms: 1000 },
  );
  expect(at("p.value").map(([ms, , x]) => [ms, x])).toEqual([
    [0, 0],
    [250, 0],
    [500, 1],
    [750, 1],
  ]);
});
