/** Making and reading tensors. */
import { bounded } from "./dims.js";
import { half } from "./half.js";
import type { Dtype, Tensor, TensorData } from "./ir.js";

/** Bytes an element. */
export const itemSize: { readonly [D in Dtype]: 1 | 2 | 4 | 8 } = {
  float32: 4,
  float64: 8,
  int64: 8,
  int32: 4,
  bool: 1,
  uint8: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float16: 2,
  bfloat16: 2,
};

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
} as const;

/** A float that has an array of its own: what is written, generated and differentiated. */
export const isFloat = (dtype: Dtype): boolean => dtype === "float32" || dtype === "float64";
/** A float of 16 bits: read, moved, cast and evaluated, no more. */
export const isHalf = (dtype: Dtype): dtype is "float16" | "bfloat16" => dtype === "float16" || dtype === "bfloat16";
export const isBig = (dtype: Dtype): boolean => dtype === "int64" || dtype === "uint64";

/** What CPUs give for a float that no 64-bit integer stands for. */
const NOT_AN_INTEGER = -(2n ** 63n);

/** Number of elements of a shape (1 for a scalar). */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, d) => product * d, 1);

/** Zeros; L0804 when they are more than a tensor may have. */
export const allocate = (dtype: Dtype, size: number): TensorData =>
  new arrays[dtype](bounded(size, "elements of one tensor"));

/** The typed array that lies over bytes (little-endian, row-major), copied so that it is aligned. */
export function fromBytes(dtype: Dtype, bytes: Uint8Array): TensorData {
  // `slice` of a Buffer would be a view
  const copy = new Uint8Array(bytes);
  return new arrays[dtype](copy.buffer, 0, copy.byteLength / itemSize[dtype]);
}

/** The bytes of a tensor's data, not copied. */
export const toBytes = (data: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** True when the data is of the typed array that its dtype asks for. */
export const holds = (dtype: Dtype, data: TensorData): boolean => data instanceof arrays[dtype];

/**
 * A tensor from plain numbers; 64-bit integers are given as numbers too. A typed array of the right kind is not copied.
 *
 * @example
 * tensor("float32", [2, 2], [1, 2, 3, 4]) // { dtype: "float32", dims: [2, 2], data: Float32Array [1, 2, 3, 4] }
 */
export function tensor(dtype: Dtype, dims: readonly number[], values: ArrayLike<number> | TensorData): Tensor {
  if (values.length !== sizeOf(dims)) throw new RangeError(`${values.length} values do not fill [${dims}]`);
  if (ArrayBuffer.isView(values) && holds(dtype, values as TensorData))
    return { dtype, dims, data: values as TensorData };
  const data = allocate(dtype, values.length);
  const write = writer(dtype, data);
  for (let i = 0; i < values.length; i++) write(i, Number(values[i]));
  return { dtype, dims, data };
}

/**
 * A tensor without dims.
 *
 * @example
 * scalar("float64", 0.5) // { dtype: "float64", dims: [], data: Float64Array [0.5] }
 */
export const scalar = (dtype: Dtype, value: number): Tensor => tensor(dtype, [], [value]);

/**
 * A vector of int64, as ONNX wants shapes and axes.
 *
 * @example
 * int64s([-1, 2]).data // BigInt64Array [-1n, 2n]
 */
export const int64s = (values: readonly number[]): Tensor => tensor("int64", [values.length], values);

/**
 * All elements as numbers (64-bit integers beyond 2⁵³ lose their last bits).
 *
 * @example
 * numbers(int64s([-1, 2])) // [-1, 2]
 */
export const numbers = (t: Tensor): number[] =>
  Array.from(
    t.data as ArrayLike<number | bigint>,
    isHalf(t.dtype) ? (bits) => half[t.dtype as "float16"].read(bits as number) : Number,
  );

/** A function that writes a number as an element: integers are truncated, booleans become 0 or 1, the rest rounds. */
export function writer(dtype: Dtype, data: TensorData): (index: number, value: number) => void {
  if (isBig(dtype)) {
    const big = data as BigInt64Array;
    return (i, value) => {
      big[i] = Number.isFinite(value) ? BigInt(Math.trunc(value)) : NOT_AN_INTEGER;
    };
  }
  const plain = data as Float64Array;
  if (isHalf(dtype)) {
    const { write } = half[dtype];
    return (i, value) => {
      plain[i] = write(value);
    };
  }
  if (dtype === "bool")
    return (i, value) => {
      plain[i] = value === 0 ? 0 : 1;
    };
  return (i, value) => {
    plain[i] = value;
  };
}

/** A view of the elements as numbers: the array itself, or a converted copy of 64-bit integers and floats of 16 bits. */
export const readable = (t: Tensor): ArrayLike<number> =>
  isBig(t.dtype) || isHalf(t.dtype) ? Float64Array.from(numbers(t)) : (t.data as Float64Array);

const bounds: { readonly [D in Dtype]: readonly [low: number, high: number] } = {
  float32: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  float64: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  float16: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  bfloat16: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
  int8: [-(2 ** 7), 2 ** 7 - 1],
  uint8: [0, 2 ** 8 - 1],
  bool: [0, 1],
};
/** The least value of a dtype; negative infinity for floats. */
export const lowest = (dtype: Dtype): number => bounds[dtype][0];
/** The greatest value of a dtype, as far as a number can say it. */
export const highest = (dtype: Dtype): number => bounds[dtype][1];
