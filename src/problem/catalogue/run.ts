/** L06: running. */
import { error } from "../entry.js";

export const run = {
  L0600: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
