/** Messages ⇄ rows of columns as ops: what `message/flatten.ts` does beside a model, inside the policy. */
import { fieldsOf, kindOf } from "../../message/kind.js";
import { INTEGER_RANGE, tensorType } from "../../message/tensor.js";
import type { MessageSchema } from "../../message/type.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import {
  add,
  argMax,
  atan2,
  cast,
  clip,
  concat,
  cos,
  equal,
  floor,
  greaterOrEqual,
  reshape,
  sin,
  slice,
  squeeze,
  unsqueeze,
} from "../../onnx/functions.js";
import type { Dtype } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";

/** A message's columns, float32 [N, width], in the order of flattening. `part` gives a part [N, …] by its path. */
export function flattened(g: GraphBuilder, type: MessageSchema, part: (path: string) => Value): Value {
  const columns: Value[] = [];
  const walk = (schema: MessageSchema, path: string): void => {
    const kind = kindOf(schema);
    if (kind === "object")
      for (const { name, schema: field } of fieldsOf(schema)) walk(field, path === "" ? name : `${path}.${name}`);
    else if (kind === "array") for (let i = 0; i < schema.maxItems!; i++) walk(schema.items!, `${path}[${i}]`);
    else columns.push(columnsOf(g, schema, part(path)));
  };
  walk(type, "");
  return columns.length === 1 ? columns[0]! : concat(columns, 1);
}

function columnsOf(g: GraphBuilder, schema: MessageSchema, value: Value): Value {
  const kind = kindOf(schema);
  if (kind === "enum") {
    const places = g.constant(tensor("int64", [1, schema.enum!.length], Array.from(schema.enum!.keys())));
    return cast(equal(unsqueeze(value, [1]), places), "float32");
  }
  const length = kind === "tensor" ? tensorType(schema)!.length : 1;
  const flat = reshape(value, [-1, length]);
  if (!schema.wraps) return cast(flat, "float32");
  const wide = cast(flat, "float64");
  const both = concat([unsqueeze(sin(wide), [2]), unsqueeze(cos(wide), [2])], 2);
  return cast(reshape(both, [-1, 2 * length]), "float32");
}

/** The parts of a message by path, from its columns [N, width]. */
export function unflattened(type: MessageSchema, columns: Value): ReadonlyMap<string, Value> {
  const parts = new Map<string, Value>();
  let at = 0;
  const take = (width: number): Value => slice(columns, [at], [(at += width)], [1]);
  const walk = (schema: MessageSchema, path: string): void => {
    const kind = kindOf(schema);
    if (kind === "object")
      for (const { name, schema: field } of fieldsOf(schema)) walk(field, path === "" ? name : `${path}.${name}`);
    else if (kind === "array") for (let i = 0; i < schema.maxItems!; i++) walk(schema.items!, `${path}[${i}]`);
    else parts.set(path, partOf(schema, take));
  };
  walk(type, "");
  return parts;
}

/** As `Math.round` rounds. */
const rounded = (value: Value): Value => floor(add(cast(value, "float64"), 0.5));

function partOf(schema: MessageSchema, take: (width: number) => Value): Value {
  const kind = kindOf(schema);
  if (kind === "enum") return cast(argMax(take(schema.enum!.length), 1), "int64");
  if (kind === "boolean") return greaterOrEqual(squeeze(take(1), [1]), 0.5);
  const { shape, dtype, length } =
    kind === "tensor" ? tensorType(schema)! : { shape: [], dtype: "float64" as const, length: 1 };
  const to: Dtype = kind === "integer" ? "int64" : dtype;
  const numbers = schema.wraps ? angles(take(2 * length), length) : take(length);
  const range = INTEGER_RANGE[dtype];
  const value =
    kind === "integer" ? rounded(numbers) : range === undefined ? numbers : clip(rounded(numbers), range[0], range[1]);
  return cast(reshape(value, [-1, ...shape]), to);
}

/** Pairs of sine and cosine as angles in (−π, π]. */
function angles(pairs: Value, length: number): Value {
  const both = reshape(cast(pairs, "float64"), [-1, length, 2]);
  const one = (i: number) => squeeze(slice(both, [i], [i + 1], [2]), [2]);
  return atan2(one(0), one(1));
}
