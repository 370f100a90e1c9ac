/** Turns of phrase that the texts of problems share. */
import { didYouMean } from "../entry.js";

/** "`a`, `b`", or what is said of an empty list. */
export const list = (names: readonly string[], none = ""): string =>
  names.length === 0 ? none : names.map((n) => `\`${n}\``).join(", ");

const MAX_LISTED = 12;

/** "Did you mean …?", else what there is to choose from. */
export const meantOr = (nearest: string | undefined, known: readonly string[], what: string, none: string): string => {
  if (nearest !== undefined) return didYouMean(nearest);
  if (known.length === 0) return none;
  const more = known.length > MAX_LISTED ? ` and ${known.length - MAX_LISTED} more` : "";
  return `${what} ${list(known.slice(0, MAX_LISTED))}${more}.`;
};
