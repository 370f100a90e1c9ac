/** Sensors' faults: when they are at work, how large they are, and that a seed repeats them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import bias from "../../src/component/lib/fault/bias.js";
import drift from "../../src/component/lib/fault/drift.js";
import dropOut from "../../src/component/lib/fault/drop-out.js";
import freeze from "../../src/component/lib/fault/freeze.js";
import noise from "../../src/component/lib/fault/noise.js";
import quantisation from "../../src/component/lib/fault/quantisation.js";
import { library } from "../../src/component/library.js";
import type { MessageSchema } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { type Params, refusals, response, samples, scalar, vector } from "./elementwise.js";

const count = (n: number) => Array.from({ length: n }, (_, k) => k);
const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
const deviation = (xs: readonly number[]) => Math.sqrt(mean(xs.map((x) => (x - mean(xs)) ** 2)));

/** Params with which each fault is sure to be seen, on a value that changes at every firing. */
const faults: { readonly [name: string]: Params } = {
  "fault/bias": { offset: 0.5 },
  "fault/drift": { rate: 1, walk: 1 },
  "fault/noise": { deviation: 1 },
  "fault/quantisation": { step: 7 },
  "fault/freeze": {},
  "fault/drop-out": { loss: 1 },
};

describe.each(Object.entries(faults))("%s", (name, params) => {
  const component = library[name]!;
  const run = (more: Params, seed = 1) => {
    const f = firing(component, { ...params, ...more }, { value: scalar }, seed);
    return count(30).map((k) => f.at(k / 10, { value: 10.25 + k }).value);
  };

  test("is at work from `from` up to `until`, and leaves everything else as it is", () => {
    const said = run({ from: 1, until: 2 });
    said.forEach((y, k) => {
      if (k < 10 || k >= 20) expect(y).toBe(10.25 + k);
      // what begins slowly is not yet seen at the first firing
      else if (!(name === "fault/drift" && k === 10)) expect(y).not.toBe(10.25 + k);
    });
  });

  test("ends after it begins", () => {
    expect(refusals(component, { ...params, from: 2, until: 2 })).toEqual(["L0416 /params/until"]);
    expect(refusals(component, { ...params, from: -1 })).toEqual(["L0403 /params/from"]);
  });
});

test.each([
  ["fault/drift", { walk: 1 }],
  ["fault/noise", { deviation: 1 }],
  ["fault/drop-out", { loss: 0.5 }],
  ["fault/drop-out", { loss: 0.5, burst: 3 }],
  ["fault/freeze", { rate: 2, hold: 0.3 }],
])("%s %j repeats with its seed, and is another with another", (name, params) => {
  const component = library[name]!;
  const run = (seed: number) => {
    const f = firing(component, params, { value: scalar }, seed);
    return count(60).map((k) => f.at(k / 10, { value: k }).value);
  };
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
  expect(component.signature(params, { value: scalar }).pure).toBe(false);
});

const sample: MessageSchema = {
  type: "object",
  properties: {
    position: { tensor: [2], dtype: "float64" },
    name: { type: "string" },
    angle: { type: "number" },
    count: { type: "integer" },
  },
  required: ["position", "name", "angle", "count"],
};
const message = { position: Float64Array.of(1, 2), name: "left", angle: 0.5, count: 3 };

test.each<[string, Params, object]>([
  ["fault/bias", { offset: 1, gain: 2 }, { ...message, position: Float64Array.of(3, 5), angle: 2 }],
  // in order of the fields' names: angle, position
  ["fault/bias", { offset: [1, 10, 100] }, { ...message, position: Float64Array.of(11, 102), angle: 1.5 }],
  ["fault/drift", { rate: 0.25 }, { ...message, position: Float64Array.of(2, 3), angle: 1.5 }],
  ["fault/quantisation", { step: [1, 3, 5] }, { ...message, position: Float64Array.of(0, 0), angle: 1 }],
  ["fault/noise", { deviation: 0 }, message],
])("%s %j takes messages with fields, and leaves alone what is no floating-point number", (name, params, wanted) => {
  const f = firing(library[name]!, params, { value: sample });
  f.at(0, { value: message });
  expect(f.at(4, { value: message }).value).toEqual(wanted);
  expect(message.position).toEqual(Float64Array.of(1, 2));
});

test.each(["fault/bias", "fault/drift", "fault/noise", "fault/quantisation"])(
  "%s refuses what has no numbers, and a list where messages differ in how many",
  (name) => {
    const [param] = Object.keys(faults[name]!) as [string];
    expect(refusals(library[name]!, faults[name]!, { value: { type: "string" } })).toEqual(["L0414 "]);
    const some: MessageSchema = { type: "array", items: { type: "number" }, maxItems: 3 };
    expect(refusals(library[name]!, { [param]: [1, 2] }, { value: some })).toEqual([`L0416 /params/${param}`]);
    expect(refusals(library[name]!, faults[name]!, { value: some })).toEqual([]);
  },
);

test("a walk is each number's own, also where messages have fields", () => {
  const f = firing(drift, { walk: 1 }, { value: sample });
  f.at(0, { value: message });
  const { position, angle } = f.at(1, { value: message }).value as unknown as typeof message;
  expect(new Set([position[0]! - 1, position[1]! - 2, angle - 0.5]).size).toBe(3);
  const later = f.at(1, { value: message }).value as unknown as typeof message;
  // no time has gone by
  expect(later).toEqual({ ...message, position, angle });
});

test("bias is gain·x + offset, an element each", () => {
  expect(response(bias, { gain: 2, offset: -1 }, [0, 1, 5])).toEqual([-1, 1, 9]);
  const f = firing(bias, { offset: [1, 2] }, { value: vector(2) });
  expect(f.at(0, { value: Float64Array.of(10, 10) }).value).toEqual(Float64Array.of(11, 12));
  expect(refusals(bias, { offset: [1, 2] }, { value: vector(3) })).toEqual(["L0414 /params/offset"]);
});

test("drift grows by its rate from when it began, however often it is looked at", () => {
  const f = firing(drift, { rate: 0.5, from: 2 }, { value: scalar });
  for (const t of [0, 1.9, 2, 2.001, 3, 8])
    expect(f.at(t, { value: 7 }).value).toBeCloseTo(7 + 0.5 * Math.max(0, t - 2), 12);
});

test("a drift's walk comes to a deviation of walk·√t, as little or as often as it is looked at", () => {
  for (const steps of [1, 16]) {
    const f = firing(drift, { walk: 2, from: 1 }, { value: vector(4000) });
    const still = new Float64Array(4000);
    f.at(0, { value: still });
    let value: Float64Array = still;
    // the first firing within the fault comes after it began, and counts from then only
    for (let k = 1; k <= steps; k++) value = f.at(1 + (9 * k) / steps, { value: still }).value as Float64Array;
    // 4,000 walks: the deviation is known to 1.1 %, four times over 5 %
    expect(Math.abs(deviation([...value]) / 6 - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean([...value]))).toBeLessThan(0.4);
  }
});

test("noise has mean 0 and the declared deviation, normal or uniform", () => {
  for (const distribution of ["normal", "uniform"]) {
    const f = firing(noise, { deviation: 0.5, distribution }, { value: vector(10_000) });
    const drawn = [...(f.at(0, { value: new Float64Array(10_000) }).value as Float64Array)];
    expect(Math.abs(mean(drawn))).toBeLessThan(5 * 0.005);
    expect(Math.abs(deviation(drawn) / 0.5 - 1)).toBeLessThan(0.04);
    const furthest = Math.max(...drawn.map(Math.abs));
    // a uniform draw ends at √3 deviations; of 10,000 normal ones some are beyond 3
    if (distribution === "uniform") expect(furthest).toBeLessThanOrEqual(0.5 * Math.sqrt(3));
    else expect(furthest).toBeGreaterThan(1.5);
  }
  expect(response(noise, { deviation: 0 }, [1, 2])).toEqual([1, 2]);
  expect(refusals(noise, { deviation: -1 })).toEqual(["L0403 /params/deviation"]);
  expect(refusals(noise, { deviation: 1, distribution: "pink" })).toEqual(["L0403 /params/distribution"]);
});

test("quantisation goes to the nearest multiple, once as well as twice, and by half a step at most", () => {
  expect(response(quantisation, { step: 0.25 }, [0.1, 0.125, 0.3, -0.3])).toEqual([0, 0.25, 0.25, -0.25]);
  fc.assert(
    fc.property(samples(), fc.constantFrom(0.1, 0.25, 3), (xs, step) => {
      const once = response(quantisation, { step }, xs);
      once.forEach((y, k) => {
        expect(Math.abs(y - xs[k]!)).toBeLessThanOrEqual(step / 2 + 1e-12);
        expect(Math.abs(y / step - Math.round(y / step))).toBeLessThan(1e-9);
      });
      expect(response(quantisation, { step }, once)).toEqual(once);
    }),
  );
  expect(refusals(quantisation, { step: 0 })).toEqual(["L0403 /params/step"]);
});

describe("fault/freeze", () => {
  test("repeats the last message from before, of any type", () => {
    const type = { type: "object", properties: { x: scalar }, required: ["x"] } as const;
    const f = firing(freeze, { from: 0.2, until: 0.5 }, { value: type });
    const said = count(8).map((k) => (f.at(k / 10, { value: { x: k } }).value as unknown as { x: number }).x);
    expect(said).toEqual([0, 1, 1, 1, 1, 5, 6, 7]);
  });

  test("at random it is stuck for hold/(hold + 1/rate) of the time, for `hold` at once", () => {
    const f = firing(freeze, { rate: 0.5, hold: 1 }, { value: scalar });
    const n = 100_000;
    const lengths: number[] = [];
    let stuck = 0;
    let run = 0;
    for (let k = 0; k < n; k++) {
      if (f.at(k / 100, { value: k }).value !== k) {
        stuck++;
        run++;
      } else if (run > 0) {
        lengths.push(run);
        run = 0;
      }
    }
    // about 330 freezes: the share of a third is known to 0.015, three times over 0.05
    expect(Math.abs(stuck / n - 1 / 3)).toBeLessThan(0.05);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(99);
    expect(lengths.filter((l) => l <= 101).length / lengths.length).toBeGreaterThan(0.9);
    expect(refusals(freeze, { rate: 0 })).toEqual(["L0403 /params/rate"]);
  });
});

describe("fault/drop-out", () => {
  const lost = (params: Params, n = 50_000) => {
    const f = firing(dropOut, params, { value: scalar });
    return count(n).map((k) => f.at(k / 100, { value: k }).value === undefined);
  };
  const runs = (flags: readonly boolean[]) => {
    const found: number[] = [];
    flags.forEach((flag, k) => {
      if (flag && !flags[k - 1]) found.push(0);
      if (flag) found[found.length - 1]!++;
    });
    return found;
  };

  test("loses its share, each message by itself", () => {
    const flags = lost({ loss: 0.2 });
    expect(Math.abs(mean(flags.map(Number)) - 0.2)).toBeLessThan(0.01);
    // after a lost one the chance is no other
    expect(Math.abs(mean(runs(flags)) - 1 / 0.8)).toBeLessThan(0.03);
    expect(lost({ loss: 0 }, 99).includes(true)).toBe(false);
    expect(lost({ loss: 1 }, 99).includes(false)).toBe(false);
  });

  test("in bursts it loses the same share, in runs of the declared length", () => {
    const flags = lost({ loss: 0.2, burst: 8 });
    expect(Math.abs(mean(flags.map(Number)) - 0.2)).toBeLessThan(0.02);
    expect(Math.abs(mean(runs(flags)) / 8 - 1)).toBeLessThan(0.1);
  });

  test("what comes through is as it was", () => {
    const f = firing(dropOut, { loss: 0.5 }, { value: vector(2) });
    for (let k = 0; k < 20; k++) {
      const value = Float64Array.of(k, -k);
      expect([value, undefined]).toContain(f.at(k, { value }).value);
    }
  });

  test("refuses shares that are none, and bursts that are too short for them", () => {
    expect(refusals(dropOut, { loss: 1.1 })).toEqual(["L0403 /params/loss"]);
    expect(refusals(dropOut, { loss: 0.8, burst: 2 })).toEqual(["L0416 /params/burst"]);
    expect(refusals(dropOut, { loss: 0.8, burst: 4 })).toEqual([]);
    expect(refusals(dropOut, { loss: 0.5, burst: 0.5 })).toEqual(["L0403 /params/burst"]);
  });
});
