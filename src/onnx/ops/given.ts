/** Axes, sizes and the like: inputs of newer opsets, attributes of older ones; constants before a model runs. */
import { axisOf, showShape } from "../dims.js";
import type { Shape, Tensor } from "../ir.js";
import { isFloat, numbers } from "../tensor.js";
import type { Info } from "../value.js";
import type { NodeContext } from "./op.js";

type Given = NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] };

/** The integers of input `index`, or of the attribute that older opsets have in its place. */
export function integers(c: Given, index: number, attribute?: string): readonly number[] | undefined {
  const input = c.inputs[index];
  if (input === undefined) return attribute === undefined ? undefined : c.ints(attribute);
  if ("data" in input) return numbers(input);
  if (input.constant === undefined) return c.unknown(`input ${index + 1} is no constant`);
  return numbers(input.constant);
}

/** The integers of an input that may not be left out. */
export const needed = (c: Given, index: number): readonly number[] =>
  integers(c, index) ?? c.refuse(`its input ${index + 1} is missing`);

/**
 * How many integers input `index` will hold when the model runs, where they are no constant; undefined where they are
 * known, or the input is left out.
 */
export function openCount(c: Given, index: number): number | undefined {
  const input = c.inputs[index];
  if (input === undefined || "data" in input || input.constant !== undefined) return undefined;
  const count = input.shape.length === 0 ? 1 : input.shape[0];
  return typeof count === "number" ? count : c.unknown(`it is not known how many integers input ${index + 1} holds`);
}

/** Axes counted from the front, without doubles. */
export function normalised(c: NodeContext, axes: readonly number[], rank: number): number[] {
  const positive = axes.map((a) => axisOf(a, rank) ?? c.refuse(`axis ${a} is out of range for rank ${rank}`));
  if (new Set(positive).size < positive.length) c.refuse(`axes [${axes}] name one axis twice`);
  return positive;
}

/** The one axis of an op, counted from the front. */
export const axis = (c: NodeContext, value: number, shape: Shape): number =>
  axisOf(value, shape.length) ?? c.refuse(`axis ${value} is out of range for ${showShape(shape)}`);

/** The elements of an integer vector or scalar, symbolic sizes included, if they are known. */
export const sizes = (input: Info): Shape | undefined =>
  input.sizes ??
  (input.constant && !isFloat(input.dtype) && input.shape.length <= 1 ? numbers(input.constant) : undefined);
