/** Time between firings, where formulas divide by it or add it up. */
import type { Value } from "../../onnx/value.js";
import { choose, div, greater, mul, round } from "./arithmetic.js";

/** `dt` to divide by: 1 where no time has passed, so that what is not chosen there is finite, and so is its gradient. */
export const spanOf = (dt: Value): Value => choose(greater(dt, 0), dt, 1);

/** A time to the nearest ns, in s: a sum of such times is as exact as the clock itself. */
export const inWhole_ns = (time: Value): Value => div(round(mul(time, 1e9)), 1e9);
