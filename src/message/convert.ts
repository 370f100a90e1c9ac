/** JSON ⇄ messages: tensors are lists in JSON and typed arrays in messages. */
import { pathTo } from "../problem/path.js";
import { fail } from "../problem/problem.js";
import { describeValue, fieldsOf, kindOf } from "./kind.js";
import { ARRAYS, INTEGER_RANGE, isTypedArray, tensorType } from "./tensor.js";
import type { Json, Message, MessageSchema, TypedArray } from "./type.js";

/**
 * The message that a JSON value stands for. A tensor is nested lists of its shape, or one flat row-major list.
 *
 * NaN and infinities, which JSON cannot write, are the strings that protobuf uses: `"NaN"`, `"Infinity"`, `"-Infinity"`.
 * @param path JSON pointer of the value, for the problem's path.
 * @throws LimbeckError L0306 when the value does not fit.
 * @example
 * fromJson({ tensor: [2] }, [1, 2]) // Float64Array [1, 2]
 */
export function fromJson(schema: MessageSchema, json: Json, path = ""): Message {
  const kind = kindOf(schema);
  switch (kind) {
    case "tensor":
      return tensorFromJson(schema, json, path);
    case "enum":
      if (!schema.enum!.includes(json as string)) wrong(`one of ${schema.enum!.join(", ")}`, json, path);
      return json as string;
    case "number":
    case "integer":
      return numberFromJson(schema, json, path);
    case "array": {
      if (!Array.isArray(json)) return wrong("a list", json, path);
      const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
      if (json.length < minItems || json.length > maxItems) wrong(`a list of ${minItems} to ${maxItems}`, json, path);
      return json.map((item: Json, i) => fromJson(schema.items!, item, pathTo(path, i)));
    }
    case "object":
      return objectFromJson(schema, json, path);
    default:
      return typeof json === kind ? (json as Message) : wrong(`a ${kind}`, json, path);
  }
}

function wrong(expected: string, found: Json | undefined, path: string): never {
  fail("L0306", { expected, found: describeValue(found) }, { path });
}

const NON_FINITE = new Map<Json, number>([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function numberFromJson(schema: MessageSchema, json: Json, path: string): number {
  const value = schema.type === "number" ? (NON_FINITE.get(json) ?? json) : json;
  if (typeof value !== "number") return wrong(`a${schema.type === "integer" ? "n integer" : " number"}`, json, path);
  if (schema.type === "integer" && !Number.isInteger(value)) return wrong("an integer", json, path);
  // NaN is in no range
  if (schema.minimum !== undefined && !(value >= schema.minimum)) wrong(`at least ${schema.minimum}`, json, path);
  if (schema.maximum !== undefined && !(value <= schema.maximum)) wrong(`at most ${schema.maximum}`, json, path);
  return value;
}

function objectFromJson(schema: MessageSchema, json: Json, path: string): Message {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return wrong("an object", json, path);
  const given = json as { readonly [key: string]: Json };
  const fields = fieldsOf(schema);
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(schema.properties!, key))
      wrong(`an object of ${fields.map((f) => f.name).join(", ")}`, `field ${key}`, pathTo(path, key));
  }
  const message: { [field: string]: Message } = {};
  for (const { name, schema: type, optional } of fields) {
    if (Object.hasOwn(given, name)) message[name] = fromJson(type, given[name]!, pathTo(path, name));
    else if (!optional) wrong("given", undefined, pathTo(path, name));
  }
  return message;
}

function tensorFromJson(schema: MessageSchema, json: Json, path: string): TypedArray {
  const { shape, dtype, length } = tensorType(schema)!;
  const out = new ARRAYS[dtype](length);
  const range = INTEGER_RANGE[dtype];
  let at = 0;
  const put = (value: Json, where: string): void => {
    const number = typeof value === "boolean" && dtype === "bool" ? Number(value) : (NON_FINITE.get(value) ?? value);
    if (typeof number !== "number") wrong("a number", value, where);
    if (range && !(Number.isInteger(number) && number >= range[0] && number <= range[1]))
      wrong(`an integer from ${range[0]} to ${range[1]}`, value, where);
    out[at++] = number;
  };
  const fill = (value: Json, rank: number, where: string): void => {
    if (rank === shape.length) {
      put(value, where);
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[rank])
      wrong(`a list of ${shape[rank]} (the shape is [${shape.join(", ")}])`, value, where);
    for (let i = 0; i < value.length; i++) fill(value[i] as Json, rank + 1, pathTo(where, i));
  };
  const flat = Array.isArray(json) && json.length === length && json.every((value) => !Array.isArray(value));
  if (flat) for (let i = 0; i < length; i++) put((json as readonly Json[])[i]!, pathTo(path, i));
  else fill(json, 0, path);
  return out;
}

/**
 * The JSON value of a message: the inverse of `fromJson`, tensors as nested lists.
 *
 * @example
 * toJson({ tensor: [2] }, Float64Array.of(1, 2)) // [1, 2]
 */
export function toJson(schema: MessageSchema, message: Message): Json {
  const tensor = tensorType(schema);
  if (tensor !== undefined && isTypedArray(message)) {
    let list: Json[] = Array.from(message, numberToJson);
    for (const n of tensor.shape.slice(1).reverse())
      list = Array.from({ length: list.length / n }, (_, i) => list.slice(i * n, (i + 1) * n));
    return list;
  }
  if (typeof message === "number") return numberToJson(message);
  if (Array.isArray(message)) return message.map((item: Message) => toJson(schema.items!, item));
  if (typeof message !== "object") return message;
  const json: { [field: string]: Json } = {};
  for (const { name, schema: type } of fieldsOf(schema)) {
    const value = (message as { readonly [field: string]: Message | undefined })[name];
    if (value !== undefined) json[name] = toJson(type, value);
  }
  return json;
}

const numberToJson = (value: number): Json => (Number.isFinite(value) ? value : String(value));

/**
 * The zero of a type: zeros, false, the first of an enum, the least array, no optional field; within the type's range.
 *
 * @example
 * zero({ tensor: [2] }) // Float64Array [0, 0]
 */
export function zero(schema: MessageSchema): Message {
  switch (kindOf(schema)) {
    case "tensor": {
      const { dtype, length } = tensorType(schema)!;
      return new ARRAYS[dtype](length);
    }
    case "enum":
      return schema.enum![0]!;
    case "number":
      return Math.min(Math.max(0, schema.minimum ?? 0), schema.maximum ?? Number.MAX_VALUE);
    case "integer":
      return Math.min(Math.max(0, Math.ceil(schema.minimum ?? 0)), Math.floor(schema.maximum ?? Number.MAX_VALUE));
    case "boolean":
      return false;
    case "string":
      return "";
    case "array":
      return Array.from({ length: schema.minItems ?? 0 }, () => zero(schema.items!));
    case "object": {
      const required = fieldsOf(schema).filter((field) => !field.optional);
      return Object.fromEntries(required.map((field) => [field.name, zero(field.schema)]));
    }
  }
}
