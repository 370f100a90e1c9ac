/** Filters that remember: averages, medians, resampling, limits on the rate, delays. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import complementary from "../../src/component/lib/filter/complementary.js";
import delayLine from "../../src/component/lib/filter/delay-line.js";
import ema from "../../src/component/lib/filter/ema.js";
import hysteresis from "../../src/component/lib/filter/hysteresis.js";
import median from "../../src/component/lib/filter/median.js";
import rateLimiter from "../../src/component/lib/filter/rate-limiter.js";
import resample from "../../src/component/lib/filter/resample.js";
import { firing } from "../support/fire.js";
import { angle, refusals, response, samples, scalar, vector } from "./elementwise.js";

describe("filter/ema", () => {
  test("by α it is the sum of powers", () => {
    expect(response(ema, { alpha: 0.25 }, [0, 1, 0, 0])).toEqual([0, 0.25, 0.1875, 0.140625]);
    expect(response(ema, { alpha: 1 }, [3, 1, 4])).toEqual([3, 1, 4]);
  });

  test("by a time constant its step response is 1 − exp(−t/T), however irregular the firings", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e8 }), { minLength: 1, maxLength: 30 }), (gaps_ns) => {
        const f = firing(ema, { time_constant: 0.2 }, { value: scalar });
        f.at(0, { value: 0 });
        let t = 0;
        for (const gap of gaps_ns) {
          t += gap / 1e9;
          expect(f.at(t, { value: 1 }).value).toBeCloseTo(-Math.expm1(-t / 0.2), 9);
        }
      }),
    );
  });

  test("stays between the least and the greatest that it has seen, and is linear", () => {
    fc.assert(
      fc.property(samples(2), fc.double({ min: -5, max: 5, noNaN: true }), (xs, k) => {
        const ys = response(ema, { alpha: 0.3 }, xs);
        ys.forEach((y, n) => {
          const seen = xs.slice(0, n + 1);
          expect(y).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-12);
          expect(y).toBeLessThanOrEqual(Math.max(...seen) + 1e-12);
        });
        const scaled = response(
          ema,
          { alpha: 0.3 },
          xs.map((x) => k * x),
        );
        ys.forEach((y, n) => {
          expect(scaled[n]).toBeCloseTo(k * y, 9);
        });
      }),
    );
  });

  test("goes from 3.1 rad to −3.1 rad by way of π", () => {
    const [, y] = response(ema, { alpha: 0.5 }, [3.1, -3.1], { type: angle });
    expect(Math.abs(y!)).toBeCloseTo(Math.PI, 12);
    expect(response(ema, { alpha: 0.5 }, [3.1, -3.1])[1]).toBeCloseTo(0, 12);
  });

  test("takes one of its two parameters", () => {
    expect(refusals(ema, {})).toEqual(["L0416 /params"]);
    expect(refusals(ema, { alpha: 0.5, time_constant: 1 })).toEqual(["L0416 /params/alpha"]);
    expect(refusals(ema, { alpha: 1.5 })).toEqual(["L0403 /params/alpha"]);
    expect(refusals(ema, { time_constant: 0 })).toEqual(["L0403 /params/time_constant"]);
  });
});

describe("filter/median", () => {
  test("takes an outlier out, leaves an edge standing, and starts with what there is", () => {
    expect(response(median, { samples: 3 }, [1, 1, 9, 1, 1, 5, 5, 5])).toEqual([1, 1, 1, 1, 1, 1, 5, 5]);
    expect(response(median, { samples: 4 }, [1, 3, 10, 2, 4])).toEqual([1, 2, 3, 2.5, 3.5]);
    expect(response(median, { samples: 1 }, [4, 2])).toEqual([4, 2]);
  });

  test("is the middle of the sorted window, and commutes with every monotone map", () => {
    fc.assert(
      fc.property(samples(1), fc.constantFrom(1, 3, 5, 7), (xs, n) => {
        const ys = response(median, { samples: n }, xs);
        xs.forEach((_, k) => {
          const window = xs.slice(Math.max(0, k + 1 - n), k + 1).sort((a, b) => a - b);
          const middle = (window[(window.length - 1) >> 1]! + window[window.length >> 1]!) / 2;
          // which of two zeros it is has no meaning
          expect(ys[k]! + 0).toBe(middle + 0);
        });
        const cubed = response(
          median,
          { samples: n },
          xs.map((x) => x ** 3),
        );
        ys.slice(n - 1).forEach((y, k) => {
          expect(cubed[k + n - 1]! + 0).toBe(y ** 3 + 0);
        });
      }),
    );
  });

  test("refuses a window of nothing", () => {
    expect(refusals(median, { samples: 0 })).toEqual(["L0403 /params/samples"]);
  });
});

describe("filter/complementary", () => {
  const types = { value: { type: "number", unit: "rad" }, rate: { type: "number", unit: "rad/s" } } as const;
  const filter = (type: object = types.value) =>
    firing(complementary, { time_constant: 0.5 }, { ...types, value: type });

  test("with a rate that is the value's derivative it is the integral, with no lag at all", () => {
    const f = filter();
    for (let k = 0; k <= 100; k++) expect(f.at(k / 100, { value: k / 50, rate: 2 }).value).toBeCloseTo(k / 50, 12);
  });

  test("a bias b of the rate leaves T·b·(1 − exp(−t/T))", () => {
    const f = filter();
    for (const t of [0, 0.1, 0.15, 0.9, 4, 20])
      expect(f.at(t, { value: 1, rate: 0.2 }).value).toBeCloseTo(1 + 0.1 * -Math.expm1(-t / 0.5), 12);
  });

  test("without a rate it is a first-order low-pass of the value: a ramp trails by T, after exp(−t/T)", () => {
    const f = filter();
    for (const t of [0, 0.2, 0.5, 3])
      expect(f.at(t, { value: 2 * t, rate: 0 }).value).toBeCloseTo(2 * (t - 0.5 * -Math.expm1(-t / 0.5)), 12);
  });

  test("an angle turns through ±π", () => {
    const f = filter({ type: "number", unit: "rad", wraps: true });
    for (let k = 0; k <= 200; k++) {
      const value = Math.atan2(Math.sin(k / 20), Math.cos(k / 20));
      expect(Math.cos((f.at(k / 100, { value, rate: 5 }).value as number) - value)).toBeCloseTo(1, 12);
    }
  });

  test("its rate has the unit of a rate, and the shape of the value", () => {
    const { inputs } = complementary.signature({}, { value: vector(3, { unit: "rad" }), rate: undefined });
    expect(inputs.rate!.type).toMatchObject({ tensor: [3], unit: "rad/s" });
    expect(refusals(complementary, { time_constant: -1 }, types)).toEqual(["L0403 /params/time_constant"]);
    expect(refusals(complementary, {}, { value: { type: "string" } })).toEqual(["L0414 "]);
  });
});

describe("filter/resample", () => {
  const ramp = (method: string, type: object = scalar, of = (t: number) => t) => {
    const f = firing(resample, { method }, { value: type });
    // 10 Hz in, 100 Hz out
    return Array.from({ length: 60 }, (_, k) => {
      const stamp = Math.floor(k / 10) / 10;
      return f.at(k / 100, { value: of(stamp) }, { value: stamp }).value as number;
    });
  };

  test("`hold` is a staircase", () => {
    ramp("hold").forEach((y, k) => {
      expect(y).toBe(Math.floor(k / 10) / 10);
    });
  });

  test("`linear` is exact on a line, one interval late", () => {
    ramp("linear").forEach((y, k) => {
      expect(y).toBeCloseTo(Math.max(0, k / 100 - 0.1), 12);
    });
  });

  test("`linear` comes to the last value and stays there when no more come", () => {
    const f = firing(resample, { method: "linear" }, { value: scalar });
    f.at(0, { value: 0 }, { value: 0 });
    const at = (t: number) => f.at(t, { value: 4 }, { value: 1 }).value;
    expect([1, 1.25, 1.5, 2, 2.5, 9].map(at)).toEqual([0, 1, 2, 4, 4, 4]);
  });

  test("`linear` goes the short way round between angles", () => {
    const wrapped = ramp("linear", angle, (t) => Math.atan2(Math.sin(9 * t), Math.cos(9 * t)));
    wrapped.forEach((y, k) => {
      expect(Math.cos(y - 9 * Math.max(0, k / 100 - 0.1))).toBeCloseTo(1, 12);
    });
  });

  test("refuses methods that it has not", () => {
    expect(refusals(resample, { method: "cubic" })).toEqual(["L0403 /params/method"]);
  });
});

describe("filter/rate-limiter", () => {
  test("climbs a step by `rise` and comes down by `fall`", () => {
    const ys = response(rateLimiter, { rise: 2, fall: 4 }, [0, 1, 1, 1, 0, 0], { period: 0.25 });
    expect(ys).toEqual([0, 0.5, 1, 1, 0, 0]);
  });

  test("never exceeds its rates, follows what is slow enough, and changes nothing twice", () => {
    fc.assert(
      fc.property(samples(2), (xs) => {
        const params = { rise: 300, fall: 500 };
        const ys = response(rateLimiter, params, xs);
        for (let k = 1; k < ys.length; k++) {
          expect(ys[k]! - ys[k - 1]!).toBeLessThanOrEqual(3 + 1e-9);
          expect(ys[k]! - ys[k - 1]!).toBeGreaterThanOrEqual(-5 - 1e-9);
        }
        response(rateLimiter, params, ys).forEach((y, k) => {
          expect(y).toBeCloseTo(ys[k]!, 9);
        });
      }),
    );
    expect(response(rateLimiter, { rise: 1000 }, [1, 3, -4])).toEqual([1, 3, -4]);
  });

  test("refuses rates below 0, and lists of another length", () => {
    expect(refusals(rateLimiter, { rise: -1 })).toEqual(["L0403 /params/rise"]);
    expect(refusals(rateLimiter, { rise: [1, 2] }, { value: vector(3) })).toEqual(["L0414 /params/rise"]);
    expect(refusals(rateLimiter, { rise: [1, 2, 3] }, { value: vector(3) })).toEqual([]);
  });
});

describe("filter/delay-line", () => {
  test("n samples are a shift by n, filled from the left", () => {
    fc.assert(
      fc.property(samples(), fc.integer({ min: 0, max: 12 }), (xs, n) => {
        expect(response(delayLine, { samples: n, initial: 5 }, xs)).toEqual(xs.map((_, k) => (k < n ? 5 : xs[k - n]!)));
      }),
    );
  });

  test("two in a row are one of their sum", () => {
    const xs = [1, 2, 3, 4, 5, 6];
    const twice = response(delayLine, { samples: 2 }, response(delayLine, { samples: 1 }, xs));
    expect(twice).toEqual(response(delayLine, { samples: 3 }, xs));
  });

  test("its past is part of its snapshot", () => {
    const one = firing(delayLine, { samples: 2 }, { value: scalar });
    const two = firing(delayLine, { samples: 2 }, { value: scalar });
    for (const [k, value] of [7, 8, 9].entries()) one.at(k, { value });
    two.instance.restore!(one.instance.snapshot!());
    expect(two.at(3, { value: 1 })).toEqual(one.at(3, { value: 1 }));
  });

  test("refuses a bound past its own", () => {
    expect(refusals(delayLine, { samples: 10_001 })).toEqual(["L0403 /params/samples"]);
  });
});

describe("filter/hysteresis", () => {
  test("switches on at the upper threshold and off at the lower, and keeps in between", () => {
    const params = { lower: 1, upper: 2 };
    expect(response(hysteresis, params, [1.5, 2, 1.5, 1.1, 1, 1.5, 1.9, 3])).toEqual([0, 1, 1, 1, 0, 0, 0, 1]);
    expect(response(hysteresis, { ...params, off: -5, on: 5 }, [0, 3])).toEqual([-5, 5]);
  });

  test("each element for itself, and an output without the unit of the input", () => {
    const type = vector(2, { unit: "V" });
    const f = firing(hysteresis, { lower: [1, 10], upper: [2, 20] }, { value: type });
    expect(f.at(0, { value: Float64Array.of(5, 5) }).value).toEqual(Float64Array.of(1, 0));
    expect(f.at(1, { value: Float64Array.of(1.5, 25) }).value).toEqual(Float64Array.of(1, 1));
    expect(f.at(2, { value: Float64Array.of(0, 15) }).value).toEqual(Float64Array.of(0, 1));
    expect(hysteresis.signature({ lower: 1, upper: 2 }, { value: type }).outputs.value!.type.unit).toBeUndefined();
  });

  test("refuses thresholds in the wrong order", () => {
    expect(refusals(hysteresis, { lower: 2, upper: 1 })).toEqual(["L0416 /params/lower"]);
  });
});
