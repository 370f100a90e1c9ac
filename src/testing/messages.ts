/** Arbitraries of message types and of messages, for property tests. */
import fc from "fast-check";
import { fieldsOf, kindOf } from "../message/kind.js";
import { messageSchema } from "../message/normalise.js";
import { ARRAYS, DTYPES, INTEGER_RANGE, isFloat, tensorType } from "../message/tensor.js";
import type { Json, Message, MessageSchema } from "../message/type.js";

export interface MessageTypeOptions {
  /** Only types that have columns: no free strings, no tensors above the size of a column block. */
  readonly flattenable?: boolean;
}

export interface MessageOptions {
  /** Bounds of every number that its type does not bound closer (default: any finite double). */
  readonly range?: readonly [low: number, high: number];
  /** NaN and the infinities, too, where the type's range has room for them. */
  readonly nonFinite?: boolean;
}

const MAX_ITEMS = 5;
/** Angles keep off ±π, where one value has two names. */
const MAX_ANGLE = 3;

const fieldName = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((name) => !(name in Object.prototype));

/**
 * Message types: numbers, angles, rotations, enums, tensors of every dtype, and objects and arrays of them.
 *
 * @example
 * const type = arbitraryMessageType({ flattenable: true });
 * fc.assert(fc.property(type, (schema) => isFlattenable(schema).ok));
 */
export function arbitraryMessageType(options: MessageTypeOptions = {}): fc.Arbitrary<MessageSchema> {
  const { node } = fc.letrec<{ node: Json; leaf: Json }>((tie) => ({
    leaf: fc.oneof(
      fc.constantFrom<Json>(
        "number",
        "integer",
        "boolean",
        { type: "number", unit: "rad", wraps: true },
        { type: "number", unit: "m", minimum: -1, maximum: 2.5 },
        { type: "integer", minimum: 0, maximum: 300 },
      ),
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
      fc.constantFrom("float64", "float32").map((dtype): Json => ({ tensor: [2, 4], dtype, quaternion: true })),
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

/**
 * Messages of a type, tensors as typed arrays; angles lie within ±3 rad.
 *
 * @example
 * const reading = arbitraryMessage({ tensor: [2] }, { range: [-1, 1] });
 * fc.assert(fc.property(reading, (message) => compileValidator({ tensor: [2] })(message).length === 0));
 */
export function arbitraryMessage(schema: MessageSchema, options: MessageOptions = {}): fc.Arbitrary<Message> {
  switch (kindOf(schema)) {
    case "tensor":
      return tensor(schema, options);
    case "enum":
      return fc.constantFrom(...schema.enum!);
    case "number":
      return double(schema, options);
    case "integer":
      return integer(schema, options);
    case "boolean":
      return fc.boolean();
    case "string":
      return fc.string({ unit: "grapheme" });
    case "array":
      return fc.array(arbitraryMessage(schema.items!, options), {
        minLength: schema.minItems ?? 0,
        maxLength: schema.maxItems ?? MAX_ITEMS,
      });
    case "object": {
      const fields = fieldsOf(schema);
      const requiredKeys = fields.filter((field) => !field.optional).map((field) => field.name);
      return fc.record(Object.fromEntries(fields.map((f) => [f.name, arbitraryMessage(f.schema, options)])), {
        requiredKeys,
        noNullPrototype: true,
      });
    }
  }
}

/** What the type, the range and the nature of angles leave of the numbers. */
function boundsOf({ minimum, maximum, wraps }: MessageSchema, { range }: MessageOptions): { min: number; max: number } {
  const [low, high] = range ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  const angle = wraps ? MAX_ANGLE : Number.MAX_VALUE;
  return { min: Math.max(low, minimum ?? low, -angle), max: Math.min(high, maximum ?? high, angle) };
}

function double(schema: MessageSchema, options: MessageOptions): fc.Arbitrary<number> {
  const bounds = boundsOf(schema, options);
  const any = fc.double({ ...bounds, noNaN: true });
  // drawn from all doubles, it would hardly ever come
  const zero = bounds.min <= 0 && bounds.max >= 0;
  const within = zero ? fc.oneof({ arbitrary: any, weight: 15 }, fc.constant(-0)) : any;
  if (!options.nonFinite || schema.wraps) return within;
  const { minimum, maximum } = schema;
  const beyond = [
    ...(minimum === undefined && maximum === undefined ? [Number.NaN] : []),
    ...(maximum === undefined ? [Number.POSITIVE_INFINITY] : []),
    ...(minimum === undefined ? [Number.NEGATIVE_INFINITY] : []),
  ];
  if (beyond.length === 0) return within;
  return fc.oneof({ arbitrary: within, weight: 7 }, fc.constantFrom(...beyond));
}

function integer(schema: MessageSchema, options: MessageOptions): fc.Arbitrary<number> {
  const { min, max } = boundsOf(schema, options);
  return fc.integer({
    min: Math.ceil(Math.max(min, Number.MIN_SAFE_INTEGER)),
    max: Math.floor(Math.min(max, Number.MAX_SAFE_INTEGER)),
  });
}

function tensor(schema: MessageSchema, options: MessageOptions): fc.Arbitrary<Message> {
  const { dtype, length } = tensorType(schema)!;
  const range = INTEGER_RANGE[dtype];
  const { min, max } = boundsOf(schema, options);
  const element = range
    ? fc.integer({ min: Math.ceil(Math.max(range[0], min)), max: Math.floor(Math.min(range[1], max)) })
    : dtype === "float32"
      ? double(schema, options)
          .map(Math.fround)
          .filter((x) => Number.isNaN(x) || (x >= min && x <= max && Number.isFinite(x)) || options.nonFinite === true)
      : double(schema, options);
  return fc
    .array(element, { minLength: length, maxLength: length })
    .map((values) => Object.assign(new ARRAYS[dtype](length), values));
}
