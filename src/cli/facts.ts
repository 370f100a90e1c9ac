/** Lines of `name  value`, aligned. */
import type { Style } from "./style.js";

export function facts(rows: readonly (readonly [name: string, value: string | undefined])[], style: Style): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}\n`).join("");
}
