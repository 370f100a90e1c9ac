/** Quantities as checks take them: the value, or a problem told. */
import type { Draft, DraftVertex } from "../draft.js";
import type { Parsed } from "../quantity.js";

/** The value, or its problem told. */
export function take<T>(draft: Draft, part: Pick<DraftVertex, "origins">, parsed: Parsed<T>): T | undefined {
  if (parsed.problem === undefined) return parsed.value;
  draft.problems.push({ ...parsed.problem, ...(part.origins.length === 0 ? {} : { origins: part.origins }) });
  return undefined;
}
