/** Reshape: the same elements under another shape; -1 stands for what is left, 0 for the input's own size. */
import { missingFactor, showShape, UNKNOWN } from "../dims.js";
import type { Dim, Shape } from "../ir.js";
import { numbers } from "../tensor.js";
import { reshapeLike } from "../unbroadcast.js";
import { reshaping } from "./batching.js";
import { sizes } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";

function reshaped(c: NodeContext, from: Shape, to: Shape): Dim[] {
  const keepZero = c.int("allowzero", 0) !== 0;
  const shape = to.map((d, i) =>
    d === 0 && !keepZero ? (from[i] ?? c.refuse(`size ${i} is to be copied, and the input has no such axis`)) : d,
  );
  const open = shape.indexOf(-1);
  if (shape.lastIndexOf(-1) !== open) c.refuse(`its shape ${showShape(to)} has more than one -1`);
  const rest = shape.filter((d) => d !== -1);
  const factor = missingFactor(from, rest);
  if (factor === undefined || (open < 0 && typeof factor === "number" && factor !== 1))
    return c.refuse(`${showShape(from)} cannot become ${showShape(to)}: the number of elements differs`);
  return shape.map((d) => (d === -1 ? factor : d));
}

export const reshape: Op = {
  name: "Reshape",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { allowzero: "int" },
  batch: reshaping,
  moves: [0],
  infer(c) {
    const { dtype, shape } = c.input(0);
    const to = sizes(c.input(1));
    if (to !== undefined) return [info(dtype, reshaped(c, shape, to))];
    const rank = c.input(1).shape[0];
    if (typeof rank !== "number") return c.unknown("the rank of its new shape is not known");
    return [info(dtype, new Array<Dim>(rank).fill(UNKNOWN))];
  },
  evaluate(c) {
    const x = c.input(0);
    return [{ ...x, dims: reshaped(c, x.dims, numbers(c.input(1))) as number[] }];
  },
  gradient: (c) => [reshapeLike(c.gradient, c.input(0)), undefined],
};
