/** The differentiator and the way-points. */
import fc from "fast-check";
import { expect, test } from "vitest";
import derivative from "../../src/component/lib/filter/derivative.js";
import waypoints from "../../src/component/lib/sim/waypoints.js";
import { rng, seedOf } from "../../src/component/rng.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { firing } from "../support/fire.js";
import { refused } from "../support/refused.js";

const T = 0.02;
const vector = { tensor: [1], dtype: "float64", unit: "rad/s" } as const;
const filter = (time_constant = T, type: object = vector) => firing(derivative, { time_constant }, { value: type });
const value = (x: number) => ({ value: Float64Array.of(x) });

/** Irregular times, as of a real log: 0.2 to 5 ms apart. */
const times = fc.array(fc.integer({ min: 200, max: 5000 }), { minLength: 200, maxLength: 300 }).map((gaps) => {
  let t = 0;
  return gaps.map((gap) => (t += gap) / 1e6);
});

test("on a ramp it comes to the slope exactly, however irregular the stamps", () => {
  fc.assert(
    fc.property(times, fc.double({ min: -50, max: 50, noNaN: true }), (stamps, slope) => {
      const f = filter();
      const start = stamps[0]!;
      for (const t of stamps) {
        const [y] = f.at(t, value(3 + slope * t)).value as Float64Array;
        // the step response of a first-order low-pass
        expect(y).toBeCloseTo(slope * -Math.expm1(-(t - start) / T), 6);
      }
    }),
    { numRuns: 20 },
  );
});

test("on a sine it has the gain and the phase of s / (1 + s·T)", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(2, 5, 10), (seed, frequency) => {
      const f = filter();
      const w = 2 * Math.PI * frequency;
      const gain = w / Math.hypot(1, w * T);
      const phase = Math.PI / 2 - Math.atan(w * T);
      const random = rng(seed);
      // 20 to 250 µs apart: what is between two samples is all but straight, as the filter takes it to be
      for (let t = 0; t < 0.5; t += random.between(20e-6, 250e-6)) {
        const at = Math.round(t * 1e9) / 1e9;
        const [y] = f.at(at, value(Math.sin(w * at))).value as Float64Array;
        if (t > 12 * T) expect(Math.abs(y! - gain * Math.sin(w * at + phase))).toBeLessThan(1e-3 * gain);
      }
    }),
    { numRuns: 9 },
  );
});

test("it goes by stamps and not by times, keeps silent growth out of a repeated stamp, and starts at 0", () => {
  const f = filter(1e-9);
  expect(f.at(0, value(5), { value: 0 }).value).toEqual(Float64Array.of(0));
  expect((f.at(1, value(6), { value: 0.5 }).value as Float64Array)[0]).toBeCloseTo(2, 9);
  expect((f.at(2, value(60), { value: 0.5 }).value as Float64Array)[0]).toBeCloseTo(2, 9);
  expect((f.at(3, value(7), { value: 1 }).value as Float64Array)[0]).toBeCloseTo(2, 9);
});

test("the value of a stamp that repeats is not mistaken for that of the next", () => {
  const f = filter();
  const g = filter();
  for (const t of [0, 0.01, 0.02, 0.03]) {
    const [y] = g.at(t, value(t)).value as Float64Array;
    expect((f.at(t, value(t)).value as Float64Array)[0]).toBe(y);
    f.at(t, value(1000));
  }
});

test("angles that wrap are taken the short way round", () => {
  const f = filter(1e-9, { tensor: [1], dtype: "float64", unit: "rad", wraps: true });
  f.at(0, value(3.1));
  expect((f.at(0.1, value(-3.1)).value as Float64Array)[0]).toBeCloseTo((2 * Math.PI - 6.2) / 0.1, 9);
});

test("the unit is that of a derivative", () => {
  const unit = (of: string) =>
    derivative.signature({}, { value: { tensor: [1], dtype: "float64", unit: of } }).outputs.value!.type.unit;
  expect(["rad", "rad/s", "rad/s^2", "m"].map(unit)).toEqual(["rad/s", "rad/s^2", "rad/s^3", "m/s"]);
});

test("a number and single precision are differentiated like a tensor of doubles", () => {
  const [doubles, number, singles] = [
    filter(0.1),
    filter(0.1, { type: "number", unit: "m" }),
    filter(0.1, { tensor: [1], dtype: "float32" }),
  ];
  for (const t of [0, 0.01, 0.05, 0.06]) {
    const [y] = doubles.at(t, value(t * t)).value as Float64Array;
    expect(number.at(t, { value: t * t }).value).toBe(y);
    // what comes in single precision is that much off, over the shortest interval
    const single = singles.at(t, { value: Float32Array.of(t * t) }).value as Float32Array;
    expect(single).toBeInstanceOf(Float32Array);
    expect(Math.abs(single[0]! - y!)).toBeLessThan(1e-7);
  }
  expect(derivative.signature({}, { value: { type: "number", unit: "m" } }).outputs.value!.type).toEqual({
    type: "number",
    unit: "m/s",
  });
});

test("what it cannot differentiate it refuses", () => {
  const ask = () => derivative.signature({}, { value: { type: "string" } });
  expect(ask).toThrow(LimbeckError);
  expect(ask).toThrow(/L0414/);
});

test("way-points lie in their box, are held, and are drawn from the node's seed", () => {
  const params = {
    box: [
      [-1, 2],
      [0, 5],
    ],
    hold: 0.5,
  };
  const one = firing(waypoints, params, {}, 4);
  const two = firing(waypoints, params, {}, 4);
  const points: string[] = [];
  for (let k = 0; k < 2000; k++) {
    const target = one.at(k / 100).target as Float64Array;
    expect(two.at(k / 100).target).toEqual(target);
    expect(target[0]! >= -1 && target[0]! < 0 && target[1]! >= 2 && target[1]! < 5).toBe(true);
    points.push(target.join());
  }
  expect(new Set(points).size).toBe(40);
  for (let k = 0; k < 2000; k++) expect(points[k]).toBe(points[50 * Math.floor(k / 50)]);
  const other = firing(waypoints, params, {}, 5).at(0).target as Float64Array;
  expect(other.join()).not.toBe(points[0]);
});

test("way-points of a list come in its order, each as long, and the last one stays or the first comes again", () => {
  const points = [
    [0, 1],
    [2, 3],
    [4, 5],
  ];
  const said = (more: object) => {
    const f = firing(waypoints, { points, hold: 0.1, ...more });
    return Array.from({ length: 10 }, (_, k) => (f.at(k * 0.05).target as Float64Array)[0]);
  };
  expect(said({})).toEqual([0, 0, 2, 2, 4, 4, 4, 4, 4, 4]);
  expect(said({ repeat: true })).toEqual([0, 0, 2, 2, 4, 4, 0, 0, 2, 2]);
  expect(waypoints.signature({ points, unit: "m" }, {}).outputs.target!.type).toMatchObject({ tensor: [2], unit: "m" });
});

test.each([
  [{}, "L0416 /params"],
  [{ points: [[1]], box: [[1], [2]] }, "L0416 /params/box"],
  [{ points: [[1, 2], [3]] }, "L0416 /params/points/1"],
  [{ points: [] }, "L0403 /params/points"],
])("way-points %j are refused", (params, told) => {
  expect(refused(() => waypoints.signature(params, {}))).toEqual([told]);
});

test("a box that is none is refused", () => {
  for (const box of [
    [[0, 0], [1]],
    [[1], [0]],
  ])
    expect(() => waypoints.signature({ box }, {})).toThrow(/L0414/);
});

test("seeds: equal for equal run and path, else apart", () => {
  expect(seedOf(1, "a")).toBe(seedOf(1, "a"));
  expect(new Set([seedOf(1, "a"), seedOf(2, "a"), seedOf(1, "b"), seedOf(11, "a"), seedOf(1, "1a")]).size).toBe(5);
});

test("uniform and normal numbers have the moments that they should", () => {
  const random = rng(seedOf(3, "moments"));
  const n = 100_000;
  const moments = (draw: () => number) => {
    const xs = Array.from({ length: n }, draw);
    const mean = xs.reduce((a, b) => a + b, 0) / n;
    return { mean, variance: xs.reduce((a, b) => a + (b - mean) ** 2, 0) / n, min: Math.min(...xs.slice(0, 9999)) };
  };
  const uniform = moments(random.uniform);
  expect(Math.abs(uniform.mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
  expect(Math.abs(uniform.variance - 1 / 12)).toBeLessThan(0.002);
  expect(uniform.min).toBeGreaterThanOrEqual(0);
  const normal = moments(random.normal);
  expect(Math.abs(normal.mean)).toBeLessThan(5 / Math.sqrt(n));
  expect(Math.abs(normal.variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
});
