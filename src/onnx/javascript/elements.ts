/** What an element is in generated code, by its dtype: the arrays it lies in, how it is rounded, and what literals give. */
import type { Dtype, Tensor, TensorData } from "../ir.js";
import { allocate, isBig, numbers, writer } from "../tensor.js";
import type { Scalar } from "./text.js";

/** One element: a name, a literal or an access; never anything that takes time or changes. Truth values are JavaScript's own. */
export interface Atom {
  readonly text: string;
  /** How many loops stand around the place where it was written. */
  readonly depth: number;
  /** Of a literal; truth values as 0 and 1. */
  readonly value?: number;
}

/** What an op does to one element of each of its inputs, which are broadcast. */
export type Exact = (...x: bigint[]) => bigint | boolean;

/** A whole number, or 0 for what arithmetic of integers leaves open. */
export const whole = (x: number): number => (Number.isFinite(x) ? Math.trunc(x) : 0);
/** What is true or false as it stands. */
const IS_TRUTH = /^!\w+$|^[\w.()-]+ (===|!==|<=?|>=?) [\w.()+-]+$/;
/** A float as a 64-bit integer. */
const toInt64 = (x: number): number => (Number.isFinite(x) ? Math.trunc(x) : -(2 ** 63));

const constructors: { readonly [D in Dtype]?: string } = {
  float64: "Float64Array",
  float32: "Float32Array",
  // 64-bit integers are plain numbers
  int64: "Float64Array",
  uint64: "Float64Array",
  int32: "Int32Array",
  uint32: "Uint32Array",
  int16: "Int16Array",
  uint16: "Uint16Array",
  int8: "Int8Array",
  uint8: "Uint8Array",
  bool: "Uint8Array",
};
export const arrayType = (dtype: Dtype): string => constructors[dtype] ?? "Uint16Array";
export const arrayOfDtype = (dtype: Dtype, size: number): TensorData =>
  isBig(dtype) ? new Float64Array(size) : allocate(dtype, size);

/** The elements of a tensor as generated code holds them: 64-bit integers as plain numbers. */
export const plainData = (t: Tensor): TensorData => (isBig(t.dtype) ? Float64Array.from(numbers(t)) : t.data);

const plainOf = new WeakMap<Tensor, TensorData>();
/** The same array for the same tensor. */
export function plainDataOnce(t: Tensor): TensorData {
  const known = plainOf.get(t) ?? plainData(t);
  plainOf.set(t, known);
  return known;
}

/** The function of literals, as reference evaluation has it. */
export function fold(
  f: Scalar,
  values: readonly number[],
  dtypes: readonly Dtype[],
  dtype: Dtype,
  exact: Exact | undefined,
): number {
  const data = allocate(dtype, 1);
  if (exact !== undefined && dtypes.every(isBig)) {
    const result = exact(...values.map((x) => BigInt(Math.trunc(x))));
    data[0] = dtype === "bool" ? Number(result) : (result as bigint);
  } else writer(dtype, data)(0, Number(f(...values)));
  return Number(data[0]);
}

/**
 * The text of a result, rounded as its dtype is.
 *
 * @param bind gives the name of a value that the function closes over
 */
export function roundedText(
  text: string,
  dtype: Dtype,
  exact: Exact | undefined,
  bind: (value: unknown, stem: string) => string,
): string {
  switch (dtype) {
    case "float64":
      return text;
    case "float32":
      return `Math.fround(${text})`;
    case "bool":
      return IS_TRUTH.test(text) ? text : `!!(${text})`;
    case "int64":
    case "uint64":
      // sums, products and choices of integers are integers
      if (
        /^[\w\s+\-*().?:!=<>]*$/.test(text.replace(/Math\.(abs|max|min|sign|floor|ceil|trunc|round)\b/g, "")) &&
        !/\*\*|\d\.\d|\bf\d/.test(text)
      )
        return text;
      return `${bind(exact === undefined ? toInt64 : whole, "f")}(${text})`;
    case "uint32":
      return `(${text}) >>> 0`;
    case "int32":
      return `(${text}) | 0`;
    case "int16":
      return `((${text}) << 16) >> 16`;
    case "int8":
      return `((${text}) << 24) >> 24`;
    case "uint16":
      return `(${text}) & 65535`;
    case "uint8":
      return `(${text}) & 255`;
    default:
      throw new TypeError(`${dtype} is not computed in`);
  }
}
