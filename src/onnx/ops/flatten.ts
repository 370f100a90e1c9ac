/** Flatten: the axes before `axis` become one, and those from it on another. */
import { missingFactor, UNKNOWN } from "../dims.js";
import type { Dim, Shape } from "../ir.js";
import { reshapeLike } from "../unbroadcast.js";
import { reshaping } from "./batching.js";
import { info, type NodeContext, type Op } from "./op.js";

const product = (shape: Shape): Dim => missingFactor(shape, []) ?? UNKNOWN;

function flattened(c: NodeContext, shape: Shape): [Dim, Dim] {
  const given = c.int("axis", 1);
  const at = given < 0 ? given + shape.length : given;
  if (at < 0 || at > shape.length) c.refuse(`axis ${given} is out of range for rank ${shape.length}`);
  return [product(shape.slice(0, at)), product(shape.slice(at))];
}

export const flatten: Op = {
  name: "Flatten",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { axis: "int" },
  batch: reshaping,
  moves: [0],
  infer: (c) => [info(c.input(0).dtype, flattened(c, c.input(0).shape))],
  evaluate: (c) => [{ ...c.input(0), dims: flattened(c, c.input(0).dims) as number[] }],
  gradient: (c) => [reshapeLike(c.gradient, c.input(0))],
};
