/** GlobalAveragePool: the mean over all spatial axes. */
import { reduceMean } from "../functions.js";
import { globalPool } from "./global_pool.js";

export const globalAveragePool = globalPool(
  "GlobalAveragePool",
  (plane) => plane.reduce((a, b) => a + b, 0) / plane.length,
  reduceMean,
);
