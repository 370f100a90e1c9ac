/** `flatten`: columns of the user's own choice, each a sum of the type's columns: picked, scaled, pooled, projected. */
import type { Column } from "../flatten.js";
import { combined, type TapColumn } from "./taps.js";

export interface OwnColumn extends Column {
  /** Factors by column name. */
  readonly of: { readonly [column: string]: number };
  /** Added to the sum (default 0). */
  readonly plus?: number;
}

/** What is wrong is given to `refuse`. */
export function flattened(
  columns: readonly TapColumn[],
  own: readonly OwnColumn[],
  refuse: (reason: string) => never,
): TapColumn[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const find = (name: string): TapColumn =>
    byName.get(name) ?? refuse(`there is no column \`${name}\`; there are ${[...byName.keys()].join(", ")}`);
  if (new Set(own.map(({ name }) => name)).size < own.length) refuse("two of its columns have one name");
  return own.map(({ of, plus = 0, ...column }) => {
    const terms = Object.entries(of).map(([name, factor]) => ({ of: find(name), factor }));
    return combined(column, terms, plus);
  });
}
