/**
 * Resolves every reference to a vertex, and holds it to the boundary:
 * nodes read in-streams, nodes and out-streams; the world reads out-streams and the world; in-streams are fed by the world.
 * What feeds nobody may read anything.
 */
import { LimbeckError } from "../../problem/problem.js";
import { type Draft, type DraftInput, type DraftVertex, type Place, report, suggest } from "../draft.js";
import { formatRef, parseRef } from "../ref.js";

const READS: Record<Place, ReadonlySet<Place>> = {
  world: new Set(["world", "out"]),
  in: new Set(["world"]),
  nodes: new Set(["in", "nodes", "out"]),
  out: new Set(["in", "nodes"]),
};

export function checkWiring(draft: Draft): void {
  const sources = around(draft);
  for (const vertex of draft.vertices) for (const input of vertex.inputs) resolve(draft, input, sources);
}

/** Which streams carry a port across the boundary, for "read `joints`". */
interface Around {
  readonly simulating: ReadonlyMap<string, readonly string[]>;
  readonly sending: ReadonlyMap<string, readonly string[]>;
  /** What each place may read. */
  readonly readable: Record<Place, readonly string[]>;
}

function around(draft: Draft): Around {
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
  const ids = (place: Place) => draft.vertices.filter((v) => READS[place].has(v.place)).map((v) => v.id);
  return {
    simulating,
    sending,
    readable: { world: ids("world"), in: ids("in"), nodes: ids("nodes"), out: ids("out") },
  };
}

function resolve(draft: Draft, input: DraftInput, around: Around) {
  const { vertex, ref, refPath: path } = input;
  const parsed = parseRef(ref);
  if (parsed === undefined) {
    // where `$param` stands for a reference, its value is whatever the param is
    const said = typeof ref === "string" ? ref : JSON.stringify(ref);
    return report(draft, "L0228", { ref: said.slice(0, 80) }, input, path);
  }
  const source = find(draft, parsed.id, READS[vertex.place]);
  if (source === undefined) {
    const known = around.readable[vertex.place];
    const meant = suggest(draft, parsed.id, known);
    return report(draft, "L0203", { ref: parsed.id, nearest: meant, known }, input, path);
  }
  if (!READS[vertex.place].has(source.place) && !feedsNobody(draft, vertex))
    return outOfBounds(draft, input, formatRef(parsed.id, parsed.port), around);
  if (source.stream !== undefined && parsed.port !== undefined)
    return report(draft, "L0219", { ref, stream: true, id: parsed.id, ports: [] }, input, path);
  const port = source.stream === undefined ? parsed.port : "out";
  input.from = { vertex: source, port, field: parsed.field };
  input.boundary = vertex.place === "world" && source.place === "out";
  source.readers.push(input);
}

/** A recorder takes what it likes from either side, since nothing comes out of it. */
function feedsNobody({ catalogue }: Draft, { node }: DraftVertex): boolean {
  if (node === undefined) return false;
  try {
    const signature = catalogue.signature(node.component, node.params, {});
    return signature?.sink === true && Object.keys(signature.outputs).length === 0;
  } catch (error) {
    // what is wrong with its params is told where signatures are checked
    if (error instanceof LimbeckError) return false;
    throw error;
  }
}

/** The vertex of an id; where two have it, which is told elsewhere, the one that may be read here. */
function find(draft: Draft, id: string, readable: ReadonlySet<Place>): DraftVertex | undefined {
  const first = draft.byId.get(id);
  if (first === undefined || readable.has(first.place) || !draft.twice.has(id)) return first;
  return draft.vertices.find((v) => v.id === id && readable.has(v.place)) ?? first;
}

function outOfBounds(draft: Draft, input: DraftInput, ref: string, around: Around) {
  const { vertex, refPath: path } = input;
  if (vertex.place === "nodes")
    return report(draft, "L0216", { reader: vertex.id, ref, streams: around.simulating.get(ref) ?? [] }, input, path);
  if (vertex.place === "world")
    return report(draft, "L0217", { reader: vertex.id, ref, streams: around.sending.get(ref) ?? [] }, input, path);
  const simulate = vertex.place === "in";
  const expected = simulate ? "a port of the world" : "a port of the system";
  report(draft, "L0218", { stream: vertex.id, ref, key: simulate ? "simulate" : "from", expected }, input, path);
}
