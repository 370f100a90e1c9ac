/** `lag`: columns as they were so many rows ago. */
import { delayed, type TapColumn } from "./taps.js";

/** The columns as they are, then at each lag in the order given; without `keep` only at the lags. */
export const lagged = (columns: readonly TapColumn[], rows: readonly number[], keep: boolean): TapColumn[] => [
  ...(keep ? columns : []),
  ...rows.flatMap((lag) => columns.map((column) => delayed(column, lag))),
];
