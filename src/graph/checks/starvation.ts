/**
 * Nodes that wait for what can never come, each group told once, at the node that the cause meets first.
 *
 *   gps (loss 1) ──► filter ──► fuse (on: 100hz)        "`fuse` can wait for ever for `filter.value`, behind which stands `gps`"
 *
 * Causes are streams that cannot speak, and cycles that nothing starts. Everything else that never fires hangs on one.
 */
import type { Silence } from "../../problem/catalogue/soundness.js";
import { type Draft, type DraftInput, type DraftVertex, report } from "../draft.js";
import type { InStream } from "../ir.js";
import { type Activity, isSilent, triggerPorts } from "./activity.js";
import { sourceName } from "./names.js";

const MAX_RELATED = 8;
const MAX_CYCLE = 20;

/** @param activities one for each mode that the graph is made for */
export function checkStarvation(draft: Draft, activities: readonly Activity[]): void {
  const told = new Set<DraftVertex>();
  for (const activity of activities) {
    const explained = new Set<DraftVertex>();
    const lacks = lacksIn(activity);
    for (const stream of draft.vertices) {
      const why = silenceOf(stream, activity);
      if (why === undefined || explained.has(stream)) continue;
      const hit = waiting(activity, lacks, [stream], explained);
      if (told.has(stream)) continue;
      if (hit.length > 0) {
        told.add(stream);
        tell(draft, activity, stream, why, hit);
      }
    }
    cycles(draft, activity, lacks, explained, told);
  }
  for (const vertex of draft.vertices) {
    if (vertex.place !== "in" || told.has(vertex)) continue;
    const { simulate, live } = vertex.stream as InStream;
    if (simulate === undefined && live === undefined)
      report(draft, "L0220", { stream: vertex.id }, vertex, vertex.path);
  }
}

/** Why a stream is silent by itself. */
function silenceOf(vertex: DraftVertex, { mode }: Activity): Silence | undefined {
  if (vertex.place === "out")
    return mode === "simulation" && vertex.contract?.loss === 1 ? { kind: "loss" } : undefined;
  const why = isSilent(vertex, mode);
  if (why !== "no source") return why && { kind: why };
  const { simulate, live } = vertex.stream as InStream;
  return { kind: simulate === undefined && live === undefined ? "nowhere" : mode };
}

/** The edges that keep a vertex from firing. */
type Lacks = (vertex: DraftVertex) => ReadonlySet<DraftInput>;

function lacksIn(activity: Activity): Lacks {
  const known = new Map<DraftVertex, ReadonlySet<DraftInput>>();
  return (vertex) => {
    let found = known.get(vertex);
    if (found === undefined) {
      const dead = activity.isTriggerDead(vertex) || vertex.node === undefined;
      const triggers = new Set(dead ? triggerPorts(vertex) : []);
      const keeps = (i: DraftInput) => activity.isDry(i) && (triggers.has(i.port) || activity.isNeeded(i));
      found = new Set(vertex.inputs.filter(keeps));
      known.set(vertex, found);
    }
    return found;
  };
}

/** Nodes that can never fire behind the given vertices, nearest first, with the edge over which each is met; no recorders. */
function waiting(
  activity: Activity,
  lacks: Lacks,
  from: readonly DraftVertex[],
  explained: Set<DraftVertex>,
): { vertex: DraftVertex; input: DraftInput }[] {
  const found: { vertex: DraftVertex; input: DraftInput }[] = [];
  for (const vertex of from) explained.add(vertex);
  const queue = [...from];
  for (const vertex of queue)
    for (const input of vertex.readers) {
      const reader = input.vertex;
      if (explained.has(reader) || activity.canFire(reader) || !lacks(reader).has(input)) continue;
      explained.add(reader);
      queue.push(reader);
      found.push({ vertex: reader, input });
    }
  return found.filter(({ vertex }) => isNode(vertex) && vertex.signature?.sink !== true);
}

/** The ports of sub-graphs are wires. */
const isNode = (vertex: DraftVertex): boolean => vertex.node !== undefined && vertex.signature?.relay !== true;

function tell(
  draft: Draft,
  activity: Activity,
  stream: DraftVertex,
  silence: Silence,
  hit: readonly { vertex: DraftVertex; input: DraftInput }[],
): void {
  // a node that is set off and then lacks something is what is looked for; one that is never set off follows from it
  const starved = hit.find(({ vertex }) => !activity.isTriggerDead(vertex));
  const { vertex, input } = starved ?? hit[0]!;
  const others = hit.filter((h) => h.vertex !== vertex);
  const args = {
    node: vertex.id,
    port: sourceName(input).replace(/:.*$/s, ""),
    stream: stream.id,
    silence,
    others: others.map((h) => h.vertex.id),
  };
  const at = silence.kind === "loss" ? `${stream.path}/contract/loss` : stream.path;
  const related = [
    { message: `stream \`${stream.id}\``, path: at, ...(silence.kind === "loss" ? {} : { of: "key" as const }) },
    ...others
      .slice(0, MAX_RELATED)
      .map((h) => ({ message: `\`${h.vertex.id}\``, path: h.vertex.path, of: "key" as const })),
  ];
  if (starved !== undefined) {
    report(draft, "L0253", args, input, input.refPath, { related });
    return;
  }
  const on = vertex.node!.on === undefined ? undefined : `${vertex.path}/on`;
  const ports = triggerPorts(vertex).slice(0, MAX_RELATED).join(", ");
  const trigger = `${vertex.trigger!.kind}: [${ports}]`;
  report(draft, "L0254", { ...args, trigger }, on === undefined ? input : vertex, on ?? input.refPath, { related });
}

/** What is left over can only wait for itself. */
function cycles(
  draft: Draft,
  activity: Activity,
  lacks: Lacks,
  explained: Set<DraftVertex>,
  told: Set<DraftVertex>,
): void {
  for (const start of draft.vertices) {
    if (activity.canFire(start) || explained.has(start) || unconnected(start)) continue;
    const path: DraftInput[] = [];
    const at = new Map<DraftVertex, number>();
    let vertex: DraftVertex | undefined = start;
    while (vertex !== undefined && !at.has(vertex)) {
      at.set(vertex, path.length);
      const input: DraftInput | undefined = [...lacks(vertex)].find((i) => !explained.has(i.from!.vertex));
      if (input === undefined) vertex = undefined;
      else {
        path.push(input);
        vertex = input.from!.vertex;
      }
    }
    if (vertex === undefined) continue;
    const cycle = path.slice(at.get(vertex)!).reverse();
    const members = cycle.map((input) => input.vertex);
    const behind = waiting(activity, lacks, members, explained);
    if (members.some((member) => told.has(member))) continue;
    for (const member of members) told.add(member);
    const names = cycle.slice(0, MAX_CYCLE).map((input) => input.from!.vertex.id);
    const closed = [...names, ...(cycle.length > MAX_CYCLE ? [`(${cycle.length - MAX_CYCLE} more)`] : []), names[0]!];
    // one that is set off, and lacks only a value to begin with
    const startable = cycle.filter((i) => isNode(i.vertex) && !activity.isTriggerDead(i.vertex));
    const lacking = startable.find((i) => i.boundary) ?? startable[0];
    const input = lacking ?? cycle.find((i) => isNode(i.vertex)) ?? cycle[0]!;
    const lack = lacking && { node: lacking.vertex.id, from: lacking.from!.vertex.id };
    const others = behind.map((b) => b.vertex.id);
    report(draft, "L0255", { cycle: closed, others, lack }, input, input.refPath, {
      related: cycle
        .filter((i) => i !== input)
        .slice(0, MAX_RELATED)
        .map((i) => ({ message: "and here", path: i.refPath })),
    });
  }
}

/** The port of a sub-graph that the graph around it leaves open, because nothing in it needs it. */
const unconnected = (vertex: DraftVertex): boolean => vertex.signature?.relay === true && vertex.inputs.length === 0;
