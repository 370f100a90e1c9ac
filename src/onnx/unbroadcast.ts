/** The gradient of broadcasting: what was spread over an axis is summed back over it. */
import { isStatic, sameDim } from "./dims.js";
import { equal, expand, not, op, reduceSum, reshape, shapeOf } from "./functions.js";
import type { Value } from "./value.js";

/**
 * Sums a gradient over the axes that broadcasting `input` to the gradient's shape added or stretched. Where symbolic
 * sizes leave open which axes those are, they are found when the graph runs.
 */
export function unbroadcast(gradient: Value, input: Value): Value {
  const added = gradient.shape.length - input.shape.length;
  const stretched: number[] = [];
  let open = false;
  input.shape.forEach((dim, i) => {
    if (sameDim(dim, gradient.shape[added + i])) return;
    if (dim === 1) stretched.push(added + i);
    else open ||= typeof dim === "string";
  });
  let out = gradient;
  if (stretched.length > 0) out = reduceSum(out, { axes: stretched, keepdims: true });
  if (added > 0) out = reduceSum(out, { axes: Array.from({ length: added }, (_, i) => i) });
  if (!open) return out;
  const differ = not(equal(shapeOf(input), shapeOf(out)));
  const axes = reshape(op("NonZero", [differ]), [-1]);
  return reshapeLike(op("ReduceSum", [out, axes], { keepdims: 1, noop_with_empty_axes: 1 }), input);
}

/** `x` brought to the shape of `like` without computing: a constant shape where it is known, else read when it runs. */
export const reshapeLike = (x: Value, like: Value): Value =>
  reshape(x, isStatic(like.shape) ? like.shape : shapeOf(like));
export const expandLike = (x: Value, like: Value): Value =>
  expand(x, isStatic(like.shape) ? like.shape : shapeOf(like));
