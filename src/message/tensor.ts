/** Tensors as typed arrays: which array holds which dtype, and how many elements a shape has. */
import type { Dtype, MessageSchema, TypedArray } from "./type.js";

type Maker = { new (length: number): TypedArray; readonly BYTES_PER_ELEMENT: number };

/** The typed array of each dtype; `bool` is bytes of 0 and 1. */
export const ARRAYS: { readonly [D in Dtype]: Maker } = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

export const DTYPES = Object.keys(ARRAYS) as readonly Dtype[];

/** Least and greatest value of an integer dtype. */
export const INTEGER_RANGE: { readonly [dtype: string]: readonly [number, number] } = {
  int32: [-2147483648, 2147483647],
  int16: [-32768, 32767],
  int8: [-128, 127],
  uint32: [0, 4294967295],
  uint16: [0, 65535],
  uint8: [0, 255],
  bool: [0, 1],
};

export const isFloat = (dtype: Dtype): boolean => dtype === "float64" || dtype === "float32";

export const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly length: number;
}

/** Shape, dtype and element count of a tensor's schema; undefined for any other schema. */
export function tensorType(schema: MessageSchema): TensorType | undefined {
  if (schema.tensor === undefined) return undefined;
  return { shape: schema.tensor, dtype: schema.dtype ?? "float64", length: elements(schema.tensor) };
}

export const isTypedArray = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/**
 * `[3]`, `[0][2]`: the index of each element in row-major order.
 *
 * @example
 * elementNames([2, 2]) // ["[0][0]", "[0][1]", "[1][0]", "[1][1]"]
 */
export function elementNames(shape: readonly number[]): string[] {
  let names = [""];
  for (const n of shape) names = names.flatMap((name) => Array.from({ length: n }, (_, i) => `${name}[${i}]`));
  return names;
}
