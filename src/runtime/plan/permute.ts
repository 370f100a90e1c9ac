/** Another legal order of simultaneous firings: a random topological order in the place of that by declaration. */
import type { Rng } from "../../component/rng.js";
import type { TypedGraph, Vertex } from "../../graph/typed.js";

/**
 * The same graph with its vertices in another order that respects every edge; no port may see the difference.
 *
 * @example
 * permuted(typed, rng(1)).vertices.length === typed.vertices.length // true
 */
export function permuted(typed: TypedGraph, random: Rng): TypedGraph {
  const waits = new Map<string, number>();
  const readers = new Map<string, string[]>();
  for (const { id, inputs } of typed.vertices) {
    const above = inputs.filter((input) => input.delay_ns === undefined && !input.boundary);
    waits.set(id, above.length);
    for (const { from } of above) readers.set(from.vertex, [...(readers.get(from.vertex) ?? []), id]);
  }
  const ready = typed.vertices.filter(({ id }) => waits.get(id) === 0);
  const vertices: Vertex[] = [];
  while (ready.length > 0) {
    const at = random.integer(ready.length);
    const vertex = ready[at]!;
    ready[at] = ready.at(-1)!;
    ready.pop();
    vertices.push({ ...vertex, rank: vertices.length });
    for (const id of readers.get(vertex.id) ?? []) {
      const left = waits.get(id)! - 1;
      waits.set(id, left);
      if (left === 0) ready.push(typed.byId.get(id)!);
    }
  }
  return { ...typed, vertices, byId: new Map(vertices.map((vertex) => [vertex.id, vertex])) };
}
