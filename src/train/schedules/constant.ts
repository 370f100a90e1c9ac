/** The same rate at every step. */
import type { Schedule } from "../schedule.js";

/**
 * The base rate throughout.
 *
 * @example
 * constant.factor(30, 100) // 1
 */
export const constant: Schedule = { name: "constant", factor: () => 1 };
