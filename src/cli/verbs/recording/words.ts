/** Times and types of recordings as they stand in tables. */

/** Times are decimals to the nanosecond, however small: 5 ns are 0.000000005. */
export const inSeconds = (ns: number): string => {
  const size = Math.abs(ns);
  const rest = String(size % 1e9).padStart(9, "0");
  return `${ns < 0 ? "-" : ""}${Math.floor(size / 1e9)}.${rest}`.replace(/\.?0+$/, "");
};

export const seconds = (ns: number): string => `${inSeconds(ns)} s`;

/** Longer types are cut: a table of forty columns has one of a thousand characters. */
const MAX_TYPE = 72;

export const briefType = (type: string): string => (type.length <= MAX_TYPE ? type : `${type.slice(0, MAX_TYPE - 1)}…`);
