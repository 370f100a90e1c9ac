/** Butterworth filters against their closed form, an independent design, and the laws of linear filters. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { design } from "../../src/component/lib/filter/butterworth.js";
import high from "../../src/component/lib/filter/butterworth-high-pass.js";
import low from "../../src/component/lib/filter/butterworth-low-pass.js";
import { firing } from "../support/fire.js";
import { angle, refusals, response, samples, scalar, vector } from "./elementwise.js";

const impulse = (n: number) => [1, ...new Array<number>(n - 1).fill(0)];

/** The gain at a frequency: the impulse response, long enough to have died, summed against a turning pointer. */
function gain(component: typeof low, params: { order: number; cutoff: number; rate: number }, f: number): number {
  const h = response(component, { ...params, start: "rest" }, impulse(4000), { period: 1 / params.rate });
  const w = (2 * Math.PI * f) / params.rate;
  return Math.hypot(
    h.reduce((sum, v, n) => sum + v * Math.cos(w * n), 0),
    h.reduce((sum, v, n) => sum + v * Math.sin(w * n), 0),
  );
}

const orders = [1, 2, 3, 4, 7, 10];
const decibels = (g: number) => 20 * Math.log10(g);

describe.each([
  ["low", low],
  ["high", high],
] as const)("butterworth-%s-pass", (pass, component) => {
  test.each(orders)("of order %i has the gain of its closed form, 1/√2 at the cutoff among it", (order) => {
    const params = { order, cutoff: 12, rate: 100 };
    for (const f of [3, 8, 12, 18, 30]) {
      const ratio = Math.tan((Math.PI * f) / 100) / Math.tan((Math.PI * 12) / 100);
      const expected = 1 / Math.sqrt(1 + ratio ** (pass === "low" ? 2 * order : -2 * order));
      expect(gain(component, params, f)).toBeCloseTo(expected, 10);
    }
    expect(gain(component, params, 12)).toBeCloseTo(Math.SQRT1_2, 10);
  });

  test.each([1, 2, 4])("of order %i falls by 20 dB a decade a pole", (order) => {
    const params = { order, cutoff: pass === "low" ? 10 : 100, rate: 1000 };
    // the bilinear transform bends frequencies: a decade of the analogue filter, which begins a factor of 20 off the cutoff
    const bent = (f: number) => (1000 / Math.PI) * Math.atan(Math.tan((Math.PI * params.cutoff) / 1000) * f);
    const [near, far] = pass === "low" ? [20, 200] : [1 / 20, 1 / 200];
    const fall = decibels(gain(component, params, bent(near))) - decibels(gain(component, params, bent(far)));
    expect(Math.abs(fall / (20 * order) - 1)).toBeLessThan(0.001);
  });

  test("is linear from rest, and does not care what its neighbours do", () => {
    fc.assert(
      fc.property(samples(5), samples(5), fc.double({ min: -3, max: 3, noNaN: true }), (a, b, k) => {
        const params = { order: 3, cutoff: 10, rate: 100, start: "rest" };
        const n = Math.min(a.length, b.length);
        const sum = Array.from({ length: n }, (_, i) => a[i]! + k * b[i]!);
        const [ya, yb, both] = [a, b, sum].map((xs) => response(component, params, xs.slice(0, n)));
        for (let i = 0; i < n; i++) expect(both![i]).toBeCloseTo(ya![i]! + k * yb![i]!, 9);
        const f = firing(component, params, { value: vector(2) });
        for (let i = 0; i < n; i++) {
          const y = f.at(i * 0.01, { value: Float64Array.of(a[i]!, b[i]!) }).value as Float64Array;
          expect([...y]).toEqual([ya![i], yb![i]]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("settled on its first value, it has nothing to do until that changes", () => {
    for (const order of orders) {
      const ys = response(component, { order, cutoff: 10, rate: 100 }, new Array<number>(50).fill(7));
      for (const y of ys) expect(y).toBeCloseTo(pass === "low" ? 7 : 0, 10);
    }
  });

  test("refuses a cutoff that its rate cannot carry, and orders that are none", () => {
    expect(refusals(component, { cutoff: 50, rate: 100 })).toEqual(["L0416 /params/cutoff"]);
    expect(refusals(component, { cutoff: 49.9, rate: 100 })).toEqual([]);
    expect(refusals(component, { cutoff: 5, rate: 100, order: 0 })).toEqual(["L0403 /params/order"]);
    expect(refusals(component, { cutoff: 5, rate: 100, order: 1.5 })).toEqual(["L0403 /params/order"]);
    expect(refusals(component, { cutoff: 5 })).toEqual(["L0402 /params"]);
  });
});

test("impulse responses are those of scipy.signal.butter and sosfilt", () => {
  const cases = [
    [low, 1, 5, 100, [0.13672873599732, 0.23606797749979, 0.17151342515381, 0.124611797498107, 0.090535770373567]],
    [low, 2, 5, 100, [0.0200833655642112, 0.0715172277970699, 0.118842553492616, 0.139647690131023, 0.141772714069167]],
    [low, 3, 12, 100, [0.0286353001709179, 0.129400305198526, 0.254962194585461, 0.297742501052787, 0.234909331527796]],
    [
      high,
      4,
      20,
      100,
      [0.16717926860849, -0.537966971246206, 0.468655913944778, 0.0941620435680052, -0.181161750617204],
    ],
    [high, 5, 3, 50, [0.54091028262386, -0.65880131294036, -0.240069195401125, 0.00483039088626723, 0.124332219820502]],
  ] as const;
  for (const [component, order, cutoff, rate, expected] of cases) {
    const h = response(component, { order, cutoff, rate, start: "rest" }, impulse(5), { period: 1 / rate });
    expected.forEach((v, n) => {
      expect(h[n]).toBeCloseTo(v, 13);
    });
  }
});

test("every section is stable up to the highest order and to the ends of the band", () => {
  for (const pass of ["low", "high"] as const)
    for (let order = 1; order <= 20; order++)
      for (const cutoff of [0.001, 1, 25, 49, 49.99])
        for (const { a } of design(pass, order, cutoff, 100)) {
          expect(Math.abs(a[1])).toBeLessThan(1);
          expect(Math.abs(a[0])).toBeLessThan(1 + a[1]);
        }
});

test("a lost message is held, a second one within a sample replaces the first, and jitter changes nothing", () => {
  const params = { cutoff: 10, rate: 100, start: "rest" };
  const at = (events: readonly (readonly [number, number])[]) => {
    const f = firing(low, params, { value: scalar });
    return events.map(([t, value]) => f.at(t, { value }).value as number);
  };
  const gap = at([
    [0, 0],
    [0.0135, 1],
    [0.0304, 3],
  ]);
  expect(gap.at(-1)).toBe(
    at([
      [0, 0],
      [0.01, 1],
      [0.02, 1],
      [0.03, 3],
    ]).at(-1),
  );
  const twice = at([
    [0, 0],
    [0.01, 1],
    [0.012, 7],
    [0.0305, 3],
  ]);
  expect(twice[2]).toBe(twice[1]);
  expect(twice[3]).toBe(
    at([
      [0, 0],
      [0.01, 1],
      [0.02, 7],
      [0.03, 3],
    ])[3],
  );
  expect(() =>
    at([
      [0, 0],
      [1e5, 0],
    ]),
  ).toThrow(/10000000 samples/);
});

test("an angle is followed past ±π", () => {
  const turning = Array.from({ length: 400 }, (_, k) => 0.05 * k);
  const wrapped = turning.map((x) => x - 2 * Math.PI * Math.round(x / (2 * Math.PI)));
  const params = { order: 2, cutoff: 10, rate: 100 };
  const plain = response(low, params, turning);
  response(low, params, wrapped, { type: angle }).forEach((y, k) => {
    expect(Math.abs(y)).toBeLessThanOrEqual(Math.PI);
    expect(Math.cos(y - plain[k]!)).toBeCloseTo(1, 12);
  });
});
