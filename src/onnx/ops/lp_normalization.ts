/** LpNormalization: the elements along an axis over their norm, the sum of sizes (p = 1) or the root of squares (2); zeros stay. */
import { abs, div, equal, reduceSum, sqrt, square, where } from "../functions.js";
import { sizeOf } from "../tensor.js";
import { alongAxis } from "./batching.js";
import { composed } from "./composed.js";
import { sameDtype } from "./elementwise.js";
import { axis } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";
import { mapRows } from "./softmax_rows.js";

const AXIS = -1;

function order(c: NodeContext): number {
  const p = c.int("p", 2);
  return p === 1 || p === 2 ? p : c.refuse(`its p is ${p}, not 1 or 2`);
}

export const lpNormalization: Op = {
  name: "LpNormalization",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { axis: "int", p: "int" },
  batch: alongAxis(AXIS),
  infer(c) {
    const { shape } = c.input(0);
    axis(c, c.int("axis", AXIS), shape);
    order(c);
    return [info(sameDtype(c, "float"), shape)];
  },
  evaluate(c) {
    const x = c.input(0);
    const p = order(c);
    const at = axis(c, c.int("axis", AXIS), x.dims);
    const y = mapRows(x, x.dims[at]!, sizeOf(x.dims.slice(at + 1)), (row) => {
      const sum = row.reduce((total, v) => total + Math.abs(v) ** p, 0);
      const norm = sum === 0 ? 1 : p === 1 ? sum : Math.sqrt(sum);
      return row.map((v) => v / norm);
    });
    return [y];
  },
  gradient: composed((c, [x]) => {
    const p = order(c);
    const axes = [axis(c, c.int("axis", AXIS), x!.shape)];
    const sum = reduceSum(p === 1 ? abs(x!) : square(x!), { axes, keepdims: true });
    const held = where(equal(sum, 0), 1, sum);
    return [div(x!, p === 1 ? held : sqrt(held))];
  }),
};
