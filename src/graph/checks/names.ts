/** What the two ends of an edge are called in problems. */
import type { DraftInput, DraftVertex } from "../draft.js";
import { formatRef } from "../ref.js";

/** What is read, resolved: `joints:velocity`, `filter.value`. */
export function sourceName({ from, ref }: DraftInput): string {
  if (from === undefined) return ref;
  const { vertex, port, field } = from;
  return formatRef(vertex.id, vertex.stream === undefined ? port : undefined, field);
}

/** Who reads it: `controller.joints`, or a stream. */
export const readerName = ({ vertex, port }: DraftInput): string =>
  vertex.stream === undefined ? formatRef(vertex.id, port) : vertex.id;

/** Where it is said when a vertex fires: its `on`, else its component, else the rate of the stream. */
export function timePlace(vertex: DraftVertex): string {
  if (vertex.node !== undefined) return `${vertex.path}/${vertex.node.on === undefined ? "component" : "on"}`;
  return vertex.stream!.contract?.rate === undefined ? vertex.path : `${vertex.path}/contract/rate`;
}
