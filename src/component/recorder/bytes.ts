/** Sizes as authors write them: `10MB`, `64KiB`, or a number of bytes. */

const UNITS: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["kB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
]);

/**
 * A size in bytes; undefined where the text is none.
 *
 * @example
 * parseBytes("1.5MB") // 1_500_000
 * parseBytes("64KiB") // 65_536
 * parseBytes(2000) // 2000
 * parseBytes("64 kb") // undefined
 */
export function parseBytes(written: unknown): number | undefined {
  const parts = typeof written === "string" ? /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{1,3})$/.exec(written) : null;
  const unit = parts === null ? undefined : UNITS.get(parts[2]!);
  const bytes = unit === undefined ? written : Math.round(Number(parts![1]) * unit);
  return Number.isSafeInteger(bytes) && (bytes as number) > 0 ? (bytes as number) : undefined;
}
