/** Where: a where the condition holds, else b. */
import { where as choose } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { commonShape, zip } from "./elementwise.js";
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
  evaluate: (c) => [
    zip([c.input(0), c.input(1), c.input(2)], c.input(1).dtype, (condition, a, b) => (condition !== 0 ? a : b)),
  ],
  gradient(c) {
    const condition = c.input(0);
    return [
      undefined,
      c.wants(1) ? unbroadcast(choose(condition, c.gradient, 0), c.input(1)) : undefined,
      c.wants(2) ? unbroadcast(choose(condition, 0, c.gradient), c.input(2)) : undefined,
    ];
  },
};
