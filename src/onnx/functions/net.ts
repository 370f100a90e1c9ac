/** Operators of nets as functions. */
import type { Value } from "../value.js";
import { ints, op } from "./base.js";

/**
 * eˣ over its sum along an axis: what a net's scores become to be probabilities.
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("p", softmax(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [0, Math.log(3)]) }).p.data // Float64Array [≈0.25, ≈0.75]
 */
export const softmax = (x: Value, axis = -1): Value => op("Softmax", [x], { axis });
/**
 * The logarithm of `softmax`, exact where the probabilities are too small to be told from zero.
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", logSoftmax(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [0, 1000]) }).y.data // Float64Array [-1000, 0]
 */
export const logSoftmax = (x: Value, axis = -1): Value => op("LogSoftmax", [x], { axis });

/** How a kernel walks, as ONNX names it; one number an axis, `pads` first all before, then all after. */
export interface Walk {
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly auto_pad?: "NOTSET" | "VALID" | "SAME_UPPER" | "SAME_LOWER";
}
/**
 * Convolution of [N, C, D₁, …] with weights [M, C/group, k₁, …].
 *
 * @example
 * const g = graphBuilder("g");
 * const [x, w] = [g.input("x", "float32", ["N", 1, 28, 28]), g.input("w", "float32", [8, 1, 3, 3])];
 * conv(x, w).shape // ["N", 8, 26, 26]
 * conv(x, w, undefined, { auto_pad: "SAME_UPPER", strides: [2, 2] }).shape // ["N", 8, 14, 14]
 */
export const conv = (x: Value, w: Value, bias?: Value, walk: Walk & { readonly group?: number } = {}): Value =>
  op("Conv", bias === undefined ? [x, w] : [x, w, bias], { ...walk });
/**
 * What undoes the shape of a convolution: [N, C, D₁, …] with weights [C, M/group, k₁, …].
 *
 * @example
 * const g = graphBuilder("g");
 * const [x, w] = [g.input("x", "float32", ["N", 8, 14, 14]), g.input("w", "float32", [8, 1, 2, 2])];
 * convTranspose(x, w, undefined, { strides: [2, 2] }).shape // ["N", 1, 28, 28]
 */
export const convTranspose = (
  x: Value,
  w: Value,
  bias?: Value,
  walk: Walk & {
    readonly group?: number;
    readonly output_padding?: readonly number[];
    readonly output_shape?: readonly number[];
  } = {},
): Value => op("ConvTranspose", bias === undefined ? [x, w] : [x, w, bias], { ...walk });
/**
 * The greatest element under a kernel that walks over [N, C, D₁, …]; steps of one element unless `strides` say more.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 8, 26, 26]);
 * maxPool(x, [2, 2], { strides: [2, 2] }).shape // ["N", 8, 13, 13]
 */
export const maxPool = (
  x: Value,
  kernel: readonly number[],
  walk: Walk & { readonly ceil_mode?: number } = {},
): Value => op("MaxPool", [x], { kernel_shape: kernel, ...walk });
/**
 * The mean of the elements under a kernel that walks over [N, C, D₁, …].
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 8, 26, 26]);
 * averagePool(x, [2, 2], { strides: [2, 2] }).shape // ["N", 8, 13, 13]
 */
export const averagePool = (
  x: Value,
  kernel: readonly number[],
  walk: Omit<Walk, "dilations"> & { readonly ceil_mode?: number; readonly count_include_pad?: number } = {},
): Value => op("AveragePool", [x], { kernel_shape: kernel, ...walk });
/**
 * The mean over all of D₁, D₂, … of [N, C, D₁, …], kept with size 1.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 8, 13, 13]);
 * globalAveragePool(x).shape // ["N", 8, 1, 1]
 */
export const globalAveragePool = (x: Value): Value => op("GlobalAveragePool", [x]);
/** The greatest of all of D₁, D₂, … of [N, C, D₁, …], kept with size 1. */
export const globalMaxPool = (x: Value): Value => op("GlobalMaxPool", [x]);

/**
 * Where along an axis the greatest element is, as int64; of equal ones the first. The axis is left out unless it is
 * kept with size 1.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 10]);
 * argMax(x).shape // ["N"]
 */
export const argMax = (x: Value, axis = -1, keepdims = false): Value =>
  op("ArgMax", [x], { axis, keepdims: keepdims ? 1 : 0 });
/** Where along an axis the least element is, as int64; of equal ones the first. */
export const argMin = (x: Value, axis = -1, keepdims = false): Value =>
  op("ArgMin", [x], { axis, keepdims: keepdims ? 1 : 0 });
/**
 * The k greatest elements along an axis in falling order (the least in rising order with `largest` 0), and their places.
 *
 * @example
 * const g = graphBuilder("g");
 * const { values, indices } = topK(g.input("x", "float32", [4]), 2);
 * g.output("values", values);
 * g.output("indices", indices);
 * const { values: v, indices: i } = evaluate(g.model(), { x: tensor("float32", [4], [3, 9, 1, 7]) });
 * v.data // Float32Array [9, 7]
 * i.data // BigInt64Array [1n, 3n]
 */
export function topK(
  x: Value,
  k: number | Value,
  { axis = -1, largest = 1 }: { readonly axis?: number; readonly largest?: number } = {},
): { values: Value; indices: Value } {
  const count = typeof k === "number" ? ints(x, [k]) : k;
  const [values, indices] = x.scope.emit("TopK", [x, count], { axis, largest }, 2);
  return { values, indices };
}
/**
 * Elements of the axes from `axis` on, less their mean, over the root of their variance, scaled, plus a bias.
 *
 * @example
 * const g = graphBuilder("g");
 * const [x, scale] = [g.input("x", "float64", [1, 2]), g.constant(tensor("float64", [2], [1, 10]))];
 * g.output("y", layerNormalization(x, scale, undefined, { epsilon: 0 }));
 * evaluate(g.model(), { x: tensor("float64", [1, 2], [3, 5]) }).y.data // Float64Array [-1, 10]
 */
export const layerNormalization = (
  x: Value,
  scale: Value,
  bias?: Value,
  attributes: { readonly axis?: number; readonly epsilon?: number } = {},
): Value => op("LayerNormalization", bias === undefined ? [x, scale] : [x, scale, bias], { ...attributes });
/**
 * Channels of [N, C, …] normalised by a mean and a variance that are kept, one a channel.
 *
 * @example
 * const g = graphBuilder("g");
 * const [scale, bias, mean, variance] = ["s", "b", "m", "v"].map((name) => g.input(name, "float32", [8]));
 * batchNormalization(g.input("x", "float32", ["N", 8, 5]), scale!, bias!, mean!, variance!).shape // ["N", 8, 5]
 */
export const batchNormalization = (
  x: Value,
  scale: Value,
  bias: Value,
  mean: Value,
  variance: Value,
  attributes: { readonly epsilon?: number } = {},
): Value => op("BatchNormalization", [x, scale, bias, mean, variance], { ...attributes });
