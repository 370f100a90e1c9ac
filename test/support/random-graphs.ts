/** Random graphs for laws, of what every law holds for; `limbeck/testing` makes them. */
import type fc from "fast-check";
import type { Graph } from "../../src/graph/ir.js";
import { arbitraryGraph, reordered } from "../../src/testing/graphs.js";

export { type Firing, graphComponents as randomParts } from "../../src/testing/graph-components.js";

/** Graphs of 1 to 9 nodes over two in-streams with contracts, and an out-stream that the world reads. */
export const randomGraph: fc.Arbitrary<Graph> = arbitraryGraph();

export const shuffled = reordered;

/** Freezes a value to its depths; whoever writes to it then throws. */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
