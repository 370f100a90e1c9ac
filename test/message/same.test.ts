import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../../src/message/builtin.js";
import { fieldOf, formatField, parseField, selectField } from "../../src/message/field.js";
import { messageSchema } from "../../src/message/normalise.js";
import { describeType, sameType, unitDifferences } from "../../src/message/same.js";
import type { Json } from "../../src/message/type.js";
import { schemas } from "./arbitrary.js";

const type = (raw: Json) => messageSchema(raw, () => undefined);

describe("sameType", () => {
  test("a type is the same as itself and differs from the type of a field more", () => {
    fc.assert(
      fc.property(schemas(), (schema) => {
        expect(sameType(schema, schema)).toBeUndefined();
        expect(sameType(type({ a: schema as Json }), type({ a: schema as Json, b: "number" }))).toStrictEqual({
          path: "",
          reason: "{a} and {a, b}",
        });
      }),
    );
  });

  test("it is symmetric", () => {
    fc.assert(
      fc.property(schemas(), schemas(), (a, b) => {
        expect(sameType(a, b)?.path).toBe(sameType(b, a)?.path);
      }),
    );
  });

  test.each<[Json, Json, string, string]>([
    [{ x: { tensor: [2] } }, { x: { tensor: [3] } }, "/x", "tensor float64[2] and tensor float64[3]"],
    [{ tensor: [2] }, { tensor: [2], dtype: "float32" }, "", "tensor float64[2] and tensor float32[2]"],
    ["number", "integer", "", "number and integer"],
    [{ enum: ["a"] }, { enum: ["b"] }, "", 'enum "a" and enum "b"'],
    [{ type: "array", items: "number", maxItems: 2 }, { type: "array", items: "number" }, "", "array[0..2] and array"],
    [{ type: "array", items: "number" }, { type: "array", items: "string" }, "/items", "number and string"],
    [{ type: "object", properties: { a: "number" }, required: [] }, { a: "number" }, "", "{a?} and {a}"],
  ])("%j differs from %j", (a, b, path, reason) => {
    expect(sameType(type(a), type(b))).toStrictEqual({ path, reason });
  });

  test("units are compared apart, where both are given", () => {
    const metres = type({ x: { tensor: [2], unit: "m" } });
    const feet = type({ x: { tensor: [2], unit: "ft" } });
    const bare = type({ x: { tensor: [2] } });
    expect(sameType(metres, feet)).toBeUndefined();
    expect(unitDifferences(metres, feet)).toStrictEqual([
      { path: "/x", left: "m", right: "ft", relation: { ratio: 3.28083989501 } },
    ]);
    expect(unitDifferences(metres, bare)).toEqual([]);
  });
});

test("a type is described by its name, or by its structure and units", () => {
  const { title, ...unnamed } = builtinTypes.JointState2!;
  expect(describeType(builtinTypes.JointState2!)).toBe("JointState2");
  expect(describeType(unnamed)).toBe("{position: tensor float64[2] rad, velocity: tensor float64[2] rad/s}");
  expect(describeType(type({ type: "array", items: "number", maxItems: 3 }))).toBe("array[0..3] of number");
});

describe("fields", () => {
  const schema = type({
    pose: { p: { tensor: [2], unit: "m" } },
    list: { type: "array", items: "number", minItems: 1 },
  });
  const message = { pose: { p: new Float64Array([3, 4]) }, list: [7] };

  test("a path selects the type and the value", () => {
    expect(selectField(schema, ["pose", "p"])).toStrictEqual({ tensor: [2], dtype: "float64", unit: "m" });
    expect(selectField(schema, ["pose", "p", "1"])).toStrictEqual({ type: "number", unit: "m" });
    expect(fieldOf(message, ["pose", "p", "1"])).toBe(4);
    expect(selectField(schema, ["list", "0"])).toStrictEqual({ type: "number" });
    expect(fieldOf(message, ["list", "0"])).toBe(7);
    expect(selectField(schema, [])).toBe(schema);
  });

  test.each([
    [["pose", "q"]],
    [["pose", "p", "2"]],
    [["pose", "p", "x"]],
    [["list", "1"]],
    [["constructor"]],
    [["pose", "p", "0", "0"]],
  ])("%j is no field", (path) => {
    expect(selectField(schema, path)).toBeUndefined();
  });

  test("a written path is parsed, and written again", () => {
    for (const text of ["velocity", "position[0]", "pose.p[1]", "a[0][1].b"])
      expect(formatField(parseField(text)!)).toBe(text);
    expect(parseField("a[0][1].b")).toStrictEqual(["a", "0", "1", "b"]);
    for (const text of ["", "[0]", "a.", "a[", "a[x]", "a b", ".a"]) expect(parseField(text)).toBeUndefined();
  });
});
