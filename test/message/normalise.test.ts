import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../../src/message/builtin.js";
import { messageSchema, messageSchemas, namedIn } from "../../src/message/normalise.js";
import type { Json } from "../../src/message/type.js";
import { LimbeckError, type Problem } from "../../src/problem/problem.js";
import { schemas } from "./arbitrary.js";

const named = namedIn(builtinTypes);
const normal = (raw: Json) => messageSchema(raw, named, "/messages/T");

function problems(make: () => unknown): readonly Problem[] {
  try {
    make();
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems;
    throw error;
  }
  return [];
}
const said = (raw: Json) => problems(() => normal(raw)).map((p) => `${p.code} ${p.path}: ${p.message}`);

describe("messageSchema", () => {
  test("a shorthand object, a tensor and JSON Schema become one canonical form", () => {
    const canonical = {
      type: "object",
      properties: { on: { type: "boolean" }, x: { tensor: [2], dtype: "float64", unit: "m" } },
      required: ["on", "x"],
      additionalProperties: false,
    };
    expect(normal({ x: { tensor: [2], unit: "m" }, on: "boolean" })).toStrictEqual(canonical);
    expect(
      normal({ type: "object", properties: { x: { tensor: [2], unit: "m" }, on: { type: "boolean" } } }),
    ).toStrictEqual(canonical);
  });

  test("the canonical form is its own canonical form, to the byte", () => {
    fc.assert(
      fc.property(schemas(), (schema) => {
        expect(JSON.stringify(messageSchema(schema as Json, named))).toBe(JSON.stringify(schema));
      }),
    );
  });

  test("the built-in types are canonical and carry their names", () => {
    for (const [name, schema] of Object.entries(builtinTypes)) {
      expect(schema.title).toBe(name);
      expect(JSON.stringify(normal(schema as Json))).toBe(JSON.stringify({ title: name, ...schema }));
    }
  });

  test("an angle is in radians, said or not", () => {
    expect(normal({ type: "number", wraps: true })).toStrictEqual({ type: "number", unit: "rad", wraps: true });
    expect(said({ type: "number", unit: "deg", wraps: true })).toStrictEqual([
      'L0303 /messages/T/unit: `unit` must be `rad` where `wraps` is true, and is "deg"',
    ]);
    expect(said({ tensor: [1], dtype: "int8", wraps: true })).toStrictEqual([
      "L0303 /messages/T/wraps: `wraps` must be absent: only floating-point values wrap, and is true",
    ]);
  });

  test("quaternions are four floating-point numbers along the last dimension", () => {
    expect(normal({ tensor: [3, 4], dtype: "float32", quaternion: true })).toStrictEqual({
      tensor: [3, 4],
      dtype: "float32",
      quaternion: true,
    });
    expect(normal({ tensor: [2], quaternion: false })).toStrictEqual({ tensor: [2], dtype: "float64" });
    for (const wrong of [{ tensor: [4, 3] }, { tensor: [4], dtype: "int32" as const }])
      expect(said({ ...wrong, quaternion: true })).toStrictEqual([
        "L0303 /messages/T/quaternion: `quaternion` must be absent: quaternions are four floating-point values in a tensor's last dimension, and is true",
      ]);
  });

  test("a field may be called type, enum or tensor", () => {
    expect(normal({ type: "Vector2", tensor: "number", enum: "boolean" }).required).toStrictEqual([
      "enum",
      "tensor",
      "type",
    ]);
  });

  test("unknown names and keywords come with the nearest one", () => {
    expect(said("JointStat2")).toStrictEqual(["L0300 /messages/T: there is no message type `JointStat2`"]);
    expect(problems(() => normal("JointStat2"))[0]!.help).toBe("Did you mean `JointState2`?");
    expect(problems(() => normal("numbr"))[0]!.help).toBe("Did you mean `number`?");
    expect(said({ tensor: [2], units: "m" })).toStrictEqual([
      "L0302 /messages/T/units: `units` is no keyword of a tensor",
    ]);
    expect(problems(() => normal({ tensor: [2], units: "m" }))[0]!.help).toBe("Did you mean `unit`?");
  });

  test.each<[Json, string]>([
    [null, "L0301 /messages/T: a message type is expected here, and this is null"],
    [[], "L0301 /messages/T: a message type is expected here, and this is a list of 0"],
    [{ x: 3 }, "L0301 /messages/T/x: a message type is expected here, and this is 3"],
    [{ type: "array" }, "L0301 /messages/T/items: a message type is expected here, and this is null"],
    [{ "a b": "number" }, "L0304 /messages/T/a b: `a b` cannot name a field"],
    [{ constructor: "number" }, "L0304 /messages/T/constructor: `constructor` cannot name a field"],
    [JSON.parse('{"__proto__": "number"}'), "L0304 /messages/T/__proto__: `__proto__` cannot name a field"],
    [
      { type: "number", minimum: 2, maximum: 1 },
      "L0303 /messages/T/maximum: `maximum` must be a number not below 2, and is 1",
    ],
    [
      { type: "object", properties: {}, additionalProperties: true },
      "L0303 /messages/T/additionalProperties: `additionalProperties` must be false, and is true",
    ],
    [
      { type: "object", properties: {}, required: ["x"] },
      "L0303 /messages/T/required: `required` must be a list of this object's fields, and is a list of 1",
    ],
    [
      { enum: ["a", 1] },
      "L0303 /messages/T/enum: `enum` must be a list of 1 to 1024 different strings, or of different numbers, and is a list of 2",
    ],
    [
      { enum: ["a", "a"] },
      "L0303 /messages/T/enum: `enum` must be a list of 1 to 1024 different strings, or of different numbers, and is a list of 2",
    ],
    [
      { tensor: [2], dtype: "float16" },
      'L0303 /messages/T/dtype: `dtype` must be one of float64, float32, int32, int16, int8, uint32, uint16, uint8, bool, and is "float16"',
    ],
  ])("%j is refused", (raw, message) => {
    expect(said(raw)).toStrictEqual([message]);
  });

  test.each([[[]], [[0]], [[-1]], [[1.5]], [[4096, 4097]], [["2"]], [[1, 1, 1, 1, 1, 1, 1, 1, 1]]])(
    "shape %j is refused",
    (shape) => {
      expect(said({ tensor: shape as Json })[0]).toMatch(/^L0303 \/messages\/T\/tensor: /);
    },
  );

  test("names that every object has are not types", () => {
    for (const name of ["constructor", "__proto__", "toString"])
      expect(said(name)).toStrictEqual([`L0300 /messages/T: there is no message type \`${name}\``]);
  });

  test("every problem is said at once", () => {
    expect(
      said({ a: "nubmer", b: { tensor: [0] }, c: { type: "number", min: 1 } }).map((s) => s.slice(0, 5)),
    ).toStrictEqual(["L0300", "L0303", "L0302"]);
  });

  test("depth and breadth are bounded", () => {
    const deep = (n: number): Json => (n === 0 ? "number" : { a: deep(n - 1) });
    expect(said(deep(16))).toStrictEqual([]);
    expect(said(deep(17))[0]).toMatch(/^L0305 .* more than 16 levels$/);
    const wide = (n: number): Json => Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}`, "number"]));
    expect(said(wide(512))).toStrictEqual([]);
    expect(said(wide(513))).toStrictEqual([
      "L0305 /messages/T: the message type has more than 512 fields in one object",
    ]);
  });
});

describe("messageSchemas", () => {
  test("types name each other in any order", () => {
    const types = messageSchemas({ Arm: { state: "State" }, State: { q: "Vector2" } }, named);
    expect(types.Arm!.properties!.state).toStrictEqual(types.State);
    expect(types.State).toMatchObject({ title: "State", properties: { q: { title: "Vector2", tensor: [2] } } });
  });

  test("a type of the graph goes before a built-in one", () => {
    expect(messageSchemas({ Vector2: { tensor: [2], unit: "m" } }, named).Vector2!.unit).toBe("m");
  });

  test("a type that contains itself is refused with the cycle", () => {
    const made = problems(() => messageSchemas({ A: { b: "B" }, B: { a: "A" } }, named, "/messages"));
    expect(made.map((p) => `${p.code} ${p.path}: ${p.message}`)).toStrictEqual([
      "L0310 /messages/B/a: the message type contains itself: A → B → A",
    ]);
  });

  test("a problem is said once, however often the type is used", () => {
    expect(
      problems(() => messageSchemas({ A: "numbr", B: "A", C: ["A"] as Json }, named)).map((p) => p.code),
    ).toStrictEqual(["L0300", "L0301"]);
  });
});
