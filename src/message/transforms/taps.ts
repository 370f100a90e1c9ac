/**
 * Columns as sums of taps: a column of an earlier row, times a factor.
 *
 * Every transform is such a sum, and a sum of sums is one again: a chain of transforms, however long, is one list of
 * taps over the columns that flattening gives. Rows of a dataset and rows at inference go through the same list.
 */
import type { Column, Row } from "../flatten.js";

/** `factor` times column `column` of the row that came `lag` rows before. */
export interface Tap {
  readonly lag: number;
  readonly column: number;
  readonly factor: number;
}

export interface TapColumn extends Column {
  readonly taps: readonly Tap[];
  readonly plus: number;
}

/** Each column as it is. */
export const untouched = (columns: readonly Column[]): TapColumn[] =>
  columns.map((column, i) => ({ ...column, taps: [{ lag: 0, column: i, factor: 1 }], plus: 0 }));

/** The same column `lag` rows earlier. */
export const delayed = ({ taps, ...column }: TapColumn, lag: number): TapColumn => ({
  ...column,
  name: `${column.name}@-${lag}`,
  taps: taps.map((tap) => ({ ...tap, lag: tap.lag + lag })),
});

/** Σ factor · column + plus; taps at one place are added up. */
export function combined(
  column: Column,
  terms: readonly { readonly of: TapColumn; readonly factor: number }[],
  plus = 0,
): TapColumn {
  const sums = new Map<string, Tap>();
  for (const { of, factor } of terms)
    for (const tap of of.taps) {
      const key = `${tap.lag} ${tap.column}`;
      sums.set(key, { ...tap, factor: (sums.get(key)?.factor ?? 0) + factor * tap.factor });
    }
  const taps = [...sums.values()].filter((tap) => tap.factor !== 0);
  return { ...column, taps, plus: terms.reduce((sum, { of, factor }) => sum + factor * of.plus, plus) };
}

/** Taps ready to be summed. */
export interface Taps {
  /** Columns before. */
  readonly from: number;
  readonly columns: readonly Column[];
  /** How many earlier rows are looked at. */
  readonly depth: number;
  /**
   * Writes the columns of row `row` of a matrix of `from` columns into `out` from `at` on. No row before `first` is
   * read: `first` stands in for those.
   */
  apply(matrix: Row, row: number, first: number, out: Row, at: number): void;
}

/** Compiles the columns; lags are `stride` rows each. */
export function compileTaps(from: number, columns: readonly TapColumn[], stride = 1): Taps {
  const ends = new Int32Array(columns.length);
  const taps = columns.flatMap((column) => column.taps);
  let end = 0;
  for (const [i, column] of columns.entries()) ends[i] = end += column.taps.length;
  const lags = Int32Array.from(taps, (tap) => tap.lag * stride);
  const offsets = Int32Array.from(taps, (tap) => tap.column);
  const factors = Float64Array.from(taps, (tap) => tap.factor);
  const plus = Float64Array.from(columns, (column) => column.plus);
  return {
    from,
    columns: columns.map(({ name, unit }) => (unit === undefined ? { name } : { name, unit })),
    depth: lags.reduce((most, lag) => Math.max(most, lag), 0),
    apply(matrix, row, first, out, at) {
      let tap = 0;
      for (let column = 0; column < ends.length; column++) {
        let sum = plus[column]!;
        for (; tap < ends[column]!; tap++) {
          const before = row - lags[tap]!;
          sum += factors[tap]! * matrix[(before < first ? first : before) * from + offsets[tap]!]!;
        }
        out[at + column] = sum;
      }
    },
  };
}
