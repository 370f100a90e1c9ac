/** PRelu: x, and slope·x below 0; the slope is broadcast to x. */

import { showShape } from "../dims.js";
import { less, mul, where } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { binary, commonShape, sameDtype } from "./elementwise.js";
import { info, type Op } from "./op.js";

const parametric = binary("PRelu", "number", (x, slope) => (x < 0 ? slope * x : x), {
  exact: (x, slope) => (x < 0n ? slope * x : x),
  gradient(c) {
    const [x, slope] = [c.input(0), c.input(1)];
    const below = less(x, 0);
    return [
      c.wants(0) ? where(below, mul(c.gradient, slope), c.gradient) : undefined,
      c.wants(1) ? unbroadcast(where(below, mul(c.gradient, x), 0), slope) : undefined,
    ];
  },
});

export const pRelu: Op = {
  ...parametric,
  infer(c) {
    const dtype = sameDtype(c, "number");
    const { shape } = c.input(0);
    const joint = commonShape(c);
    if (
      joint.length !== shape.length ||
      joint.some((d, i) => typeof d === "number" && typeof shape[i] === "number" && d !== shape[i])
    )
      c.refuse(`its slope of shape ${showShape(c.input(1).shape)} does not broadcast to ${showShape(shape)}`);
    return [info(dtype, shape)];
  },
};
