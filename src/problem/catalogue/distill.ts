/** L09: training and distilling. */
import { error } from "../entry.js";

export const distill = {
  L0900: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
