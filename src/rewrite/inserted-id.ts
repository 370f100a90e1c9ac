/** Ids of what rules insert: `record#reach`, `joints#loss`, `diagnose#controller_torque`. */
import type { Graph } from "../graph/ir.js";

/** `base#part`, or the first of `base#part_2`, `base#part_3`, … that is free. */
export function insertedId(graph: Graph, base: string, part: string): string {
  const taken = (id: string) =>
    [graph.world, graph.nodes, graph.streams.in, graph.streams.out].some((ids) => Object.hasOwn(ids, id));
  const id = `${base}#${part.replace(/[^A-Za-z0-9_-]/g, "_")}`;
  if (!taken(id)) return id;
  for (let n = 2; ; n++) if (!taken(`${id}_${n}`)) return `${id}_${n}`;
}
