/** Sizes and budgets: whole numbers from 1 to a bound. */
import { type Draft, type DraftVertex, report } from "../draft.js";

/** Messages that a queue or a window may hold. */
export const MAX_HELD = 1_000_000;

/** True for a count; else its problem is told. A param may have put anything here. */
export function isCount(
  draft: Draft,
  part: Pick<DraftVertex, "origins">,
  value: unknown,
  what: string,
  path: string,
  most: number = Number.MAX_SAFE_INTEGER,
): value is number {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) return true;
  const bound = most === Number.MAX_SAFE_INTEGER ? {} : { most };
  report(draft, "L0233", { what, found: JSON.stringify(value).slice(0, 40), ...bound }, part, path);
  return false;
}
