/** The gradient of broadcasting: what was spread over an axis is summed back over it. */
import { fail } from "../problem/problem.js";
import { isStatic, sameDim, showShape } from "./dims.js";
import { expand, reduceSum, reshape, shapeOf } from "./functions.js";
import type { Value } from "./value.js";

/**
 * Sums a gradient over the axes that broadcasting `input` to the gradient's shape added or stretched.
 *
 * Errors: L0813 when symbolic sizes leave open whether an axis was stretched.
 */
export function unbroadcast(gradient: Value, input: Value): Value {
  const added = gradient.shape.length - input.shape.length;
  const lead = Array.from({ length: added }, (_, i) => i);
  const stretched: number[] = [];
  input.shape.forEach((dim, i) => {
    const out = gradient.shape[added + i];
    if (sameDim(dim, out)) return;
    if (dim === 1) stretched.push(added + i);
    else if (typeof dim === "string")
      fail("L0813", {
        op: "broadcasting",
        reason: `it is not known whether size ${dim} of ${showShape(input.shape)} is stretched to ${showShape(gradient.shape)}`,
      });
  });
  let out = gradient;
  if (stretched.length > 0) out = reduceSum(out, { axes: stretched, keepdims: true });
  return lead.length > 0 ? reduceSum(out, { axes: lead }) : out;
}

/** `x` brought to the shape of `like` without computing: a constant shape where it is known, else read when it runs. */
export const reshapeLike = (x: Value, like: Value): Value =>
  reshape(x, isStatic(like.shape) ? like.shape : shapeOf(like));
export const expandLike = (x: Value, like: Value): Value =>
  expand(x, isStatic(like.shape) ? like.shape : shapeOf(like));
