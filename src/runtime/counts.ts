/** What a run says of itself: digests, counts, and what a user should hear of. */
import { MAX_WAITING } from "../graph/ir.js";
import { type Problem, problem } from "../problem/problem.js";
import type { Engine } from "./engine/engine.js";
import type { NodeState } from "./node/state.js";
import type { Plan } from "./plan/plan.js";
import { runDigest } from "./port/digest.js";
import type { Outlet } from "./port/outlets.js";
import type { StreamCounts } from "./port/streams.js";

/** Skipped firings are warned of once they are more than one in so many. */
const SKIPS_TOLD = 20;

export interface Counts {
  /** Messages sent. */
  readonly events: number;
  /** Firings of nodes and world nodes. */
  readonly node_steps: number;
  /** Messages lost on the way or outside of their declared range, by stream. */
  readonly streams: { readonly [stream: string]: StreamCounts };
  /** Firings cancelled for want of a value, by the input that lacked it. */
  readonly skipped: { readonly [port: string]: number };
  /** Messages that no firing will read, by input: a full queue's, and those without a partner. */
  readonly dropped: { readonly [port: string]: number };
  /** Firings that had to wait for room in a queue further on, by node. */
  readonly held: { readonly [node: string]: number };
}

export function counted(
  engine: Engine,
  nodes: readonly (NodeState | undefined)[],
  streams: { readonly [stream: string]: StreamCounts },
): Counts {
  const skipped: { [port: string]: number } = {};
  const dropped: { [port: string]: number } = {};
  const held: { [node: string]: number } = {};
  let node_steps = 0;
  for (const node of nodes) {
    if (node === undefined) continue;
    const { id } = node.vertex;
    node_steps += engine.firings(node.rank);
    for (const [port, count] of node.skipped) skipped[`${id}.${port}`] = count;
    if (node.held > 0) held[id] = node.held;
    for (const gate of node.gates) {
      const count = gate.dropped();
      if (count > 0) dropped[engine.plan.slots[gate.slot]!.name] = count;
    }
  }
  return { events: engine.events, node_steps, streams, skipped, dropped, held };
}

export function warningsOf(engine: Engine, nodes: readonly (NodeState | undefined)[]): Problem[] {
  const warnings: Problem[] = [];
  for (const node of nodes) {
    if (node === undefined) continue;
    const { id, path } = node.vertex;
    const firings = engine.firings(node.rank);
    for (const [port, count] of node.skipped)
      if (count * SKIPS_TOLD > firings) warnings.push(problem("L0607", { node: id, port, count, firings }, { path }));
    for (const gate of node.gates) {
      const count = gate.dropped();
      if (count === 0) continue;
      const { port, spec, gate: kind } = engine.plan.slots[gate.slot]!;
      const where = { path: spec.path };
      if (kind === "aligned") warnings.push(problem("L0615", { node: id, port, count }, where));
      else {
        const { size: limit = MAX_WAITING, policy = "drop_oldest" } = spec.queue ?? {};
        warnings.push(problem("L0609", { node: id, port, count, limit, policy }, where));
      }
    }
    for (const warning of node.instance?.warnings?.() ?? []) warnings.push({ path, ...warning });
  }
  return warnings;
}

/** Digests of all ports; the world's and inserted ones apart. */
export function digestsOf({ outs }: Plan, outlets: readonly Outlet[]) {
  const ports: { [port: string]: string } = {};
  const apart: { [port: string]: string } = {};
  for (const [out, { digest, name }] of outlets.entries()) {
    if (digest === undefined) continue;
    (outs[out]!.apart ? apart : ports)[name] = digest.value();
  }
  return { digest: Object.keys(ports).length === 0 ? "" : runDigest(ports), ports, apart };
}
