/** Ids are unique across streams, world and nodes; rewrites' `origin` counts like any other. */
import { type Draft, describePlace, report } from "../draft.js";

/** S2: what a graph may hold. */
export const MAX_VERTICES = 10_000;

export function checkIds(draft: Draft): void {
  const count = draft.vertices.length;
  if (count > MAX_VERTICES) report(draft, "L0230", { count, limit: MAX_VERTICES }, { origins: [] }, "/nodes");
  for (const vertex of draft.vertices) {
    const first = draft.byId.get(vertex.id)!;
    if (first === vertex) continue;
    const args = { id: vertex.id, first: describePlace[first.place], second: describePlace[vertex.place] };
    report(draft, "L0201", args, vertex, vertex.path, {
      of: "key",
      related: [{ message: "first given here", path: first.path, of: "key" }],
    });
  }
}
