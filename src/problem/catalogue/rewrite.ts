/** L05: rewriting. */
import { error } from "../entry.js";

export const rewrite = {
  L0500: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
