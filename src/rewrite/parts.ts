/**
 * A region whose outputs have no common anchor, as regions that each have one:
 *
 *   x ─► a (100 Hz) ─► b (100 Hz) ─► c (1 kHz) ─► u          parts: {a, b}, {c}
 */
import type { NodeVertex, TypedGraph } from "../graph/typed.js";
import { anchorsOf, boundaryOf, isRelay, regionOf } from "./region.js";

/**
 * The parts of a region, in the order in which they fire. Neighbours that fire together are one part, and no part reads at
 * one tag what another says that reads it. Undefined where the nodes are one region already, or none at all.
 *
 * @example
 * partsOf(typed, ["ik", "controller"]) // undefined
 */
export function partsOf(typed: TypedGraph, ids: readonly string[]): readonly (readonly string[])[] | undefined {
  if (!Array.isArray(regionOf(typed, ids, "distill", "/nodes"))) return undefined;
  const boundary = boundaryOf(typed, ids, "distill", "/nodes");
  if (Array.isArray(boundary)) return undefined;
  const inside = new Set(boundary.nodes);
  const nodes = typed.vertices.filter((vertex): vertex is NodeVertex => inside.has(vertex.id));
  const anchors = anchorsOf(typed, boundary);
  /** Of a node, when it fires and how many changes of that lie before it. */
  const found = new Map<string, { readonly on: string; readonly depth: number }>();
  for (const node of nodes) {
    // who reads a delayed value may come first
    const before = node.inputs.flatMap(({ from }) => found.get(from.vertex) ?? []);
    // the port of a sub-graph belongs to who speaks there, and what comes in from outside to nobody
    const passesOn: boolean = isRelay(node);
    if (passesOn) {
      if (before[0] !== undefined) found.set(node.id, before[0]);
      continue;
    }
    const anchor = anchors.get(node.id)!;
    const on = JSON.stringify("on" in anchor ? anchor.on : [node.id]);
    const depths = before.map((one) => (one.on === on ? one.depth : one.depth + 1));
    found.set(node.id, { on, depth: Math.max(0, ...depths) });
  }
  const parts = new Map<string, string[]>();
  const depthOf = new Map<string, number>();
  for (const [id, { on, depth }] of found) {
    const key = `${depth} ${on}`;
    depthOf.set(key, depth);
    parts.set(key, [...(parts.get(key) ?? []), id]);
  }
  const several = [...parts].sort(([a], [b]) => depthOf.get(a)! - depthOf.get(b)!).map(([, part]) => part);
  return several.length > 1 ? several : undefined;
}
