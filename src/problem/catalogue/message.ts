/** L03: message types and values. */
import { error } from "../entry.js";

export const message = {
  L0300: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
