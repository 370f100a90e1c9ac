/** Operators that pick and place by index, as functions. */
import type { Dtype } from "../ir.js";
import { scalar, tensor } from "../tensor.js";
import type { Value } from "../value.js";
import { op } from "./base.js";

/**
 * The slices of an axis at these indices.
 *
 * @example
 * const g = graphBuilder("g");
 * gather(g.input("table", "float32", [10, 4]), g.input("rows", "int64", ["N"])).shape // ["N", 4]
 */
export const gather = (x: Value, indices: Value, axis = 0): Value => op("Gather", [x, indices], { axis });
/**
 * Element by element, with the index along an axis read from a tensor of the output's shape.
 *
 * @example
 * const g = graphBuilder("g");
 * gatherElements(g.input("x", "float32", [10, 4]), g.input("rows", "int64", [3, 4]), 0).shape // [3, 4]
 */
export const gatherElements = (x: Value, indices: Value, axis = 0): Value =>
  op("GatherElements", [x, indices], { axis });
/**
 * Slices at positions, each of which is given by the last axis of the indices.
 *
 * @example
 * const g = graphBuilder("g");
 * gatherND(g.input("x", "float32", [10, 4]), g.input("cells", "int64", ["N", 2])).shape // ["N"]
 */
export const gatherND = (x: Value, indices: Value): Value => op("GatherND", [x, indices]);

/** How an element that is placed meets the one that is there: it takes its place, or is combined with it. */
type Placing = "none" | "add" | "mul" | "max" | "min";

/**
 * A value with some elements replaced by updates, or combined with them; the opposite of `gatherElements`.
 *
 * @example
 * const g = graphBuilder("g");
 * const [x, rows, updates] = [g.input("x", "float32", [3]), g.input("rows", "int64", [2]), g.input("u", "float32", [2])];
 * g.output("y", scatterElements(x, rows, updates, 0, "add"));
 * const feeds = { x: tensor("float32", [3], [1, 2, 3]), rows: int64s([2, 2]), u: tensor("float32", [2], [10, 20]) };
 * evaluate(g.model(), feeds).y.data // Float32Array [1, 2, 33]
 */
export const scatterElements = (
  x: Value,
  indices: Value,
  updates: Value,
  axis = 0,
  reduction: Placing = "none",
): Value => op("ScatterElements", [x, indices, updates], { axis, ...(reduction !== "none" && { reduction }) });
/**
 * A value with slices replaced by updates, or combined with them, at positions; the opposite of `gatherND`.
 *
 * @example
 * const g = graphBuilder("g");
 * const [x, cells] = [g.input("x", "float32", [10, 4]), g.input("cells", "int64", ["N", 1])];
 * scatterND(x, cells, g.input("rows", "float32", ["N", 4])).shape // [10, 4]
 */
export const scatterND = (x: Value, indices: Value, updates: Value, reduction: Placing = "none"): Value =>
  op("ScatterND", [x, indices, updates], reduction === "none" ? {} : { reduction });
/**
 * A last axis of `depth` that is 1 at each index and 0 elsewhere.
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", oneHot(g.input("i", "int64", [2]), 3, "float32"));
 * evaluate(g.model(), { i: int64s([0, 2]) }).y.data // Float32Array [1, 0, 0, 0, 0, 1]
 */
export const oneHot = (indices: Value, depth: number, dtype: Dtype): Value => {
  const { scope } = indices;
  return op("OneHot", [indices, scope.constant(scalar("int64", depth)), scope.constant(tensor(dtype, [2], [0, 1]))]);
};
