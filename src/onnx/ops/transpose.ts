/** Transpose: axes in the order of `perm`, reversed by default. */
import { stridesOf, walk } from "../dims.js";
import { transpose as permute } from "../functions.js";
import { info, type NodeContext, type Op } from "./op.js";
import { pick } from "./permute.js";

function order(c: NodeContext, rank: number): readonly number[] {
  const perm = c.ints("perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (perm.length !== rank || [...perm].sort((a, b) => a - b).some((axis, i) => axis !== i))
    c.refuse(`perm [${perm}] is not an order of ${rank} axes`);
  return perm;
}

export const transpose: Op = {
  name: "Transpose",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { perm: "ints" },
  moves: [0],
  infer(c) {
    const { dtype, shape } = c.input(0);
    return [
      info(
        dtype,
        order(c, shape.length).map((axis) => shape[axis]),
      ),
    ];
  },
  evaluate(c) {
    const x = c.input(0);
    const perm = order(c, x.dims.length);
    const dims = perm.map((axis) => x.dims[axis]);
    const strides = stridesOf(x.dims);
    return [
      pick(
        x,
        dims,
        walk(
          dims,
          perm.map((axis) => strides[axis]),
        ),
      ),
    ];
  },
  batch(c) {
    const perm = order(c, c.input(0).shape.length);
    return [permute(c.input(0).value, [0, ...perm.map((axis) => axis + 1)])];
  },
  gradient(c) {
    const perm = order(c, c.input(0).shape.length);
    return [
      permute(
        c.gradient,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ];
  },
};
