/** Memoryless filters, and what all elementwise components share. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import deadBand from "../../src/component/lib/filter/dead-band.js";
import saturation from "../../src/component/lib/filter/saturation.js";
import { library } from "../../src/component/library.js";
import { fromJson } from "../../src/message/convert.js";
import type { Json } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { type Params, refusals, response, samples, scalar, vector } from "./elementwise.js";

describe("filter/saturation", () => {
  test("is the value within its bounds, once as well as twice", () => {
    const params = { lower: -1, upper: 2 };
    expect(response(saturation, params, [-3, -1, 0.5, 2, 9])).toEqual([-1, -1, 0.5, 2, 2]);
    expect(response(saturation, { upper: 2 }, [-300, 3])).toEqual([-300, 2]);
    expect(response(saturation, { lower: 2 }, [-300, 3])).toEqual([2, 3]);
    fc.assert(
      fc.property(samples(), (xs) => {
        const once = response(saturation, params, xs);
        expect(response(saturation, params, once)).toEqual(once);
      }),
    );
  });

  test("bounds an element each, or all alike", () => {
    const f = firing(saturation, { lower: [-1, -2], upper: 3 }, { value: vector(2) });
    expect(f.at(0, { value: Float64Array.of(-9, -9) }).value).toEqual(Float64Array.of(-1, -2));
    expect(f.at(1, { value: Float64Array.of(9, 1) }).value).toEqual(Float64Array.of(3, 1));
  });

  test("refuses bounds that are none", () => {
    expect(refusals(saturation, {})).toEqual(["L0416 /params"]);
    expect(refusals(saturation, { lower: 1, upper: 0 })).toEqual(["L0416 /params/lower"]);
    expect(refusals(saturation, { lower: [0, 3], upper: [1, 2] }, { value: vector(2) })).toEqual([
      "L0416 /params/lower",
    ]);
    expect(refusals(saturation, { lower: [0, 3] }, { value: vector(3) })).toEqual(["L0414 /params/lower"]);
    expect(refusals(saturation, { lower: "1" })).toEqual(["L0403 /params/lower"]);
  });
});

describe("filter/dead-band", () => {
  test("is what is beyond the band", () => {
    expect(response(deadBand, { lower: -1, upper: 2 }, [-3, -1, 0, 2, 5])).toEqual([-2, 0, 0, 0, 3]);
  });

  test("with saturation to the band it adds up to the value", () => {
    const params = { lower: -7, upper: 20 };
    fc.assert(
      fc.property(samples(), (xs) => {
        const beyond = response(deadBand, params, xs);
        response(saturation, params, xs).forEach((within, k) => {
          expect(within + beyond[k]!).toBeCloseTo(xs[k]!, 12);
        });
      }),
    );
  });

  test("refuses a band that is upside down, or half of one", () => {
    expect(refusals(deadBand, { lower: 1, upper: 0 })).toEqual(["L0416 /params/lower"]);
    expect(refusals(deadBand, { lower: 1 })).toEqual(["L0402 /params"]);
  });
});

/** Every component with the one input and output `value` that takes any numeric value. */
const elementwise: { readonly [name: string]: Params } = {
  "filter/ema": { alpha: 0.5 },
  "filter/butterworth-low-pass": { cutoff: 5, rate: 100 },
  "filter/butterworth-high-pass": { cutoff: 5, rate: 100 },
  "filter/median": {},
  "filter/resample": { method: "linear" },
  "filter/rate-limiter": { rise: 10 },
  "filter/saturation": { lower: -1, upper: 1 },
  "filter/dead-band": { lower: -1, upper: 1 },
  "filter/hysteresis": { lower: -1, upper: 1 },
  "filter/delay-line": { samples: 2 },
};

describe.each(Object.entries(elementwise))("%s", (name, params) => {
  const component = library[name]!;
  const inputs = fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 4 }), {
    minLength: 1,
    maxLength: 8,
  });
  const run = (type: object, values: readonly Json[]) => {
    const f = firing(component, params, { value: type });
    return values.map((value, k) => f.at(k / 100, { value: fromJson(type, value) }).value);
  };

  test("does to each element of a tensor, in either float, what it does to a number", () => {
    fc.assert(
      fc.property(inputs, (xs) => {
        const numbers = [0, 1, 2, 3].map((i) =>
          run(
            scalar,
            xs.map((x) => x[i]!),
          ),
        );
        const expected = xs.map((_, k) => numbers.map((ys) => ys[k] as number));
        expect(run({ tensor: [2, 2], dtype: "float64" }, xs)).toEqual(expected.map((y) => Float64Array.from(y)));
        expect(run({ tensor: [4], dtype: "float32" }, xs)).toEqual(expected.map((y) => Float32Array.from(y)));
      }),
      { numRuns: 10 },
    );
  });

  test("keeps shape and dtype of its input, and does not promise its range", () => {
    const of = (type: object) => component.signature(params, { value: type }).outputs.value!.type;
    expect(of({ tensor: [2, 3], dtype: "float32" })).toEqual({ tensor: [2, 3], dtype: "float32" });
    expect(of({ type: "number", minimum: 0, maximum: 1, title: "Share" })).toEqual({ type: "number" });
  });

  test("leaves its inputs alone, and goes on from a snapshot as it would have", () => {
    const [one, two] = [
      firing(component, params, { value: vector(2) }),
      firing(component, params, { value: vector(2) }),
    ];
    const values = [Float64Array.of(3, -4), Float64Array.of(9, 0), Float64Array.of(-1, 5)];
    const copies = structuredClone(values);
    one.at(0, { value: values[0] });
    one.at(0.01, { value: values[1] });
    const taken = one.instance.snapshot!();
    const expected = one.at(0.02, { value: values[2] });
    two.at(0, { value: values[1] });
    two.at(0.01, { value: values[1] });
    two.instance.restore!(taken);
    expect(two.at(0.02, { value: values[2] })).toEqual(expected);
    expect(values).toEqual(copies);
  });

  test.each([
    [{ tensor: [2], dtype: "int16" }],
    [{ type: "integer" }],
    [{ type: "string" }],
    [{ type: "boolean" }],
    [{ type: "number", enum: [1, 2] }],
    [{ type: "object", properties: {}, required: [] }],
  ])("refuses %o", (type) => {
    expect(refusals(component, params, { value: type as object })).toEqual(["L0414 "]);
  });
});
