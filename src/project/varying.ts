/** A graph under the draws of its episodes, one after the other: only the first of them is rewritten and checked. */
import { isDeepStrictEqual } from "node:util";
import type { Variation, Varied, Vary } from "../distill/workbench.js";
import type { Catalogue } from "../graph/catalogue.js";
import { retuned } from "../graph/retune.js";

interface Whole extends Varied {
  readonly catalogue: Catalogue;
}

const PARTS = ["rewrites", "recorders", "components"] as const;

/**
 * What varies a graph, where a variation may be the one before under other values of the same params.
 *
 * A text that names another param (`$kp`) is left to the whole way.
 */
export function varying(whole: (variation: Variation) => Whole): Vary {
  let last: { readonly variation: Variation; readonly found: Whole } | undefined;
  return (variation) => {
    const { set = {} } = variation;
    if (last !== undefined && isNext(last.variation, variation) && !/"\$/.test(JSON.stringify(set))) {
      const { component, catalogue } = last.found;
      const typed = retuned(last.found.typed, set, catalogue);
      if (typed !== undefined) return { typed, component };
    }
    last = { variation, found: whole(variation) };
    return last.found;
  };
}

const isNext = (before: Variation, after: Variation): boolean =>
  PARTS.every((part) => before[part] === after[part]) &&
  isDeepStrictEqual(Object.keys(before.set ?? {}), Object.keys(after.set ?? {}));
