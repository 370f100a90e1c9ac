/** ArgMax: where along an axis the greatest element is; of equal ones the first, or with `select_last_index` the last. */
import { extremeIndex } from "./extreme_index.js";

export const argMax = extremeIndex("ArgMax", (a, b) => a > b);
