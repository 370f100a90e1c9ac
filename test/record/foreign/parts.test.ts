/** Paths, times, orders and conversions, by themselves. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MessageSchema } from "../../../src/message/type.js";
import { conversion } from "../../../src/message/unit.js";
import type { Problem } from "../../../src/problem/problem.js";
import { compileConvert, type Tally } from "../../../src/record/foreign/convert.js";
import { expandRange, findField, isField } from "../../../src/record/foreign/field.js";
import { infer } from "../../../src/record/foreign/infer.js";
import { createOrder, type Disorder, type OrderPolicy } from "../../../src/record/foreign/order.js";
import { project } from "../../../src/record/foreign/projection.js";
import { type TimeUnit, timeOf } from "../../../src/record/foreign/time.js";
import { type ForeignType, numberOf, objectOf, withUnit } from "../../../src/record/foreign/type.js";

describe("a field's path", () => {
  const type = objectOf([
    ["a.b", numberOf("float64")],
    ["a", objectOf([["b c", { kind: "list", items: numberOf("int32"), length: 2 }]])],
    ["stamp", { kind: "time" }],
    ["any", { kind: "unknown" }],
  ]);

  test.each([
    ["a.b", { "a.b": 1 }, 1],
    ["a.b c[1]", { a: { "b c": [4, 5] } }, 5],
    ["stamp.sec", { stamp: { sec: 3 } }, 3],
    ["any.x[0].y", { any: { x: [{ y: 2 }] } }, 2],
    ["any.x[0].y", { any: { x: [] } }, undefined],
    ["any.toString", { any: {} }, undefined],
  ])("%s is found", (path, value, expected) => {
    const found = findField(type, path);
    expect(isField(found) && found.read(value)).toBe(expected);
  });

  test.each([
    ["a.bc", "bc", "a.b c"],
    ["a.b c[2]", "[2]", undefined],
    ["stmap", "stmap", "stamp"],
    ["stamp.second", "second", undefined],
    ["", undefined, undefined],
  ])("%s leads nowhere", (path, step, nearest) => {
    const found = findField(type, path);
    if (step === undefined) expect(isField(found)).toBe(true);
    else expect(found).toMatchObject({ step, ...(nearest === undefined ? {} : { nearest }) });
  });

  test("ranges are written out, and those that are none stay", () => {
    expect(expandRange("q9..q11")).toEqual(["q9", "q10", "q11"]);
    expect(expandRange("a.q[0..2]")).toEqual(["a.q[0]", "a.q[1]", "a.q[2]"]);
    for (const none of ["q3..q1", "q1..r3", "q[0..99999]", "q"]) expect(expandRange(none)).toBeUndefined();
  });
});

describe("a time", () => {
  test("of decimal text is exact to the nanosecond, whatever the unit", () => {
    const units: readonly (readonly [TimeUnit, number])[] = [
      ["s", 9],
      ["ms", 6],
      ["us", 3],
      ["ns", 0],
    ];
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), fc.constantFrom(...units), (ns, [unit, digits]) => {
        const text = String(ns < 0n ? -ns : ns).padStart(digits + 1, "0");
        const whole = text.slice(0, text.length - digits);
        const written = `${ns < 0n ? "-" : ""}${whole}${digits > 0 ? `.${text.slice(text.length - digits)}` : ""}`;
        return timeOf(written, unit) === ns;
      }),
    );
  });

  test.each([
    [1.25, "s", 1_250_000_000n],
    [-0.5, "s", -500_000_000n],
    [2n ** 60n, "ns", 2n ** 60n],
    ["1e3", "ms", 1_000_000_000n],
    ["0.0000000005", "s", 1n],
    [{ sec: 1, nsec: 2 }, "ns", 1_000_000_002n],
    [{ seconds: -1n, nanos: 5 }, "s", -999_999_995n],
    ["2026-01-02T03:04:05.000000001+01:00", "s", 1_767_319_445_000_000_001n],
    ["soon", "s", undefined],
    ["", "s", undefined],
    [Number.NaN, "s", undefined],
    [2n ** 63n, "ns", undefined],
    [{ sec: 1 }, "s", undefined],
    [null, "s", undefined],
  ] as const)("%o in %s", (value, unit, ns) => {
    expect(timeOf(value, unit)).toBe(ns);
  });
});

describe("an order", () => {
  type Item = { readonly tag_ns: bigint; readonly stamp_ns: bigint; readonly n: number };
  const run = (policy: OrderPolicy, stamps: readonly number[], tags = stamps) => {
    const left: number[] = [];
    const refuse = (disorder: Disorder<Item>): never => {
      throw disorder;
    };
    const order = createOrder<Item>(
      policy,
      refuse,
      ({ n }) => left.push(n),
      () => 1,
    );
    const out = stamps.flatMap((stamp, n) => order.push({ tag_ns: BigInt(tags[n]!), stamp_ns: BigInt(stamp), n }));
    return { out: [...out, ...order.end()], left };
  };
  const stamps = fc.array(fc.nat(50), { maxLength: 40 });

  test("`sort` with a window wide enough is a stable sort by stamp, and tags never go back", () => {
    fc.assert(
      fc.property(stamps, stamps, (list, other) => {
        const tags = list.map((stamp, i) => stamp + (other[i] ?? 0));
        const { out } = run({ sort_ns: 1000 }, list, tags);
        const sorted = list.map((stamp, n) => ({ stamp, n })).sort((a, b) => a.stamp - b.stamp || a.n - b.n);
        expect(out.map(({ n }) => n)).toEqual(sorted.map(({ n }) => n));
        for (const [i, { tag_ns, n }] of out.entries()) {
          expect(tag_ns >= BigInt(tags[n]!)).toBe(true);
          if (i > 0) expect(tag_ns >= out[i - 1]!.tag_ns).toBe(true);
        }
      }),
    );
  });

  test("`sort` gives all that came, in order, or refuses one that is later than its window", () => {
    fc.assert(
      fc.property(stamps, fc.nat(20), (list, window) => {
        try {
          const { out } = run({ sort_ns: window }, list);
          expect(out.map(({ stamp_ns }) => Number(stamp_ns))).toEqual([...list].sort((a, b) => a - b));
        } catch (error) {
          expect(error).toMatchObject({ kind: "late" });
          expect(Number((error as { by_ns: bigint }).by_ns)).toBeGreaterThan(window);
        }
      }),
    );
  });

  test("`drop` keeps those that are not older than the one kept before, and counts the others", () => {
    fc.assert(
      fc.property(stamps, (list) => {
        const { out, left } = run("drop", list);
        const kept: number[] = [];
        for (const [n, stamp] of list.entries()) if (stamp >= (list[kept.at(-1)!] ?? 0)) kept.push(n);
        expect(out.map(({ n }) => n)).toEqual(kept);
        expect(left.length).toBe(list.length - kept.length);
      }),
    );
  });

  test("a stamp that goes back counts where the tags do not", () => {
    expect(() => run("refuse", [5, 4], [6, 7])).toThrow(
      expect.objectContaining({ kind: "backwards", what: "stamp", last_ns: 5n }),
    );
    expect(run("drop", [5, 4, 6], [6, 7, 8])).toMatchObject({ out: [{ n: 0 }, { n: 2 }], left: [1] });
  });

  test("`refuse` lets equal stamps by, and ends at the first that goes back, of stamp or tag", () => {
    expect(run("refuse", [1, 1, 2]).out).toHaveLength(3);
    expect(() => run("refuse", [1, 0])).toThrow(
      expect.objectContaining({ kind: "backwards", what: "stamp", last_ns: 1n }),
    );
    expect(() => run("refuse", [1, 2], [5, 4])).toThrow(expect.objectContaining({ what: "tag", last_ns: 5n }));
  });
});

describe("a conversion", () => {
  const convert = (schema: MessageSchema, type: ForeignType, value: unknown, problems: Problem[] = []) => {
    const tally: Tally = { rounded: 0, non_finite: 0 };
    const made = compileConvert(schema, type, { stream: "s", path: "/fields", tally, problems });
    return problems.length > 0 ? undefined : { message: made(value), tally };
  };
  const open: ForeignType = { kind: "unknown" };
  const vector: ForeignType = objectOf(["x", "y", "z"].map((name) => [name, numberOf("float64")] as const));

  test.each([
    [{ type: "number", unit: "rad" }, withUnit(open, "deg"), "90", Math.PI / 2],
    [{ type: "number", unit: "m/s" }, withUnit(open, "km/h"), 36, 10],
    [{ type: "number", unit: "K" }, withUnit(open, "degC"), 20, 293.15],
    [{ type: "number" }, withUnit(open, "km"), 2, 2],
    [{ type: "integer" }, open, 7n, 7],
    [{ type: "boolean" }, open, "False", false],
    [{ type: "string", enum: ["a", "b"] }, open, "b", "b"],
    [{ type: "number", enum: [1, 2] }, open, "2", 2],
    [{ type: "string", enum: ["1", "2"] }, open, 2, "2"],
    [{ tensor: [3], unit: "m" }, vector, { x: 1, y: 2, z: 3 }, Float64Array.of(1, 2, 3)],
    [
      { tensor: [2, 2], dtype: "int16" },
      open,
      [
        [1, 2],
        [3, 4],
      ],
      Int16Array.of(1, 2, 3, 4),
    ],
    [
      { tensor: [2], unit: "rad" },
      { kind: "tuple", items: [withUnit(open, "deg"), open] },
      [180, 1],
      Float64Array.of(Math.PI, 1),
    ],
    [{ type: "array", items: { type: "number" }, maxItems: 3 }, open, Float32Array.of(1, 2), [1, 2]],
    [{ type: "number" }, objectOf([["data", numberOf("float32")]]), { data: 4 }, 4],
  ] as [MessageSchema, ForeignType, unknown, unknown][])("%o of %o takes %o", (schema, type, value, message) => {
    const problems: Problem[] = [];
    expect(convert(schema, type, value, problems)?.message).toEqual(message);
    expect(problems).toEqual([]);
  });

  test.each([
    [{ type: "number" }, "two", 'is "two", not a number'],
    [{ type: "number" }, undefined, "is missing"],
    [{ type: "integer" }, 1.5, "is 1.5, not an integer"],
    [{ type: "integer" }, 2n ** 60n + 1n, "an integer that a double holds"],
    [{ type: "boolean" }, 2, "is 2, not a boolean"],
    [{ tensor: [2] }, [1], "has 1 elements, not 2"],
    [{ tensor: [2] }, [1, 2, 3], "has 3 elements, not 2"],
    [{ tensor: [1], dtype: "uint8" }, [256], "is 256, not a list of uint8"],
    [{ type: "array", items: { type: "number" }, minItems: 2 }, [1], "has 1 elements"],
    [{ type: "object", properties: { q: { type: "number" } }, required: ["q"] }, { q: "x" }, '`q` is "x"'],
  ] as [MessageSchema, unknown, string][])("%o refuses %o", (schema, value, reason) => {
    expect(() => convert(schema, open, value)).toThrow(
      expect.objectContaining({ reason: expect.stringContaining(reason) }),
    );
  });

  test("64-bit integers that no double holds are rounded where a number may be, and counted", () => {
    expect(convert({ type: "number" }, numberOf("int64"), 2n ** 60n + 1n)).toEqual({
      message: 2 ** 60,
      tally: { rounded: 1, non_finite: 0 },
    });
  });

  test("yaw of a quaternion", () => {
    const type = objectOf([["q", objectOf(["x", "y", "z", "w"].map((name) => [name, numberOf("float64")] as const))]]);
    const problems: Problem[] = [];
    const { read } = project({ kind: "leaf", field: "q", as: "yaw", path: "" }, type, "it", problems);
    expect(problems).toEqual([]);
    fc.assert(
      fc.property(fc.double({ min: -3.1, max: 3.1, noNaN: true }), (yaw) => {
        const q = { x: 0, y: 0, z: Math.sin(yaw / 2), w: Math.cos(yaw / 2) };
        expect(read({ q })).toBeCloseTo(yaw, 12);
      }),
    );
  });

  test("units: exact, and none between different quantities", () => {
    expect(conversion("deg", "rad")).toEqual({ scale: Math.PI / 180, offset: 0 });
    expect(conversion("degF", "degC")!.scale * 212 + conversion("degF", "degC")!.offset).toBeCloseTo(100, 10);
    expect(conversion("degC/s", "K/s")).toEqual({ scale: 1, offset: 0 });
    expect(conversion("m", "rad")).toBeUndefined();
  });
});

test("a list with holes is no tensor; what is missing in it is NaN, and counted", () => {
  const inference = infer({ kind: "unknown" }, false);
  for (const value of [
    [1, 2],
    [3, null],
  ])
    inference.see(value);
  const tally: Tally = { rounded: 0, non_finite: 0 };
  const { schema, convert } = inference.end(tally)!;
  expect(schema).toEqual({ type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 });
  expect(convert([3, null])).toEqual([3, Number.NaN]);
  expect(tally.non_finite).toBe(1);
});

test("an inferred type fits every value that it was inferred from", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.dictionary(
          fc.constantFrom("a", "b", "c-d", "__proto__x"),
          fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.array(fc.integer(), { maxLength: 3 })),
        ),
        { minLength: 1, maxLength: 8 },
      ),
      (values) => {
        const inference = infer({ kind: "unknown" }, false);
        for (const value of values) inference.see(value);
        const { schema, convert } = inference.end({ rounded: 0, non_finite: 0 })!;
        for (const value of values) {
          const message = convert(value) as { [name: string]: unknown };
          for (const name of schema.required!) expect(message).toHaveProperty(name);
          expect(Object.keys(message).length).toBe(Object.keys(value).length);
        }
      },
    ),
  );
});
