/**
 * Resolves every reference to a vertex, and holds it to the boundary:
 * nodes read in-streams, nodes and out-streams; the world reads out-streams and the world; in-streams are fed by the world.
 */
import { nearest } from "../../problem/nearest.js";
import { type Draft, type DraftInput, type DraftVertex, type Place, report } from "../draft.js";
import { formatRef, parseRef } from "../ref.js";

const READS: Record<Place, ReadonlySet<Place>> = {
  world: new Set(["world", "out"]),
  in: new Set(["world"]),
  nodes: new Set(["in", "nodes", "out"]),
  out: new Set(["in", "nodes"]),
};

export function checkWiring(draft: Draft): void {
  const sources = streamsByRef(draft);
  for (const vertex of draft.vertices) for (const input of vertex.inputs) resolve(draft, input, sources);
}

/** Which streams carry a port across the boundary, for "read `joints`". */
interface Streams {
  readonly simulating: ReadonlyMap<string, readonly string[]>;
  readonly sending: ReadonlyMap<string, readonly string[]>;
}

function streamsByRef(draft: Draft): Streams {
  const simulating = new Map<string, string[]>();
  const sending = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, ref: string, id: string) => {
    const ids = map.get(ref);
    if (ids === undefined) map.set(ref, [id]);
    else ids.push(id);
  };
  for (const [id, s] of Object.entries(draft.graph.streams.in))
    if (s.simulate !== undefined) add(simulating, s.simulate, id);
  for (const [id, s] of Object.entries(draft.graph.streams.out)) add(sending, s.from, id);
  return { simulating, sending };
}

function resolve(draft: Draft, input: DraftInput, streams: Streams) {
  const { vertex, ref, refPath: path } = input;
  const parsed = parseRef(ref);
  if (parsed === undefined) return report(draft, "L0228", { ref: ref.slice(0, 80) }, input, path);
  const source = find(draft, parsed.id, READS[vertex.place]);
  if (source === undefined) {
    const known = draft.vertices.filter((v) => READS[vertex.place].has(v.place)).map((v) => v.id);
    const meant = nearest(parsed.id, known);
    return report(draft, "L0203", { ref: parsed.id, nearest: meant, known }, input, path);
  }
  if (!READS[vertex.place].has(source.place))
    return outOfBounds(draft, input, formatRef(parsed.id, parsed.port), streams);
  if (source.stream !== undefined && parsed.port !== undefined)
    return report(draft, "L0219", { ref, stream: true, id: parsed.id, ports: [] }, input, path);
  const port = source.stream === undefined ? parsed.port : "out";
  input.from = { vertex: source, port, field: parsed.field };
  input.boundary = vertex.place === "world" && source.place === "out";
  source.readers.push(input);
}

/** The vertex of an id; where two have it, which is told elsewhere, the one that may be read here. */
function find(draft: Draft, id: string, readable: ReadonlySet<Place>): DraftVertex | undefined {
  const first = draft.byId.get(id);
  if (first === undefined || readable.has(first.place) || !draft.twice.has(id)) return first;
  return draft.vertices.find((v) => v.id === id && readable.has(v.place)) ?? first;
}

function outOfBounds(draft: Draft, input: DraftInput, ref: string, streams: Streams) {
  const { vertex, refPath: path } = input;
  if (vertex.place === "nodes")
    return report(draft, "L0216", { reader: vertex.id, ref, streams: streams.simulating.get(ref) ?? [] }, input, path);
  if (vertex.place === "world")
    return report(draft, "L0217", { reader: vertex.id, ref, streams: streams.sending.get(ref) ?? [] }, input, path);
  const simulate = vertex.place === "in";
  const expected = simulate ? "a port of the world" : "a port of the system";
  report(draft, "L0218", { stream: vertex.id, ref, key: simulate ? "simulate" : "from", expected }, input, path);
}
