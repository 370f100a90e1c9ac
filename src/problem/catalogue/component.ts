/** L04: components, their params, sources. */
import { error } from "../entry.js";

export const component = {
  L0400: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
