/** Plain values as tensors: what states start with and what constants are made of. */
import type { Dtype, Tensor, TensorData } from "../../onnx/ir.js";
import { holds, isBig, scalar, sizeOf, tensor } from "../../onnx/tensor.js";
import { fail } from "../../problem/problem.js";
import type { Constant, Nested } from "./symbolic.js";

const dtypes: readonly (readonly [new (...args: never[]) => TensorData, Dtype])[] = [
  [Float64Array, "float64"],
  [Float32Array, "float32"],
  [BigInt64Array, "int64"],
  [BigUint64Array, "uint64"],
  [Int32Array, "int32"],
  [Uint32Array, "uint32"],
  [Int16Array, "int16"],
  [Uint16Array, "uint16"],
  [Int8Array, "int8"],
  [Uint8Array, "uint8"],
];

const dtypeOf = (data: unknown): Dtype | undefined => dtypes.find(([array]) => data instanceof array)?.[1];

/**
 * A plain value as a tensor: number → float64, bigint → int64, boolean → bool, typed array → a vector of its dtype,
 * `{dims, data}` → that tensor, lists of numbers → float64 of their shape; another dtype where one is asked for.
 *
 * @param what how problems name it
 * @throws LimbeckError L0838 for anything else
 * @example
 * asTensor("a gain", [[1, 0], [0, 1]]) // { dtype: "float64", dims: [2, 2], data: Float64Array [1, 0, 0, 1] }
 */
export function asTensor(what: string, value: unknown, dtype?: Dtype): Tensor {
  const made = plain(what, value, dtype);
  return dtype === undefined || made.dtype === dtype ? made : tensor(dtype, made.dims, made.data);
}

function plain(what: string, value: unknown, dtype: Dtype | undefined): Tensor {
  if (typeof value === "number") return scalar(dtype ?? "float64", value);
  if (typeof value === "boolean") return scalar("bool", value ? 1 : 0);
  if (typeof value === "bigint") return { dtype: "int64", dims: [], data: BigInt64Array.of(value) };
  const array = dtypeOf(value);
  if (array !== undefined) {
    const data = value as TensorData;
    const own = dtype === "bool" && array === "uint8" ? "bool" : array;
    return { dtype: own, dims: [data.length], data: data.slice() as TensorData };
  }
  if (Array.isArray(value)) return ofLists(what, value, dtype ?? "float64");
  if (typeof value === "object" && value !== null && "dims" in value && "data" in value)
    return ofShape(what, value as Constant & object);
  return fail("L0838", {
    what,
    reason: `is ${value === null ? "null" : typeof value === "object" ? "an object" : `a ${typeof value}`}`,
  });
}

function ofShape(what: string, value: object): Tensor {
  const { dims, data, dtype = dtypeOf(data) } = value as { dims: readonly number[]; data: TensorData; dtype?: Dtype };
  if (dtype === undefined || !holds(dtype, data))
    return fail("L0838", { what, reason: "has `data` that is no typed array of its dtype" });
  if (!Array.isArray(dims) || !dims.every((d) => Number.isInteger(d) && d >= 0) || sizeOf(dims) !== data.length)
    return fail("L0838", { what, reason: `has ${data.length} elements, and dims [${dims}]` });
  return { dtype, dims: [...dims], data: data.slice() as TensorData };
}

function ofLists(what: string, lists: readonly Nested[], dtype: Dtype): Tensor {
  const dims: number[] = [];
  for (let at: unknown = lists; Array.isArray(at); at = at[0]) dims.push(at.length);
  const flat: number[] = [];
  const walk = (at: unknown, depth: number): void => {
    const fits = depth === dims.length ? typeof at === "number" : Array.isArray(at) && at.length === dims[depth];
    if (!fits) fail("L0838", { what, reason: "is lists of unequal length, or of something else than numbers" });
    if (depth === dims.length) flat.push(at as number);
    else for (const item of at as unknown[]) walk(item, depth + 1);
  };
  walk(lists, 0);
  return tensor(dtype, dims, isBig(dtype) ? flat.map(Math.trunc) : flat);
}
