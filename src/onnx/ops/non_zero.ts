/** NonZero: the positions of all elements that are not zero, one column each. It has no gradient. */
import { UNKNOWN } from "../dims.js";
import { readable, tensor } from "../tensor.js";
import { info, type Op } from "./op.js";

export const nonZero: Op = {
  name: "NonZero",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  infer: (c) => [info("int64", [c.input(0).shape.length, UNKNOWN])],
  evaluate(c) {
    const x = c.input(0);
    const found = Array.from(readable(x)).flatMap((v, i) => (v === 0 ? [] : [i]));
    let stride = x.data.length;
    const rows = x.dims.map((d) => {
      stride /= d;
      return found.map((i) => Math.floor(i / stride) % d);
    });
    return [tensor("int64", [x.dims.length, found.length], rows.flat())];
  },
  gradient: () => [undefined],
};
