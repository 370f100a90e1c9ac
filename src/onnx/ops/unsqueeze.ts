/** Unsqueeze: puts in axes of size one, at the places they have in the result. */
import { UNKNOWN } from "../dims.js";
import type { Dim, Shape, Tensor } from "../ir.js";
import { reshapeLike } from "../unbroadcast.js";
import type { Info } from "../value.js";
import { reshaping } from "./batching.js";
import { integers, normalised, openCount, sizes } from "./given.js";
import type { NodeContext, Op } from "./op.js";
import { attributeAsInput } from "./upgrades.js";

function unsqueezed(c: NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] }, shape: Shape): Shape {
  const open = openCount(c, 1);
  if (open !== undefined) return new Array<Dim>(shape.length + open).fill(UNKNOWN);
  const given = integers(c, 1, "axes") ?? c.refuse("it has no axes");
  const rank = shape.length + given.length;
  const axes = normalised(c, given, rank);
  const rest = [...shape];
  return Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!));
}

export const unsqueeze: Op = {
  name: "Unsqueeze",
  inputs: [1, 2],
  outputs: [1, 1],
  attributes: { axes: "ints" },
  batch: reshaping,
  moves: [0],
  upgrade: (c) => [attributeAsInput(c, "axes")],
  infer(c) {
    const x = c.input(0);
    const shape = unsqueezed(c, x.shape);
    const known = shape.length <= 1 ? sizes(x) : undefined;
    return [{ dtype: x.dtype, shape, ...(known && { sizes: known }) }];
  },
  evaluate: (c) => [{ ...c.input(0), dims: unsqueezed(c, c.input(0).dims) as number[] }],
  gradient: (c) => [reshapeLike(c.gradient, c.input(0)), undefined].slice(0, c.inputs.length),
};
