/** L07: recordings and datasets. */
import { error } from "../entry.js";

export const record = {
  L0700: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
