/** The floating-point numbers in messages of any type: what noise and NaN can be put on. */
import { fieldsOf, kindOf } from "../../../message/kind.js";
import { describeType } from "../../../message/same.js";
import { isFloat, tensorType } from "../../../message/tensor.js";
import type { Message, MessageSchema } from "../../../message/type.js";
import type { Value } from "../../../onnx/value.js";
import { fail } from "../../../problem/problem.js";

/** Changes every floating-point number of a message into another; `i` counts them. The message itself stays as it is. */
export type MapFloats = (message: Message, f: (x: number, i: number) => number) => Message;

/** How to change the floats of a type; undefined when there are none. Fields come in order of their names. */
export function floatsOf(type: MessageSchema): MapFloats | undefined {
  const part = partOf(type);
  return part && ((message, f) => part(message, f, { i: 0 }));
}

type Part = (message: Message, f: (x: number, i: number) => number, at: { i: number }) => Message;

function partOf(schema: MessageSchema): Part | undefined {
  switch (kindOf(schema)) {
    case "number":
      return (x, f, at) => f(x as number, at.i++);
    case "tensor":
      if (!isFloat(tensorType(schema)!.dtype)) return undefined;
      return (values, f, at) => (values as Float64Array).map((x) => f(x, at.i++));
    case "array": {
      const item = partOf(schema.items!);
      return item && ((list, f, at) => (list as readonly Message[]).map((x) => item(x, f, at)));
    }
    case "object": {
      const fields = fieldsOf(schema).flatMap(({ name, schema: type }) => {
        const part = partOf(type);
        return part === undefined ? [] : [[name, part] as const];
      });
      if (fields.length === 0) return undefined;
      return (message, f, at) => {
        const old = message as { readonly [field: string]: Message };
        const changed: { [field: string]: Message } = { ...old };
        for (const [name, part] of fields) if (old[name] !== undefined) changed[name] = part(old[name], f, at);
        return changed;
      };
    }
    default:
      return undefined;
  }
}

/** The same on a symbolic message: `f` is given the values of a part, and how many numbers come before it. */
export function mapSymbolicFloats(
  schema: MessageSchema,
  message: unknown,
  f: (x: Value, from: number) => Value,
  at: { i: number } = { i: 0 },
): unknown {
  switch (kindOf(schema)) {
    case "number":
      return f(message as Value, at.i++);
    case "tensor": {
      const { dtype, length } = tensorType(schema)!;
      if (!isFloat(dtype)) return message;
      at.i += length;
      return f(message as Value, at.i - length);
    }
    case "array":
      return (message as readonly unknown[]).map((item) => mapSymbolicFloats(schema.items!, item, f, at));
    case "object": {
      const changed = { ...(message as { readonly [field: string]: unknown }) };
      for (const { name, schema: field } of fieldsOf(schema))
        changed[name] = mapSymbolicFloats(field, changed[name], f, at);
      return changed;
    }
    default:
      return message;
  }
}

/** Floats in every message of a type, where all messages have as many; NaN where they have not. */
export function floatCount(schema: MessageSchema): number {
  switch (kindOf(schema)) {
    case "number":
      return 1;
    case "tensor": {
      const { dtype, length } = tensorType(schema)!;
      return isFloat(dtype) ? length : 0;
    }
    case "array":
      return schema.minItems === schema.maxItems && schema.minItems !== undefined
        ? schema.minItems * floatCount(schema.items!)
        : partOf(schema) === undefined
          ? 0
          : Number.NaN;
    case "object":
      return fieldsOf(schema).reduce(
        (sum, field) =>
          sum + (field.optional && partOf(field.schema) !== undefined ? Number.NaN : floatCount(field.schema)),
        0,
      );
    default:
      return 0;
  }
}

/** @throws LimbeckError L0414 when there are no floats */
export const checkFloats = (name: string, type: MessageSchema): MapFloats =>
  floatsOf(type) ??
  fail("L0414", {
    reason: `\`${name}\` takes messages with floating-point numbers, and \`${describeType(type)}\` has none`,
    help: "Numbers and tensors of float64 or float32 are such, also as fields of a message.",
  });
