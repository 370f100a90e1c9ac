/** `history`: a window of the last rows, oldest first: as [rows, columns] row-major, the shape that a recurrent net reads. */
import { delayed, type TapColumn } from "./taps.js";

export const windowed = (columns: readonly TapColumn[], rows: number): TapColumn[] =>
  Array.from({ length: rows }, (_, i) => rows - 1 - i).flatMap((lag) =>
    lag === 0 ? columns : columns.map((column) => delayed(column, lag)),
  );
