/** `logic/`: truth tables, and sequences worked out by hand. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InputTypes } from "../../src/component/component.js";
import counter from "../../src/component/lib/logic/counter.js";
import latch from "../../src/component/lib/logic/latch.js";
import select from "../../src/component/lib/logic/select.js";
import switchBetween from "../../src/component/lib/logic/switch.js";
import threshold from "../../src/component/lib/logic/threshold.js";
import { firing } from "../support/fire.js";
import { type Params, refusals, samples, scalar, vector } from "./elementwise.js";

const flags = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 30 });

describe("logic/switch", () => {
  const pose = { type: "object", properties: { x: scalar }, required: ["x"] } as const;

  test("lets one through, of whatever type", () => {
    const f = firing(switchBetween, {}, { if_true: pose, if_false: pose });
    const inputs = { if_true: { x: 1 }, if_false: { x: 2 } };
    expect(f.at(0, { condition: true, ...inputs }).value).toBe(inputs.if_true);
    expect(f.at(1, { condition: false, ...inputs }).value).toBe(inputs.if_false);
  });

  test("both have the type of the one that is known", () => {
    for (const types of [{ if_true: pose }, { if_false: pose }] as readonly InputTypes[]) {
      const { inputs, outputs } = switchBetween.signature({}, types);
      for (const { type } of [inputs.if_true!, inputs.if_false!, outputs.value!]) expect(type).toMatchObject(pose);
    }
    expect(switchBetween.signature({}, {}).outputs).toEqual({});
  });
});

describe("logic/select", () => {
  const choices = ["cruise", "brake", "park"];

  test("lets through the one that is named", () => {
    const f = firing(select, { choices }, { cruise: scalar });
    const values = { cruise: 1, brake: 2, park: 3 };
    expect(choices.map((which, k) => f.at(k, { which, ...values }).value)).toEqual([1, 2, 3]);
    expect(() => f.at(9, { which: "fly", ...values })).toThrow(/`fly` is none of cruise, brake, park/);
    expect(() => f.at(9, { which: "which", ...values })).toThrow(/none of/);
  });

  test("takes an enumeration as well as any text, and the type of its first choice that is known", () => {
    const which = { type: "string", enum: choices } as const;
    const { inputs, outputs } = select.signature({ choices }, { which, brake: vector(3) });
    expect(inputs.which!.type).toEqual(which);
    expect([inputs.park!.type, outputs.value!.type]).toEqual([vector(3), vector(3)]);
    expect(select.signature({ choices }, {}).inputs.which!.type).toEqual({ type: "string" });
  });

  test("refuses choices that cannot be told apart", () => {
    expect(refusals(select, { choices: ["a", "a"] })).toEqual(["L0416 /params/choices"]);
    expect(refusals(select, { choices: ["which"] })).toEqual(["L0416 /params/choices"]);
    expect(refusals(select, { choices: [] })).toEqual(["L0403 /params/choices"]);
    expect(refusals(select, { choices: ["a.b"] })).toEqual(["L0403 /params/choices/0"]);
  });
});

describe("logic/latch", () => {
  const run = (params: Params, steps: readonly (readonly [boolean, boolean | undefined])[]) => {
    const f = firing(latch, params);
    return steps.map(([set, reset], k) => f.at(k, { set, reset }).value);
  };

  test("its truth table", () => {
    const steps = [
      [false, false],
      [true, false],
      [false, false],
      [false, true],
      [false, false],
      [true, true],
    ] as const;
    expect(run({}, steps)).toEqual([false, true, true, false, false, false]);
    expect(run({ priority: "set" }, steps).at(-1)).toBe(true);
    expect(run({ initial: true }, steps)[0]).toBe(true);
    expect(
      run({}, [
        [true, undefined],
        [false, undefined],
      ]),
    ).toEqual([true, true]);
  });

  test("it is what the last of set and reset was", () => {
    fc.assert(
      fc.property(flags, (steps) => {
        let last = false;
        const expected = steps.map(([set, reset]) => (last = reset ? false : set ? true : last));
        expect(run({}, steps)).toEqual(expected);
      }),
    );
    expect(refusals(latch, { priority: "both" })).toEqual(["L0403 /params/priority"]);
  });
});

describe("logic/counter", () => {
  const run = (params: Params, steps: readonly (readonly [boolean, boolean | undefined])[]) => {
    const f = firing(counter, params);
    return steps.map(([value, reset], k) => f.at(k, { value, reset }).count);
  };
  const [on, off] = [
    [true, undefined],
    [false, undefined],
  ] as const;

  test("counts rises and not firings, stays at its maximum, or wraps", () => {
    expect(run({}, [on, on, off, on, off, off, on])).toEqual([1, 1, 1, 2, 2, 2, 3]);
    expect(run({ maximum: 2 }, [on, off, on, off, on])).toEqual([1, 1, 2, 2, 2]);
    expect(run({ maximum: 2, wraps: true }, [on, off, on, off, on, off, on])).toEqual([1, 1, 2, 2, 0, 0, 1]);
  });

  test("a reset holds it at 0, and a value that stays true through it is not a rise", () => {
    expect(run({}, [on, off, on, [true, true], on, off, on])).toEqual([1, 1, 2, 0, 0, 0, 1]);
  });

  test("counts the rises since the last reset", () => {
    fc.assert(
      fc.property(flags, (steps) => {
        const counts = run({}, steps);
        steps.forEach(([, reset], k) => {
          const since = steps.slice(0, k + 1).findLastIndex(([, r]) => r);
          const rises = steps.filter(([v], i) => i > since && i <= k && v && !(i > 0 && steps[i - 1]![0])).length;
          expect(counts[k]).toBe(reset ? 0 : rises);
        });
      }),
    );
    expect(refusals(counter, { maximum: 0 })).toEqual(["L0403 /params/maximum"]);
  });
});

describe("logic/threshold", () => {
  const run = (params: Params, xs: readonly number[]) => {
    const f = firing(threshold, params, { value: scalar });
    return xs.map((value, k) => f.at(k, { value }).value);
  };

  test("is true beyond the level, above or below", () => {
    expect(run({ level: 1 }, [0, 1, 1.1, 1])).toEqual([false, false, true, false]);
    expect(run({ level: 1, beyond: "below" }, [0, 1, 1.1, 0.9])).toEqual([true, false, false, true]);
  });

  test("with hysteresis it lets go only when the value is back by more than that", () => {
    expect(run({ level: 1, hysteresis: 0.5 }, [0.6, 1.1, 0.6, 0.5, 0.4, 0.6])).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(run({ level: 1, hysteresis: 0.5, beyond: "below" }, [0, 1.5, 1.6, 1.2])).toEqual([true, true, false, false]);
  });

  test("without hysteresis it does not remember; below is above of the negative", () => {
    fc.assert(
      fc.property(samples(), fc.constantFrom(0, 5), (xs, hysteresis) => {
        expect(run({ level: 3 }, xs)).toEqual(xs.map((x) => x > 3));
        expect(run({ level: 3, hysteresis, beyond: "below" }, xs)).toEqual(
          run(
            { level: -3, hysteresis },
            xs.map((x) => -x),
          ),
        );
      }),
    );
  });

  test("of a tensor it is a tensor of bool, an element each", () => {
    const type = vector(2, { unit: "m" });
    expect(threshold.signature({ level: 0 }, { value: type }).outputs.value!.type).toEqual({
      tensor: [2],
      dtype: "bool",
    });
    const f = firing(threshold, { level: [0, 10] }, { value: type });
    expect(f.at(0, { value: Float64Array.of(5, 5) }).value).toEqual(Uint8Array.of(1, 0));
    expect(refusals(threshold, { level: [0, 1] }, { value: vector(3) })).toEqual(["L0414 /params/level"]);
    expect(refusals(threshold, { level: 0, hysteresis: -1 })).toEqual(["L0403 /params/hysteresis"]);
    expect(refusals(threshold, { level: 0 }, { value: { type: "string" } })).toEqual(["L0414 "]);
  });
});
