/** Random message types with random messages of them. */
import fc from "fast-check";
import { fieldsOf, kindOf } from "../../src/message/kind.js";
import { messageSchema } from "../../src/message/normalise.js";
import { ARRAYS, DTYPES, INTEGER_RANGE, isFloat, tensorType } from "../../src/message/tensor.js";
import type { Json, Message, MessageSchema } from "../../src/message/type.js";

interface Options {
  /** Only types that have columns. */
  readonly flattenable?: boolean;
}

const fieldName = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((name) => !(name in Object.prototype));

/** An authored type, in canonical form. */
export function schemas(options: Options = {}): fc.Arbitrary<MessageSchema> {
  const { node } = fc.letrec<{ node: Json; leaf: Json }>((tie) => ({
    leaf: fc.oneof(
      fc.constantFrom<Json>("number", "integer", "boolean", { type: "number", unit: "rad", wraps: true }),
      fc
        .uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 4 })
        .map((values) => ({ enum: values })),
      fc
        .uniqueArray(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 4 })
        .map((values) => ({ enum: values })),
      fc
        .record({
          tensor: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          dtype: fc.constantFrom(...DTYPES),
        })
        .chain((tensor) => fc.boolean().map((wraps): Json => ({ ...tensor, wraps: wraps && isFloat(tensor.dtype) }))),
      ...(options.flattenable ? [] : [fc.constant<Json>("string"), fc.constant<Json>({ tensor: [9, 9] })]),
    ),
    node: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      tie("leaf"),
      fc.uniqueArray(fc.tuple(fieldName, tie("node"), fc.boolean()), { maxLength: 4, selector: ([name]) => name }).map(
        (fields): Json => ({
          type: "object",
          properties: Object.fromEntries(fields.map(([name, field]) => [name, field])),
          required: fields.filter(([, , required]) => required).map(([name]) => name),
        }),
      ),
      fc
        .tuple(tie("node"), fc.nat(3), fc.nat(3))
        .map(([items, least, more]): Json => ({ type: "array", items, minItems: least, maxItems: least + more })),
    ),
  }));
  return node.map((raw) => messageSchema(raw, () => undefined));
}

/** A message of the type; numbers are any double when `nonFinite`, and angles are within (−π, π]. */
export function messages(schema: MessageSchema, nonFinite = false): fc.Arbitrary<Message> {
  const kind = kindOf(schema);
  const number = schema.wraps
    ? fc.double({ min: -3, max: 3, noNaN: true })
    : fc.double({ noNaN: !nonFinite, noDefaultInfinity: !nonFinite });
  switch (kind) {
    case "tensor": {
      const { dtype, length } = tensorType(schema)!;
      const range = INTEGER_RANGE[dtype];
      const element = range
        ? fc.integer({ min: range[0], max: range[1] })
        : dtype === "float32"
          ? number.map(Math.fround).filter((x) => nonFinite || Number.isFinite(x))
          : number;
      return fc
        .array(element, { minLength: length, maxLength: length })
        .map((values) => Object.assign(new ARRAYS[dtype](length), values));
    }
    case "enum":
      return fc.constantFrom(...schema.enum!);
    case "number":
      return number;
    case "integer":
      return fc.maxSafeInteger();
    case "boolean":
      return fc.boolean();
    case "string":
      return fc.string({ unit: "grapheme" });
    case "array":
      return fc.array(messages(schema.items!, nonFinite), {
        minLength: schema.minItems ?? 0,
        maxLength: schema.maxItems ?? 5,
      });
    case "object": {
      const fields = fieldsOf(schema);
      const requiredKeys = fields.filter((field) => !field.optional).map((field) => field.name);
      return fc.record(Object.fromEntries(fields.map((f) => [f.name, messages(f.schema, nonFinite)])), {
        requiredKeys,
        noNullPrototype: true,
      });
    }
  }
}

export const typed = (options: Options & { readonly nonFinite?: boolean } = {}) =>
  schemas(options).chain((schema) =>
    messages(schema, options.nonFinite).map((message): [MessageSchema, Message] => [schema, message]),
  );
