/** How components refuse params that are each right and do not go together. */
import { fail } from "../../problem/problem.js";

/**
 * @param param the parameter at fault, if it is one alone
 * @throws LimbeckError L0416, at the parameter, or else at all of them
 */
export const refuse = (param: string | undefined, reason: string, help: string): never =>
  fail("L0416", { reason, help }, { path: param === undefined ? "/params" : `/params/${param}` });
