/** ReduceMean: the mean over some axes. */
import { cast, div, gather, shapeOf } from "../functions.js";
import { scalar } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import { sum } from "./reduce_sum.js";
import { keptGradient, reducedAxes, reducedCount, reduction } from "./reduction.js";

export const reduceMean = reduction(
  "ReduceMean",
  (elements, count) => sum(elements) / count,
  (c) => {
    const x = c.input(0);
    const axes = reducedAxes(c, x.shape.length);
    const count = reducedCount(x.shape, axes);
    const g = keptGradient(c);
    // a symbolic count is the product of its sizes, read when the graph runs
    const share =
      typeof count === "number"
        ? div(g, count)
        : axes.reduce(
            (v, axis) => div(v, cast(gather(shapeOf(x), x.scope.constant(scalar("int64", axis))), x.dtype)),
            g,
          );
    return [expandLike(share, x), undefined].slice(0, c.inputs.length);
  },
);
