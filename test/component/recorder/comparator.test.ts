/** What agrees, and what lies in the middle: numbers, angles, quaternions, choices, and messages of all of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closeAngles, medianAngle } from "../../../src/component/recorder/comparator/angle.js";
import { compileComparator, hasPart } from "../../../src/component/recorder/comparator/comparator.js";
import { compileMedian } from "../../../src/component/recorder/comparator/median.js";
import { closeNumbers, medianNumber } from "../../../src/component/recorder/comparator/number.js";
import { closeQuaternions, medianQuaternion } from "../../../src/component/recorder/comparator/quaternion.js";
import { readTolerance, stepsOf, type WrittenTolerance } from "../../../src/component/recorder/comparator/tolerance.js";
import { messageSchema } from "../../../src/message/normalise.js";
import type { Json, Message, MessageSchema } from "../../../src/message/type.js";
import { arbitraryMessage, arbitraryMessageType } from "../../../src/testing/messages.js";

const type = (raw: Json): MessageSchema => messageSchema(raw, () => undefined);
const agreement = (raw: Json, tolerance: WrittenTolerance = 0) => {
  const schema = type(raw);
  return compileComparator([schema, schema], readTolerance(tolerance));
};

const typed = arbitraryMessageType().chain((schema) =>
  fc.record({
    schema: fc.constant(schema),
    a: arbitraryMessage(schema, { nonFinite: true }),
    b: arbitraryMessage(schema, { nonFinite: true }),
    c: arbitraryMessage(schema, { nonFinite: true }),
  }),
);
const bounds = fc.record({
  absolute: fc.double({ min: 0, max: 1e300, noNaN: true }),
  relative: fc.double({ min: 0, max: 10, noNaN: true }),
});

describe("numbers", () => {
  const any = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0),
    fc.integer({ min: -3, max: 3 }),
  );

  test("agree by the formula of PEP 485; NaN and infinities with themselves alone", () => {
    fc.assert(
      fc.property(any, any, bounds, (a, b, { absolute, relative }) => {
        const expected =
          Number.isFinite(a) && Number.isFinite(b)
            ? a === b ||
              Math.abs(a - b) <= absolute ||
              (Number.isFinite(a - b) && Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b)))
            : Object.is(a, b);
        expect(closeNumbers({ absolute, relative })(a, b)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("a relative tolerance makes no infinity agree with a number", () => {
    const close = closeNumbers({ absolute: 1e300, relative: 10 });
    expect([close(Infinity, 1), close(1, -Infinity), close(Infinity, -Infinity)]).toEqual([false, false, false]);
  });

  test.each<[number[], number]>([
    [[5], 5],
    [[2, 1], 1.5],
    [[3, 1, 2], 2],
    [[1, 100, 2, 3], 2.5],
    [[Number.NaN, 1, 2], 1.5],
    [[Infinity, 1, 2], 2],
    [[Infinity, Infinity], Infinity],
    [[1e308, 1.5e308], 1.25e308],
    [[Number.NaN], Number.NaN],
    [[Number.NaN, Number.NaN, 1], Number.NaN],
  ])("the median of %j is %d", (values, median) => {
    expect(medianNumber(values)).toBe(median);
  });
});

describe("angles", () => {
  const angle = fc.double({ min: -3, max: 3, noNaN: true });

  test("agree the short way round, whatever the turns between them", () => {
    fc.assert(
      fc.property(
        angle,
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.integer({ min: -5, max: 5 }),
        (a, off, turns) => {
          const close = closeAngles({ absolute: Math.abs(off) + 1e-9, relative: 0 });
          const far = closeAngles({ absolute: Math.max(0, Math.abs(off) - 1e-9), relative: 100 });
          const b = a + off + 2 * Math.PI * turns;
          expect(close(a, b)).toBe(true);
          if (Math.abs(off) > 1e-6) expect(far(a, b)).toBe(false);
        },
      ),
    );
  });

  test("NaN agrees with NaN alone", () => {
    const close = closeAngles({ absolute: 4, relative: 0 });
    expect([close(Number.NaN, Number.NaN), close(Number.NaN, 0), close(0, Infinity)]).toEqual([true, false, false]);
  });

  test("their median is that of the line where they lie on a half circle, wherever that is", () => {
    const near = fc.array(fc.double({ min: -1.5, max: 1.5, noNaN: true }), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(near, angle, (offsets, centre) => {
        const angles = offsets.map((off) => Math.atan2(Math.sin(centre + off), Math.cos(centre + off)));
        const apart = medianAngle(angles) - (centre + medianNumber(offsets));
        expect(Math.abs(Math.atan2(Math.sin(apart), Math.cos(apart)))).toBeLessThan(1e-12);
      }),
    );
  });

  test("one value is its own median, to the bit", () => {
    fc.assert(
      fc.property(fc.double({ min: -100, max: 100, noNaN: true }), fc.integer({ min: 1, max: 6 }), (value, n) => {
        expect(Math.abs(medianAngle(new Array<number>(n).fill(value)) - value)).toBe(0);
      }),
    );
  });
});

describe("quaternions", () => {
  const axis = fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }));
  const turned = ([y, z]: readonly [number, number], angle: number): number[] => {
    const [s, length] = [Math.sin(angle / 2), Math.hypot(1, y, z)];
    return [Math.cos(angle / 2), s / length, (s * y) / length, (s * z) / length];
  };

  test("agree up to the sign within the angle of the rotation between them", () => {
    fc.assert(
      fc.property(
        axis,
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.boolean(),
        (about, from, by, flip) => {
          const a = turned(about, from);
          const b = turned(about, from + by).map((x) => (flip ? -x : x));
          expect(closeQuaternions({ absolute: by + 1e-9, relative: 0 })(a, b, 0)).toBe(true);
          if (by > 1e-6) expect(closeQuaternions({ absolute: by - 1e-7, relative: 1 })(a, b, 0)).toBe(false);
        },
      ),
    );
  });

  test("q and -q agree without any tolerance; what is no rotation agrees with itself", () => {
    const close = closeQuaternions({ absolute: 0, relative: 0 });
    expect(close([0.5, -0.5, 0.5, 0.5], [-0.5, 0.5, -0.5, -0.5], 0)).toBe(true);
    expect(close([0, 0, 0, 0], [0, 0, 0, 0], 0)).toBe(true);
    expect(close([Number.NaN, 0, 0, 1], [Number.NaN, 0, 0, 1], 0)).toBe(true);
    expect(closeQuaternions({ absolute: 9, relative: 9 })([Number.NaN, 0, 0, 1], [0, 0, 0, 1], 0)).toBe(false);
  });

  test("what is no rotation is its own median where most say it", () => {
    const none = [Number.NaN, 0, 0, 1];
    expect(medianQuaternion([none, none, [1, 0, 0, 0]], 0)).toEqual(none);
  });

  test("their median does not mind signs, nor one that errs", () => {
    fc.assert(
      fc.property(axis, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (about, flips) => {
        const q = turned(about, 1);
        const others = [q, q, q, turned([0, 0], 3)].map((one, i) => one.map((x) => (flips[i] ? -x : x)));
        expect(closeQuaternions({ absolute: 1e-9, relative: 0 })(medianQuaternion(others, 0), q, 0)).toBe(true);
      }),
    );
  });
});

describe("messages", () => {
  test("agree with themselves without any tolerance, and either way round", () => {
    fc.assert(
      fc.property(typed, bounds, ({ schema, a, b }, tolerance) => {
        const exact = compileComparator([schema, schema], readTolerance());
        const agrees = compileComparator([schema, schema], readTolerance(tolerance));
        expect(exact(a, structuredClone(a))).toBe(true);
        expect(agrees(a, b)).toBe(agrees(b, a));
        if (exact(a, b)) expect(agrees(a, b)).toBe(true);
      }),
    );
  });

  test("a value that many say is their median, to the bit", () => {
    fc.assert(
      fc.property(typed, fc.integer({ min: 1, max: 5 }), ({ schema, a }, n) => {
        const types = new Array<MessageSchema>(n).fill(schema);
        const median = compileMedian(types)(types.map(() => a));
        expect(compileComparator(types, readTolerance())(median, a)).toBe(true);
      }),
    );
  });

  test("one of three that errs does not move what two others say", () => {
    fc.assert(
      fc.property(typed, fc.integer({ min: 0, max: 2 }), ({ schema, a, b }, place) => {
        const values = [a, a, a].with(place, b);
        const agrees = compileComparator([schema], readTolerance());
        expect(agrees(compileMedian([schema, schema, schema])(values), a)).toBe(true);
      }),
    );
  });

  test("the median is the same whatever the order", () => {
    const scalar = fc.constant(type({ x: "number", q: { type: "number", wraps: true }, v: { tensor: [3] } }));
    const three = scalar.chain((schema) =>
      fc.tuple(fc.constant(schema), fc.array(arbitraryMessage(schema), { minLength: 1, maxLength: 6 })),
    );
    fc.assert(
      fc.property(three, ([schema, values]) => {
        const median = compileMedian([schema]);
        const same = compileComparator([schema], readTolerance());
        expect(same(median(values.toReversed()), median(values))).toBe(true);
      }),
    );
  });

  const pose = { p: { tensor: [2] }, q: { tensor: [4], quaternion: true }, heading: { type: "number", wraps: true } };
  const at = (p: number[], heading = 0, q = [1, 0, 0, 0]) => ({ p, q, heading });

  test("are compared part by part, each by its kind", () => {
    const agrees = agreement(pose, 0.01);
    expect(agrees(at([1, 2], Math.PI), at([1.005, 2], -Math.PI + 0.005, [-1, 0, 0, 0]))).toBe(true);
    expect(agrees(at([1, 2]), at([1, 2.02]))).toBe(false);
    expect(agrees(at([1, 2]), at([1, 2], 0.02))).toBe(false);
    expect(agrees(at([1, 2]), at([1, 2], 0, [0, 1, 0, 0]))).toBe(false);
  });

  test("a part may have a tolerance of its own, an element too; the one that says it closest counts", () => {
    const agrees = agreement(pose, { absolute: 0.01, fields: { p: 1, "p[1]": { relative: 0.5 }, q: 3.2 } });
    expect(agrees(at([1, 2]), at([2, 4], 0.01, [0, 1, 0, 0]))).toBe(true);
    expect(agrees(at([1, 2]), at([2.01, 2]))).toBe(false);
    expect(agrees(at([1, 2]), at([1, 4.1]))).toBe(false);
    expect(agrees(at([1, 2]), at([1, 2], 0.02))).toBe(false);
  });

  test("rows of a tensor, items of a list, an element of a message that is a tensor", () => {
    const rows = agreement({ tensor: [2, 2] }, { fields: { "[1]": 1, "[1][0]": 5 } });
    expect(rows([0, 0, 0, 0] as unknown as Message, [0, 0, 5, 1] as unknown as Message)).toBe(true);
    expect(rows([0, 0, 0, 0] as unknown as Message, [0, 0, 0, 2] as unknown as Message)).toBe(false);
    expect(rows([0, 0, 0, 0] as unknown as Message, [0, 1, 0, 0] as unknown as Message)).toBe(false);
    const list = agreement({ type: "array", items: { x: "number" } }, { fields: { "[1].x": 2 } });
    expect(list([{ x: 0 }, { x: 0 }], [{ x: 0 }, { x: 2 }])).toBe(true);
    expect(list([{ x: 0 }, { x: 0 }], [{ x: 2 }, { x: 0 }])).toBe(false);
  });

  test("no tolerance makes other choices, texts, lengths or absent fields agree", () => {
    const optional = { type: "object", properties: { x: "number", s: "string" }, required: ["s"] };
    const agrees = agreement(optional, 1e9);
    expect(agrees({ s: "a" }, { s: "a" })).toBe(true);
    expect(agrees({ s: "a" }, { s: "a", x: 1 })).toBe(false);
    expect(agrees({ s: "a", x: 1 }, { s: "b", x: 1 })).toBe(false);
    expect(agreement({ enum: [1, 2] }, 1e9)(1, 2)).toBe(false);
    expect(agreement("boolean", 1e9)(true, false)).toBe(false);
    expect(agreement({ type: "array", items: "number" }, 1e9)([1], [1, 1])).toBe(false);
  });

  test("a number is an angle where one of the two types says so", () => {
    const types = [type("number"), type({ type: "number", wraps: true })];
    expect(compileComparator(types, readTolerance(0.1))(3.1, -3.1)).toBe(true);
    expect(compileComparator(types.slice(0, 1), readTolerance(0.1))(3.1, -3.1)).toBe(false);
  });
});

test.each<[string, string[]]>([
  ["velocity", ["velocity"]],
  ["pose.position[0]", ["pose", "position", "0"]],
  ["[0][1].x", ["0", "1", "x"]],
  ["pose..x", ["pose..x"]],
  ["", [""]],
])("%j leads to %j", (written, steps) => {
  expect(stepsOf(written)).toEqual(steps);
});

test.each<[Json, string, boolean]>([
  [{ x: { tensor: [2, 3] } }, "x[1][2]", true],
  [{ x: { tensor: [2, 3] } }, "x[1]", true],
  [{ x: { tensor: [2, 3] } }, "x[2]", false],
  [{ x: { tensor: [2, 3] } }, "x[0][0][0]", false],
  [{ x: { tensor: [2, 3] } }, "x[00]", false],
  [{ x: "number" }, "x.y", false],
  [{ x: "number" }, "toString", false],
  [{ x: { tensor: [3, 4], quaternion: true } }, "x[2]", true],
  [{ x: { tensor: [3, 4], quaternion: true } }, "x[2][0]", false],
  [{ x: { type: "array", items: "number", maxItems: 2 } }, "x[1]", true],
  [{ x: { type: "array", items: "number", maxItems: 2 } }, "x[2]", false],
])("of %j a tolerance for %s: %s", (raw, field, is) => {
  expect(hasPart(type(raw), stepsOf(field))).toBe(is);
});
