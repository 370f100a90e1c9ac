/**
 * One message of each port, with stamps that lie close together.
 *
 * Among the oldest that wait, those older than the youngest of them by more than `within` can find no partner any
 * more and are dropped; when none is left to drop, the oldest of all ports make a set. Each message is used once.
 */
import { MAX_WAITING } from "../../../graph/ir.js";
import { createQueue, type Gate, type GateSetup, isOld, restoreQueue, savedQueue, type Waiting } from "./gate.js";
import { createServer, ration, type Server } from "./portion.js";

/** What the gates of one node share. */
export interface Alignment {
  readonly gates: Map<number, { readonly waiting: Waiting[]; drop(): void; isOld(stamp_ns: number): boolean }>;
  readonly within_ns: number;
  /** Sets that wait for a firing, oldest first; by slot. */
  readonly sets: Map<number, Waiting>[];
  /** What works them off. */
  readonly server: Server;
}

export const alignment = (within_ns: number): Alignment => ({
  gates: new Map(),
  within_ns,
  sets: [],
  server: createServer(),
});

export function alignedGate(setup: GateSetup, ports: Alignment): Gate {
  const { engine, plan } = setup;
  const slot = plan.index;
  const queue = createQueue({ size: MAX_WAITING, policy: "drop_oldest", overflow: () => {} });
  ports.gates.set(slot, {
    waiting: queue.items,
    drop() {
      queue.items.shift();
      queue.dropped++;
    },
    isOld: (stamp_ns) => isOld(setup, stamp_ns),
  });
  const gate: Gate = {
    slot,
    arrive(message, stamp_ns) {
      queue.add({ message, stamp_ns, time_ns: engine.time_ns });
      const set = match(ports);
      if (set === undefined) return;
      if (ports.sets.length >= MAX_WAITING) {
        ports.sets.shift();
        queue.dropped++;
      }
      ports.sets.push(set);
      engine.wake(plan.rank);
    },
    load() {
      const next = ports.sets[0]?.get(slot);
      if (next === undefined) return;
      engine.put(plan, next.message, next.stamp_ns);
    },
    taken() {
      // the first of the ports ends the set for all
      if (slot !== Math.min(...ports.gates.keys())) return;
      ports.sets.shift();
      if (ports.sets.length === 0) return;
      ration(engine, ports.server);
      engine.wakeAt(plan.rank, ports.server.free_ns);
    },
    cancelled() {
      const [set] = ports.sets;
      if (set === undefined) return;
      // ages that made one port's message missing: the set is no use to the others either
      if ([...ports.gates].some(([port, { isOld }]) => isOld(set.get(port)!.stamp_ns))) gate.taken();
    },
    dropped: () => queue.dropped,
    waiting: () => queue.items.length,
    due: () => ports.sets.length > 0,
    snapshot: () => ({ ...savedQueue(queue), sets: ports.sets.map((set) => set.get(slot)!), server: ports.server }),
    restore(saved) {
      const { sets, server, ...items } = saved as ReturnType<typeof savedQueue> & {
        sets: readonly Waiting[];
        server: Server;
      };
      restoreQueue(queue, items);
      for (const [i, own] of sets.entries()) (ports.sets[i] ??= new Map()).set(slot, own);
      Object.assign(ports.server, server);
      if (sets.length > 0 && server.free_ns > engine.time_ns) engine.wakeAt(plan.rank, server.free_ns);
    },
  };
  return gate;
}

function match({ gates, within_ns }: Alignment): Map<number, Waiting> | undefined {
  for (;;) {
    let youngest = Number.NEGATIVE_INFINITY;
    for (const { waiting } of gates.values()) {
      if (waiting.length === 0) return undefined;
      youngest = Math.max(youngest, waiting[0]!.stamp_ns);
    }
    let fits = true;
    for (const gate of gates.values())
      if (gate.waiting[0]!.stamp_ns < youngest - within_ns) {
        gate.drop();
        fits = false;
      }
    if (!fits) continue;
    return new Map([...gates].map(([slot, { waiting }]) => [slot, waiting.shift()!]));
  }
}
