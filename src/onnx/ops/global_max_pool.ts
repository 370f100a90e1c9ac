/** GlobalMaxPool: the greatest over all spatial axes; equal ones share the gradient evenly. */
import { reduceMax } from "../functions.js";
import { globalPool } from "./global_pool.js";

export const globalMaxPool = globalPool(
  "GlobalMaxPool",
  (plane) => plane.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  reduceMax,
);
