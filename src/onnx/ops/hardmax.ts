/** Hardmax: 1 at the greatest element along an axis, the first of equal ones, and 0 elsewhere. There is no gradient by it. */
import { greatest, rowwise } from "./softmax_rows.js";

export const hardmax = rowwise(
  "Hardmax",
  (row) => {
    const top = row.indexOf(greatest(row));
    return row.map((_, i) => (i === top ? 1 : 0));
  },
  () => undefined,
);
