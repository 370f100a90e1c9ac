/** ArgMin: where along an axis the least element is; of equal ones the first, or with `select_last_index` the last. */
import { extremeIndex } from "./extreme_index.js";

export const argMin = extremeIndex("ArgMin", (a, b) => a < b);
