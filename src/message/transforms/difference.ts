/** `difference`: what changed since the row before, and since then again, up to an order. */
import { combined, delayed, type TapColumn } from "./taps.js";

/** The columns, then their first differences, and so on; only the last ones without `keep`. */
export function differences(columns: readonly TapColumn[], order: number, keep: boolean): TapColumn[] {
  const orders = [columns];
  for (let n = 1; n <= order; n++)
    orders.push(
      orders[n - 1]!.map((column, i) => {
        const { name, unit } = columns[i]!;
        return combined({ name: `${name}:diff${n === 1 ? "" : n}`, ...(unit === undefined ? {} : { unit }) }, [
          { of: column, factor: 1 },
          { of: delayed(column, 1), factor: -1 },
        ]);
      }),
    );
  return keep ? orders.flat() : [...orders[order]!];
}
