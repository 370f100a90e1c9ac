import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../../src/message/builtin.js";
import { messageSchema } from "../../src/message/normalise.js";
import type { Json } from "../../src/message/type.js";
import { compileValidator } from "../../src/message/validate.js";
import { typed } from "./arbitrary.js";

const check = (raw: Json, nonFinite?: "pass") =>
  compileValidator(
    messageSchema(raw, () => undefined),
    nonFinite ? { nonFinite } : {},
  );

describe("validate", () => {
  test("every message of a type fits it", () => {
    fc.assert(
      fc.property(typed(), ([schema, message]) => {
        expect(compileValidator(schema)(message)).toStrictEqual([]);
      }),
    );
    fc.assert(
      fc.property(typed({ nonFinite: true }), ([schema, message]) => {
        expect(compileValidator(schema, { nonFinite: "pass" })(message)).toStrictEqual([]);
      }),
    );
  });

  test.each<[unknown, string, string]>([
    [{ position: new Float64Array(2) }, "/velocity", "is missing"],
    [
      { position: new Float64Array(3), velocity: new Float64Array(2) },
      "/position",
      "must be a Float64Array of 2, and is Float64Array of 3",
    ],
    [
      { position: [0, 0], velocity: new Float64Array(2) },
      "/position",
      "must be a Float64Array of 2, and is a list of 2",
    ],
    [
      { position: new Float32Array(2), velocity: new Float64Array(2) },
      "/position",
      "must be a Float64Array of 2, and is Float32Array of 2",
    ],
    [
      { position: new Float64Array([0, Number.NaN]), velocity: new Float64Array(2) },
      "/position/1",
      "must be finite, and is NaN",
    ],
    [{ position: new Float64Array(2), velocity: new Float64Array(2), extra: 1 }, "/extra", "is no field of the type"],
    [null, "", "must be object, and is null"],
  ])("%j is no joint state", (value, path, reason) => {
    expect(compileValidator(builtinTypes.JointState2!)(value)).toStrictEqual([{ path, reason }]);
  });

  test.each<[Json, unknown, string]>([
    ["number", Number.NaN, "must be number, and is NaN"],
    ["number", Number.NEGATIVE_INFINITY, "must be number, and is -Infinity"],
    ["integer", 1.5, "must be integer, and is 1.5"],
    [{ type: "number", minimum: 0 }, -1, "must be >= 0, and is -1"],
    [{ enum: ["a", "b"] }, "c", 'must be one of a, b, and is "c"'],
    [{ tensor: [1] }, new Float64Array([Number.NEGATIVE_INFINITY]), "must be finite, and is -Infinity"],
    [{ tensor: [2], dtype: "bool" }, new Uint8Array([1, 2]), "must be 0 or 1, and is 2"],
    [{ type: "array", items: "number", maxItems: 1 }, [1, 2], "must NOT have more than 1 items, and is a list of 2"],
  ])("%j refuses %s", (raw, value, reason) => {
    expect(check(raw)(value).map((m) => m.reason)).toStrictEqual([reason]);
  });

  test("a validator forgets the value before", () => {
    const validate = check({ tensor: [1] });
    expect(validate(new Float64Array([Number.NaN]))).toHaveLength(1);
    expect(validate(new Float64Array([1]))).toStrictEqual([]);
  });

  test("reasons are bounded", () => {
    expect(check({ type: "array", items: "number" })(Array.from({ length: 100 }, () => "x"))).toHaveLength(20);
  });
});
