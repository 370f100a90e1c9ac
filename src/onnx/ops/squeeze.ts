/** Squeeze: drops axes of size one, all of them unless some are named. */
import { isStatic, showShape, UNKNOWN } from "../dims.js";
import type { Dim, Shape, Tensor } from "../ir.js";
import { reshapeLike } from "../unbroadcast.js";
import type { Info } from "../value.js";
import { reshaping } from "./batching.js";
import { integers, normalised, openCount, sizes } from "./given.js";
import type { NodeContext, Op } from "./op.js";
import { attributeAsInput } from "./upgrades.js";

function squeezed(c: NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] }, shape: Shape): Shape {
  const open = openCount(c, 1);
  if (open !== undefined) return new Array<Dim>(Math.max(0, shape.length - open)).fill(UNKNOWN);
  const given = integers(c, 1, "axes");
  if (given === undefined) {
    if (!isStatic(shape)) return c.unknown(`which axes of ${showShape(shape)} to drop is not known; name them`);
    return shape.filter((d) => d !== 1);
  }
  const axes = normalised(c, given, shape.length);
  for (const axis of axes)
    if (typeof shape[axis] === "number" && shape[axis] !== 1)
      c.refuse(`axis ${axis} of ${showShape(shape)} is not of size 1`);
  return shape.filter((_, i) => !axes.includes(i));
}

export const squeeze: Op = {
  name: "Squeeze",
  inputs: [1, 2],
  outputs: [1, 1],
  attributes: { axes: "ints" },
  batch: reshaping,
  moves: [0],
  upgrade: (c) => [attributeAsInput(c, "axes")],
  infer(c) {
    const x = c.input(0);
    const known = sizes(x);
    return [{ dtype: x.dtype, shape: squeezed(c, x.shape), ...(known && { sizes: known }) }];
  },
  evaluate: (c) => [{ ...c.input(0), dims: squeezed(c, c.input(0).dims) as number[] }],
  gradient: (c) => [reshapeLike(c.gradient, c.input(0)), undefined].slice(0, c.inputs.length),
};
