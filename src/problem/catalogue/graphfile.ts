/** L01: the graph file's text: YAML, keys, quantities. */
import { error } from "../entry.js";

export const graphfile = {
  L0100: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
