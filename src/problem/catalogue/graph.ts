/** L02: what a graph must be, beyond its text. */
import { error } from "../entry.js";

export const graph = {
  L0200: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
