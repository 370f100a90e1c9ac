/** Where: a where the condition holds, else b. */
import { broadcastOffsets } from "../dims.js";
import { where as choose } from "../functions.js";
import { allocate } from "../tensor.js";
import { unbroadcast } from "../unbroadcast.js";
import { commonDims, commonShape } from "./elementwise.js";
import { info, type Op } from "./op.js";

export const where: Op = {
  name: "Where",
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const [condition, a, b] = [c.input(0), c.input(1), c.input(2)];
    if (condition.dtype !== "bool") c.refuse(`its condition must be bool, not ${condition.dtype}`);
    if (a.dtype !== b.dtype) c.refuse(`its two values must be of one dtype, not ${a.dtype} and ${b.dtype}`);
    return [info(a.dtype, commonShape(c))];
  },
  elementwise: (c) => ({ dtype: c.input(1).dtype, f: (condition, a, b) => (condition !== 0 ? a : b) }),
  evaluate(c) {
    const inputs = [c.input(0), c.input(1), c.input(2)];
    const { dtype } = inputs[1];
    const dims = commonDims(c);
    const [condition, a, b] = inputs.map((t) => t.data as Float64Array);
    const [ic, ia, ib] = inputs.map((t) => broadcastOffsets(t.dims, dims));
    const data = allocate(dtype, ic.length) as Float64Array;
    for (let i = 0; i < ic.length; i++) data[i] = condition[ic[i]] ? a[ia[i]] : b[ib[i]];
    return [{ dtype, dims, data }];
  },
  gradient(c) {
    const condition = c.input(0);
    return [
      undefined,
      c.wants(1) ? unbroadcast(choose(condition, c.gradient, 0), c.input(1)) : undefined,
      c.wants(2) ? unbroadcast(choose(condition, 0, c.gradient), c.input(2)) : undefined,
    ];
  },
};
