import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFlatten, isFlattenable } from "../../src/message/flatten.js";
import { describeValue, fieldsOf, kindOf } from "../../src/message/kind.js";
import { messageSchema } from "../../src/message/normalise.js";
import { DTYPES, isTypedArray } from "../../src/message/tensor.js";
import type { Json, Message, MessageSchema } from "../../src/message/type.js";
import { typed } from "./arbitrary.js";

const type = (raw: Json): MessageSchema => messageSchema(raw, () => undefined);
const columns = (raw: Json) => compileFlatten(type(raw)).columns.map((c) => (c.unit ? `${c.name} ${c.unit}` : c.name));

/** Compares messages: exactly, or angles within `angle` and other floats rounded to float32. */
function expectSame(schema: MessageSchema, got: Message, want: Message, single: boolean, angle: number): void {
  const kind = kindOf(schema);
  const number = (a: number, b: number, integer: boolean) => {
    if (schema.wraps) expect(Math.abs(a - b)).toBeLessThanOrEqual(angle);
    else expect(a).toBe(single ? (integer ? Math.round(Math.fround(b)) : Math.fround(b)) : b);
  };
  if (isTypedArray(want)) {
    expect((got as Float64Array).constructor).toBe(want.constructor);
    want.forEach((x, i) => {
      if (single && (schema.dtype === "int32" || schema.dtype === "uint32")) {
        // float32 holds integers to 2²⁴ exactly; beyond, the nearest it has, kept inside the dtype
        expect(Math.abs((got as Float64Array)[i]! - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -24);
      } else number((got as Float64Array)[i]!, x, false);
    });
  } else if (kind === "number" || kind === "integer") number(got as number, want as number, kind === "integer");
  else if (kind === "array") {
    expect((got as Message[]).length).toBe((want as Message[]).length);
    (want as Message[]).forEach((item, i) => {
      expectSame(schema.items!, (got as Message[])[i]!, item, single, angle);
    });
  } else if (kind === "object") {
    expect(Object.keys(got)).toStrictEqual(Object.keys(want).sort());
    for (const f of fieldsOf(schema)) {
      const inner = (want as { [k: string]: Message })[f.name];
      if (inner !== undefined) expectSame(f.schema, (got as { [k: string]: Message })[f.name]!, inner, single, angle);
    }
  } else expect(got).toBe(want);
}

/** What a message and its type hold of what a law must have met. */
function* partsOf(schema: MessageSchema, message: Message, depth = 0): Generator<string> {
  const kind = kindOf(schema);
  if (kind === "enum") yield "enum";
  if (schema.wraps) yield "wraps";
  if (isTypedArray(message)) {
    yield schema.dtype ?? "float64";
    for (const x of message) yield describeValue(x);
  } else if (typeof message === "number") yield describeValue(message);
  else if (kind === "array") {
    const items = message as readonly Message[];
    if (schema.maxItems !== (schema.minItems ?? 0))
      yield items.length < schema.maxItems! ? "padded array" : "full array";
    for (const item of items) yield* partsOf(schema.items!, item, depth + 1);
  } else if (kind === "object") {
    if (depth > 0) yield "nested";
    for (const { name, schema: inner, optional } of fieldsOf(schema)) {
      const value = (message as { [k: string]: Message })[name];
      if (optional) yield value === undefined ? "optional absent" : "optional present";
      if (value !== undefined) yield* partsOf(inner, value, depth + 1);
    }
  }
}

describe("flatten", () => {
  test("unflatten is its inverse in float64, NaN and infinities included", () => {
    fc.assert(
      fc.property(typed({ flattenable: true, nonFinite: true }), fc.nat(3), ([schema, message], offset) => {
        const { width, flatten, unflatten } = compileFlatten(schema, { nonFinite: "pass" });
        const row = flatten(message, new Float64Array(offset + width), offset);
        expectSame(schema, unflatten(row, offset), message, false, 1e-15);
      }),
      { numRuns: 1500 },
    );
  });

  test("the types and messages that are drawn hold everything that a law should meet", () => {
    const drawn = fc.sample(typed({ flattenable: true, nonFinite: true }), { numRuns: 1500, seed: 1 });
    const met = new Set(drawn.flatMap(([schema, message]) => [...partsOf(schema, message)]));
    const parts = ["optional absent", "optional present", "padded array", "full array", "nested", "enum", "wraps"];
    const numbers = ["NaN", "Infinity", "-Infinity", "-0"];
    expect([...met]).toEqual(expect.arrayContaining([...parts, ...DTYPES, ...numbers]));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])(
    "%s comes back from every place",
    (x) => {
      const number = { type: "number" } as const;
      const schema = type({
        type: "object",
        required: ["alone", "list", "tensor", "inner"],
        properties: {
          alone: number,
          inner: { deep: number },
          list: { type: "array", items: number, maxItems: 3 },
          maybe: number,
          tensor: { tensor: [2] },
        },
      });
      const { width, flatten, unflatten } = compileFlatten(schema, { nonFinite: "pass" });
      const message = { alone: x, inner: { deep: x }, list: [x, 1], maybe: x, tensor: Float64Array.of(x, 1) };
      expect(unflatten(flatten(message, new Float64Array(width)))).toStrictEqual(message);
      expect(unflatten(flatten(message))).toStrictEqual(message);
    },
  );

  test("finite messages pass the policy that refuses what is not", () => {
    fc.assert(
      fc.property(typed({ flattenable: true }), ([schema, message]) => {
        const { width, flatten, unflatten } = compileFlatten(schema);
        expectSame(schema, unflatten(flatten(message, new Float64Array(width))), message, false, 1e-15);
      }),
    );
  });

  test("an angle comes back modulo 2π whatever its size, and NaN where it is none", () => {
    const { width, flatten, unflatten } = compileFlatten({ type: "number", wraps: true }, { nonFinite: "pass" });
    const back = (angle: number) => unflatten(flatten(angle, new Float64Array(width))) as number;
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (angle) => {
        expect(Math.cos(back(angle) - angle)).toBeGreaterThanOrEqual(1 - 1e-15);
        expect(Math.abs(back(angle))).toBeLessThanOrEqual(Math.PI);
      }),
    );
    expect(back(-0)).toBe(-0);
    for (const none of [Number.NaN, Number.POSITIVE_INFINITY]) expect(back(none)).toBe(Number.NaN);
  });

  test("unflatten is its inverse up to float32 rounding in float32", () => {
    fc.assert(
      fc.property(typed({ flattenable: true, nonFinite: true }), ([schema, message]) => {
        const { flatten, unflatten } = compileFlatten(schema, { nonFinite: "pass" });
        expectSame(schema, unflatten(flatten(message)), message, true, 3e-7);
      }),
      { numRuns: 500 },
    );
  });

  test("every column has a name of its own, and one is written for each", () => {
    fc.assert(
      fc.property(typed({ flattenable: true }), ([schema, message]) => {
        const { width, columns, flatten } = compileFlatten(schema);
        expect(columns.length).toBe(width);
        expect(new Set(columns.map((c) => c.name)).size).toBe(width);
        const row = new Float64Array(width + 2).fill(Number.NaN);
        flatten(message, row, 1);
        expect(row.subarray(1, -1).every(Number.isFinite)).toBe(true);
        expect([row[0], row[width + 1]]).toStrictEqual([Number.NaN, Number.NaN]);
      }),
    );
  });

  test("a row is written over whatever was there before", () => {
    fc.assert(
      fc.property(typed({ flattenable: true }), ([schema, message]) => {
        const { width, flatten } = compileFlatten(schema);
        const used = flatten(message, new Float64Array(width).fill(7));
        expect(used).toStrictEqual(flatten(message, new Float64Array(width)));
      }),
    );
  });

  test("the columns of every kind of part", () => {
    expect(
      columns({
        type: "object",
        required: ["position", "velocity", "mode", "on", "gear", "grid", "tracks", "pose"],
        properties: {
          position: { tensor: [2], unit: "rad", wraps: true },
          velocity: { tensor: [2], unit: "rad/s" },
          mode: { enum: ["auto", "manual"] },
          gear: { enum: [-1, 1] },
          on: "boolean",
          grid: { tensor: [2, 2], dtype: "uint8" },
          tracks: { type: "array", items: { x: { type: "number", unit: "m" } }, minItems: 1, maxItems: 2 },
          pose: { heading: { type: "number", wraps: true } },
          load: { type: "number", unit: "kg" },
        },
      }),
    ).toStrictEqual([
      "gear=-1",
      "gear=1",
      "grid[0][0]",
      "grid[0][1]",
      "grid[1][0]",
      "grid[1][1]",
      "load?",
      "load kg",
      "mode=auto",
      "mode=manual",
      "on",
      "pose.heading:sin",
      "pose.heading:cos",
      "position[0]:sin",
      "position[0]:cos",
      "position[1]:sin",
      "position[1]:cos",
      "tracks[0].x m",
      "tracks[1]?",
      "tracks[1].x m",
      "velocity[0] rad/s",
      "velocity[1] rad/s",
    ]);
    expect(columns({ tensor: [2], unit: "m" })).toStrictEqual(["[0] m", "[1] m"]);
    expect(columns({ type: "number", unit: "m" })).toStrictEqual(["value m"]);
    expect(columns({ type: "number", wraps: true })).toStrictEqual(["value:sin", "value:cos"]);
    expect(columns({ enum: ["a", "b"] })).toStrictEqual(["value=a", "value=b"]);
  });

  test("what a student says is read back as the nearest message", () => {
    const { unflatten } = compileFlatten(
      type({ mode: { enum: ["a", "b", "c"] }, on: "boolean", n: "integer", t: { tensor: [2], dtype: "uint8" } }),
    );
    expect(unflatten(new Float32Array([0.1, 0.7, 0.6, 2.6, 0.4, -3, 300]))).toStrictEqual({
      mode: "b",
      n: 3,
      on: false,
      t: new Uint8Array([0, 255]),
    });
  });

  test.each([
    [{ type: "string" }, "", "is a free string (an enum has columns)"],
    [{ a: { b: "string" } }, "/a/b", "is a free string (an enum has columns)"],
    [{ a: { type: "array", items: "number" } }, "/a", "is an array without maxItems"],
    [{ a: { type: "array", maxItems: 2, items: "string" } }, "/a/*", "is a free string (an enum has columns)"],
    [{ type: "array", maxItems: 65536, items: { tensor: [64] } }, "", "has 4259840 columns, more than 1048576"],
  ])("%j is refused with the place and the reason", (raw, path, reason) => {
    expect(isFlattenable(type(raw as Json))).toStrictEqual({ ok: false, path, reason });
    expect(() => compileFlatten(type(raw as Json))).toThrow(/^L0307: /);
  });

  test("numbers that are not finite are refused by column, or passed", () => {
    const schema = type({ x: { tensor: [3] } });
    const message = { x: new Float64Array([0, Number.NaN, Number.POSITIVE_INFINITY]) };
    expect(() => compileFlatten(schema).flatten(message)).toThrow("L0308: column `x[1]` is NaN");
    expect(compileFlatten(schema, { nonFinite: "pass" }).flatten(message)).toStrictEqual(
      new Float32Array([0, Number.NaN, Number.POSITIVE_INFINITY]),
    );
  });

  test("a float64 beyond float32 is refused in a float32 row and kept in a float64 row", () => {
    const { flatten } = compileFlatten(type("number"));
    expect(() => flatten(1e300)).toThrow("L0308: column `value` is Infinity");
    expect(flatten(1e300, new Float64Array(1))[0]).toBe(1e300);
  });

  test("a value outside its enum is refused", () => {
    expect(() => compileFlatten(type({ enum: ["a"] })).flatten("b")).toThrow(/^L0306: .*one of a, and is "b"/);
  });
});
