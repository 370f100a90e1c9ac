/** Cast: to another dtype; floats are truncated to integers, anything but zero is true. */
import { cast as convert, elementType } from "../functions.js";
import type { Dtype, Tensor } from "../ir.js";
import type { Scalar } from "../javascript/text.js";
import { allocate, isBig, isFloat, isHalf, readable, writer } from "../tensor.js";
import type { NodeContext, Op } from "./op.js";
import { without } from "./upgrades.js";

function target(c: NodeContext): Dtype {
  const number = c.int("to");
  const found = Object.entries(elementType).find(([, n]) => n === number);
  return (found?.[0] as Dtype | undefined) ?? c.refuse(`element type ${number} is not supported`);
}

/**
 * A float as an integer, truncated. ONNX leaves open what becomes of floats that the integer has no room for; this is
 * what ONNX Runtime makes of them on x86: the least 32- or 64-bit integer, of which smaller ones keep the low bits.
 */
const asInt32 = (x: number): number => (x > -(2 ** 31) - 1 && x < 2 ** 31 ? x : -(2 ** 31));
const integers: { readonly [dtype: string]: (x: number) => number | bigint } = {
  int64: (x) => (x >= -(2 ** 63) && x < 2 ** 63 ? BigInt(Math.trunc(x)) : -(2n ** 63n)),
  uint64: (x) => (x >= 2 ** 64 ? 0n : x >= -(2 ** 63) ? BigInt(Math.trunc(x)) : -(2n ** 63n)),
  int32: asInt32,
  int16: asInt32,
  uint16: asInt32,
  int8: asInt32,
  uint8: asInt32,
  uint32: (x) => (Math.abs(x) < 2 ** 63 ? x : 0),
};

/** An integer of 64 bits as float32, rounded once: what does not fit into a double is kept as one sticky bit. */
const single = (x: bigint): number => Math.fround(Number((x >> 11n) | (x & 0x7ffn ? 1n : 0n))) * 2048;

/** The same values in another dtype. */
export function converted(x: Tensor, to: Dtype): Tensor {
  if (x.dtype === to) return x;
  const data = allocate(to, x.data.length);
  const plain = data as Float64Array;
  if (isBig(x.dtype) && !isHalf(to) && to !== "float64") {
    const values = x.data as BigInt64Array;
    const convert =
      to === "float32"
        ? (v: bigint) => (v > -(2n ** 53n) && v < 2n ** 53n ? Number(v) : single(v))
        : to === "bool"
          ? (v: bigint) => Number(v !== 0n)
          : isBig(to)
            ? (v: bigint) => v
            : (v: bigint) => Number(BigInt.asIntN(32, v));
    for (let i = 0; i < values.length; i++) plain[i] = convert(values[i]) as number;
    return { dtype: to, dims: x.dims, data };
  }
  const values = readable(x);
  const convert = (isFloat(x.dtype) || isHalf(x.dtype)) && Object.hasOwn(integers, to) ? integers[to] : undefined;
  const write = writer(to, data);
  for (let i = 0; i < values.length; i++)
    if (convert === undefined) write(i, values[i]);
    else plain[i] = convert(values[i]) as number;
  return { dtype: to, dims: x.dims, data };
}

/** The same for an element of generated code, where integers of 64 bits are plain numbers. */
function conversion(from: Dtype, to: Dtype): Scalar {
  if (to === "bool") return (x) => x !== 0;
  // an integer may be kept as −0
  if (!isFloat(from)) return isFloat(to) ? (x) => x + 0 : (x) => x;
  if (isFloat(to)) return (x) => x;
  return to === "int64" || to === "uint64" ? (x) => Number(integers[to](x)) : (integers[to] as (x: number) => number);
}

export const cast: Op = {
  name: "Cast",
  inputs: [1, 1],
  outputs: [1, 1],
  // it says what happens to floats of 8 bits, which are not read
  upgrade: ({ node }) => [{ ...node, attributes: without(node, "saturate") }],
  attributes: { to: "int", saturate: "int" },
  infer(c) {
    const { shape, sizes } = c.input(0);
    const dtype = target(c);
    return [{ dtype, shape, ...(sizes && !isFloat(dtype) && dtype !== "bool" && { sizes }) }];
  },
  evaluate: (c) => [converted(c.input(0), target(c))],
  elementwise: (c) => ({ dtype: target(c), f: conversion(c.input(0).dtype, target(c)) }),
  gradient(c) {
    const from = c.input(0).dtype;
    return [isFloat(from) && isFloat(c.outputs[0].dtype) ? convert(c.gradient, from) : undefined];
  },
};
