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
  /** Messages that no firing will read, by input: a full queue's, those without a partner, and those that were too old. */
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
      const count = gate.dropped() + (gate.outdated?.() ?? 0);
      if (count > 0) dropped[engine.plan.slots[gate.slot]!.name] = count;
    }
  }
  return { events: engine.events, node_steps, streams, skipped, dropped, held };
}

export function warningsOf(
  engine: Engine,
  nodes: readonly (NodeState | undefined)[],
  streams: { readonly [stream: string]: StreamCounts },
): Problem[] {
  const warnings: Problem[] = [];
  for (const [id, { out_of_range: count }] of Object.entries(streams)) {
    const stream = engine.plan.typed.byId.get(id)!;
    if (count === 0 || !("contract" in stream) || stream.contract.range === undefined) continue;
    const args = { stream: id, count, range: stream.contract.range };
    warnings.push(problem("L0618", args, { path: `${stream.path}/contract/range` }));
  }
  for (const node of nodes) {
    if (node === undefined) continue;
    const { id, path } = node.vertex;
    const firings = engine.firings(node.rank);
    for (const [port, count] of node.skipped)
      if (count * SKIPS_TOLD > firings) warnings.push(problem("L0607", { node: id, port, count, firings }, { path }));
    for (const gate of node.gates) {
      const count = gate.dropped();
      const { port, spec, gate: kind, max_age_ns } = engine.plan.slots[gate.slot]!;
      const where = { path: spec.path };
      const outdated = gate.outdated?.() ?? 0;
      if (outdated > 0) warnings.push(problem("L0617", { node: id, port, count: outdated, max_age_ns }, where));
      if (count === 0) continue;
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
