/** estimation/kalman against closed forms. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import kalman from "../../src/component/lib/estimation/kalman.js";
import { rng } from "../../src/component/rng.js";
import type { Json } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { run } from "../support/graphs.js";
import { refused } from "../support/refused.js";

interface Estimate {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}
type Params = { readonly [name: string]: Json };
const scalar = { measurement: { type: "number" } } as const;

describe("estimation/kalman", () => {
  const walk = (q: number, r: number, time = "discrete") =>
    firing(kalman, { A: [[time === "discrete" ? 1 : 0]], C: [[1]], Q: [[q]], R: [[r]], P0: [[10]], time }, scalar);
  const estimate = (outputs: object) => (outputs as { estimate: Estimate }).estimate;

  test("a random walk settles at the gain of its Riccati equation", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        (q, r) => {
          const f = walk(q, r);
          for (let k = 0; k < 400; k++) f.at(k, { measurement: 0 });
          // P⁻ = (q + √(q² + 4qr))/2, K = P⁻/(P⁻ + r)
          const prior = (q + Math.sqrt(q * q + 4 * q * r)) / 2;
          const gain = prior / (prior + r);
          const { mean, covariance } = estimate(f.at(400, { measurement: 1 }));
          expect(mean[0]).toBeCloseTo(gain, 9);
          expect(covariance[0]).toBeCloseTo(gain * r, 9);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("a constant is estimated by the mean of what was measured, with variance r/n", () => {
    const f = firing(kalman, { A: [[1]], C: [[1]], Q: [[0]], R: [[2]], P0: [[1e12]], time: "discrete" }, scalar);
    const values = [3, 5, 1, 7, 4];
    let sum = 0;
    for (const [k, measurement] of values.entries()) {
      sum += measurement;
      const { mean, covariance } = estimate(f.at(k, { measurement }));
      expect(mean[0]).toBeCloseTo(sum / (k + 1), 9);
      expect(covariance[0]).toBeCloseTo(2 / (k + 1), 9);
    }
  });

  test("position measured, velocity estimated: the α-β gains of Kalata's tracking index", () => {
    const [T, q, r] = [0.1, 4, 0.25];
    const f = firing(
      kalman,
      {
        A: [
          [1, T],
          [0, 1],
        ],
        C: [[1, 0]],
        Q: [
          [(q * T ** 4) / 4, (q * T ** 3) / 2],
          [(q * T ** 3) / 2, q * T * T],
        ],
        R: [[r]],
        P0: [
          [1, 0],
          [0, 1],
        ],
        time: "discrete",
      },
      scalar,
    );
    for (let k = 0; k < 600; k++) f.at(k * T, { measurement: 0 });
    const { mean } = estimate(f.at(60, { measurement: 1 }));
    const index = (Math.sqrt(q) * T * T) / Math.sqrt(r);
    const root = (4 + index - Math.sqrt(8 * index + index * index)) / 4;
    const alpha = 1 - root * root;
    const beta = 2 * (2 - alpha) - 4 * Math.sqrt(1 - alpha);
    expect(mean[0]).toBeCloseTo(alpha, 9);
    expect(mean[1]).toBeCloseTo(beta / T, 8);
  });

  test("a continuous model: over a time t a double integrator under noise q has Q = q·[t³/3, t²/2; t²/2, t]", () => {
    const params = {
      A: [
        [0, 1],
        [0, 0],
      ],
      B: [[0], [1]],
      C: [[1, 0]],
      Q: [
        [0, 0],
        [0, 3],
      ],
      R: [[1]],
      time: "continuous",
    };
    const f = firing(
      kalman,
      {
        ...params,
        P0: [
          [0, 0],
          [0, 0],
        ],
        x0: [1, 2],
      },
      scalar,
    );
    f.at(0, { control: Float64Array.of(4) });
    const t = 0.7;
    const { mean, covariance } = estimate(f.at(t, { control: Float64Array.of(-9) }));
    // under the control that was held, not the one that comes now
    expect(mean[0]).toBeCloseTo(1 + 2 * t + 2 * t * t, 12);
    expect(mean[1]).toBeCloseTo(2 + 4 * t, 12);
    [t ** 3, (3 * t * t) / 2, (3 * t * t) / 2, 3 * t].forEach((v, i) => {
      expect(covariance[i]).toBeCloseTo(v, 12);
    });
    expect(estimate(f.at(2 * t)).mean[1]).toBeCloseTo(2 + 4 * t - 9 * t, 12);
  });

  test("one long step is many short ones, and a measurement at the first firing counts", () => {
    const params = {
      A: [
        [-1, 2],
        [-0.5, 0.1],
      ],
      C: [[1, 0]],
      Q: [
        [1, 0.2],
        [0.2, 1],
      ],
      R: [[1]],
      time: "continuous",
    };
    const [one, many] = [1, 50].map((n) => {
      const f = firing(
        kalman,
        {
          ...params,
          P0: [
            [1, 0],
            [0, 2],
          ],
          x0: [1, -1],
        },
        scalar,
      );
      f.at(0, { measurement: 5 });
      let last = {};
      for (let k = 1; k <= n; k++) last = f.at((2 * k) / n);
      return estimate(last);
    });
    many!.mean.forEach((v, i) => {
      expect(one!.mean[i]).toBeCloseTo(v, 10);
    });
    many!.covariance.forEach((v, i) => {
      expect(one!.covariance[i]).toBeCloseTo(v, 10);
    });
    const f = firing(
      kalman,
      {
        ...params,
        P0: [
          [1, 0],
          [0, 2],
        ],
      },
      scalar,
    );
    expect(estimate(f.at(3, { measurement: 4 })).mean[0]).toBeCloseTo(2, 12);
  });

  test("its errors are as large as it says: normalised squared errors have the mean 2 of χ² with 2 degrees", () => {
    const random = rng(11);
    let sum = 0;
    const runs = 2000;
    for (let n = 0; n < runs; n++) {
      const f = firing(
        kalman,
        {
          A: [
            [1, 1],
            [0, 1],
          ],
          C: [[1, 0]],
          Q: [
            [0, 0],
            [0, 0.1],
          ],
          R: [[2]],
          P0: [
            [1, 0],
            [0, 1],
          ],
          time: "discrete",
        },
        scalar,
      );
      let [x, v] = [random.normal(), random.normal()];
      let last = estimate(f.at(0, { measurement: x + Math.SQRT2 * random.normal() }));
      for (let k = 1; k < 8; k++) {
        [x, v] = [x + v, v + Math.sqrt(0.1) * random.normal()];
        last = estimate(f.at(k, { measurement: x + Math.SQRT2 * random.normal() }));
      }
      const [a, b] = [x - last.mean[0]!, v - last.mean[1]!];
      const [p, c, , q] = last.covariance;
      sum += (q! * a * a - 2 * c! * a * b + p! * b * b) / (p! * q! - c! * c!);
    }
    // variance 4 a run: the mean is known to 0.045, three times over 0.135
    expect(Math.abs(sum / runs - 2)).toBeLessThan(0.135);
  });

  test("in a graph it predicts on its clock and corrects only when a measurement is new", async () => {
    const { at } = await run(
      `
world: {log: {component: test/script, params: {items: [[0, value, 1], [300, value, 1]]}}}
streams: {in: {z: {message: Scalar, simulate: log.value}}}
nodes:
  filter:
    component: estimation/kalman
    on: 10hz
    in: {measurement: z}
    params: {A: [[1]], C: [[1]], Q: [[1]], R: [[1]], P0: [[1]], time: discrete}
`,
      { for_ms: 500 },
    );
    const covariances = at("filter.estimate").map(([, , m]) => (m as unknown as Estimate).covariance[0]!);
    // 1 → ½, two predictions, 3.5 → 3.5/4.5, one prediction
    [0.5, 1.5, 2.5, 3.5 / 4.5, 3.5 / 4.5 + 1].forEach((v, i) => {
      expect(covariances[i]).toBeCloseTo(v, 12);
    });
  });

  test.each<[string, Params, string]>([
    ["A that is not square", { A: [[1, 0]] }, "L0416 /params/A"],
    ["B of another height", { B: [[1], [1]] }, "L0416 /params/B"],
    ["C of another width", { C: [[1, 0]] }, "L0416 /params/C"],
    ["Q that is negative", { Q: [[-1]] }, "L0416 /params/Q"],
    ["R that is 0", { R: [[0]] }, "L0416 /params/R"],
    [
      "P0 of another size",
      {
        P0: [
          [1, 0],
          [0, 1],
        ],
      },
      "L0416 /params/P0",
    ],
    ["x0 of another size", { x0: [1, 2] }, "L0416 /params/x0"],
    ["no time", { time: "later" }, "L0403 /params/time"],
  ])("%s is refused", (_, change, expected) => {
    const params = { A: [[1]], C: [[1]], Q: [[1]], R: [[1]], P0: [[1]], time: "discrete", ...change };
    expect(refused(() => kalman.signature(params, {}))).toEqual([expected]);
  });

  test("a measurement that is no number is not swallowed", () => {
    expect(() => walk(1, 1).at(0, { measurement: Number.NaN })).toThrow("no longer finite");
  });
});
