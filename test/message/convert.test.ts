import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromJson, toJson, zero } from "../../src/message/convert.js";
import { messageSchema } from "../../src/message/normalise.js";
import type { Json } from "../../src/message/type.js";
import { compileValidator } from "../../src/message/validate.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { schemas, typed } from "./arbitrary.js";

const type = (raw: Json) => messageSchema(raw, () => undefined);

function refusal(raw: Json, json: Json): string {
  try {
    fromJson(type(raw), json, "/in");
  } catch (error) {
    const [p] = (error as LimbeckError).problems;
    return `${p!.code} ${p!.path}: ${p!.message}`;
  }
  return "taken";
}

describe("convert", () => {
  test("fromJson undoes toJson, and what it makes is JSON", () => {
    fc.assert(
      fc.property(typed({ nonFinite: true }), ([schema, message]) => {
        const json = toJson(schema, message);
        expect(fromJson(schema, json)).toStrictEqual(message);
        expect(JSON.parse(JSON.stringify(json))).toEqual(json === 0 ? 0 : JSON.parse(JSON.stringify(json)));
      }),
    );
  });

  test("a tensor is nested or flat", () => {
    const schema = type({ tensor: [2, 2] });
    const want = new Float64Array([1, 2, 3, 4]);
    expect(
      fromJson(schema, [
        [1, 2],
        [3, 4],
      ]),
    ).toStrictEqual(want);
    expect(fromJson(schema, [1, 2, 3, 4])).toStrictEqual(want);
    expect(toJson(schema, want)).toStrictEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test.each<[Json, Json, string]>([
    [{ type: "number", minimum: 0 }, "NaN", 'L0306 /in: the value must be at least 0, and is "NaN"'],
    [{ tensor: [2] }, [1], "L0306 /in: the value must be a list of 2 (the shape is [2]), and is a list of 1"],
    [{ tensor: [2] }, [1, "x"], 'L0306 /in/1: the value must be a number, and is "x"'],
    [
      { tensor: [2, 2] },
      [[1, 2], [3]],
      "L0306 /in/1: the value must be a list of 2 (the shape is [2, 2]), and is a list of 1",
    ],
    [{ tensor: [1], dtype: "uint8" }, [256], "L0306 /in/0: the value must be an integer from 0 to 255, and is 256"],
    [{ x: "number" }, {}, "L0306 /in/x: the value must be given, and is missing"],
    [{ x: "number" }, { x: 1, y: 2 }, 'L0306 /in/y: the value must be an object of x, and is "field y"'],
    [
      { x: "number" },
      JSON.parse('{"x": 1, "__proto__": 2}'),
      'L0306 /in/__proto__: the value must be an object of x, and is "field __proto__"',
    ],
    [{ x: "number" }, [], "L0306 /in: the value must be an object, and is a list of 0"],
    [{ type: "number", minimum: 0 }, -1, "L0306 /in: the value must be at least 0, and is -1"],
    ["integer", 1.5, "L0306 /in: the value must be an integer, and is 1.5"],
    ["boolean", 1, "L0306 /in: the value must be a boolean, and is 1"],
    [{ enum: ["a", "b"] }, "c", 'L0306 /in: the value must be one of a, b, and is "c"'],
    [
      { type: "array", items: "number", minItems: 1, maxItems: 2 },
      [],
      "L0306 /in: the value must be a list of 1 to 2, and is a list of 0",
    ],
  ])("%j refuses %j", (raw, json, message) => {
    expect(refusal(raw, json)).toBe(message);
  });

  test("the zero of a type fits the type", () => {
    fc.assert(
      fc.property(schemas(), (schema) => {
        expect(compileValidator(schema)(zero(schema))).toStrictEqual([]);
      }),
    );
    for (const [minimum, maximum] of [
      [1, 2],
      [-2, -1],
      [-1, 1],
    ] as const)
      expect(
        compileValidator({ type: "number", minimum, maximum })(zero({ type: "number", minimum, maximum })),
      ).toStrictEqual([]);
    expect(zero({ type: "number", minimum: 5 })).toBe(5);
    expect(zero({ type: "number", maximum: -5 })).toBe(-5);
  });
});
