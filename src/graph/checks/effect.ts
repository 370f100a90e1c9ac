/** Nodes from which nothing that counts can be reached: groups of two or more, and nodes that only feed themselves. */
import { type Draft, type DraftVertex, report } from "../draft.js";
import { formatRef } from "../ref.js";

const MAX_RELATED = 8;

/**
 * @param mentioned ports, nodes and streams that metrics and rewrites name
 * @returns the nodes of such groups; what nobody reads of a single node is told port by port
 */
export function checkEffect(draft: Draft, mentioned: ReadonlySet<string>): ReadonlySet<DraftVertex> {
  const effective = withEffect(draft, mentioned);
  const idle = new Set<DraftVertex>();
  const grouped = new Set<DraftVertex>();
  for (const first of draft.vertices) {
    if (first.node === undefined || effective.has(first) || grouped.has(first)) continue;
    const group = groupOf(first, (vertex) => vertex.node !== undefined && !effective.has(vertex));
    for (const vertex of group) grouped.add(vertex);
    const nodes = group.filter(({ signature }) => signature?.relay !== true);
    if (nodes.length === 0 || (nodes.length === 1 && nodes[0]!.readers.length === 0)) continue;
    for (const vertex of group) idle.add(vertex);
    tell(draft, nodes);
  }
  return idle;
}

/** Everything whose work reaches an effect, or of which nobody can tell; a sub-graph may have ports that are not used. */
function withEffect(draft: Draft, mentioned: ReadonlySet<string>): ReadonlySet<DraftVertex> {
  const named = new Set([...mentioned].map((ref) => ref.replace(/\..*$/s, "")));
  const hasEffect = ({ stream, signature, id, readers }: DraftVertex): boolean =>
    stream !== undefined ||
    signature === undefined ||
    signature.sink ||
    (signature.relay === true && readers.length === 0) ||
    Object.keys(signature.outputs).length === 0 ||
    named.has(id);
  const found = new Set(draft.vertices.filter(hasEffect));
  for (const vertex of found) for (const { from } of vertex.inputs) if (from !== undefined) found.add(from.vertex);
  return found;
}

/** Vertices that are connected to the first, whichever way, in declaration order. */
function groupOf(first: DraftVertex, belongs: (vertex: DraftVertex) => boolean): DraftVertex[] {
  const group = new Set([first]);
  for (const vertex of group) {
    for (const { from } of vertex.inputs) if (from !== undefined && belongs(from.vertex)) group.add(from.vertex);
    for (const { vertex: reader } of vertex.readers) if (belongs(reader)) group.add(reader);
  }
  return [...group].sort((a, b) => a.index - b.index);
}

function tell(draft: Draft, group: readonly DraftVertex[]): void {
  const ends = group.flatMap((vertex) => {
    const read = new Set(vertex.readers.map((edge) => edge.from!.port));
    const ports = Object.keys(vertex.signature?.outputs ?? {});
    return vertex.readers.length > 0
      ? []
      : ports.filter((port) => !read.has(port)).map((port) => formatRef(vertex.id, port));
  });
  const [first, ...others] = group;
  report(draft, "L0256", { nodes: group.map((v) => v.id), ends }, first!, first!.path, {
    related: others
      .slice(0, MAX_RELATED)
      .map((vertex) => ({ message: `\`${vertex.id}\``, path: vertex.path, of: "key" as const })),
  });
}
