/** How two graphs differ, part by part. */
import { isDeepStrictEqual } from "node:util";
import type { Json } from "../message/type.js";
import { pathTo } from "../problem/path.js";
import type { Graph } from "./ir.js";

export interface Difference {
  /** IR path, e.g. `/nodes/controller/params/kp`. */
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  /** Absent for what was added. */
  readonly from?: Json;
  /** Absent for what was removed. */
  readonly to?: Json;
}

/**
 * The differences of two graphs, in the order of their parts. Where parts were declared in another order there is none.
 *
 * @example
 * differences(graph, { ...graph, seed: 8 }) // [{ path: "/seed", change: "changed", from: 7, to: 8 }]
 */
export const differences = (a: Graph, b: Graph): Difference[] => [
  ...between("", a as unknown as Json, b as unknown as Json),
];

function* between(path: string, a: Json, b: Json): Iterable<Difference> {
  if (isDeepStrictEqual(a, b)) return;
  if (!isRecord(a) || !isRecord(b)) {
    yield { path, change: "changed", from: a, to: b };
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const at = pathTo(path, key);
    if (!Object.hasOwn(a, key)) yield { path: at, change: "added", to: b[key]! };
    else if (!Object.hasOwn(b, key)) yield { path: at, change: "removed", from: a[key]! };
    else yield* between(at, a[key]!, b[key]!);
  }
}

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
