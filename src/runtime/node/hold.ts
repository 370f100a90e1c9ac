/** Nodes that wait: for their last result to land, or for room in a queue further on. */
import type { Engine, Fire } from "../engine/engine.js";
import type { Keep } from "../keep.js";
import type { Gate } from "./gate/gate.js";
import type { Server } from "./gate/portion.js";
import type { NodeState } from "./state.js";

/** Messages on their way to a slot, by slot. */
export type Flights = ReadonlyMap<number, () => number>;

/** Takes one message of its queues a firing, and none while it is busy. */
export function serving(
  engine: Engine,
  { rank, vertex, server }: NodeState,
  queues: readonly Gate[],
  fire: Fire,
  keep: Keep,
): Fire {
  const { plan } = engine;
  /** Something else than a queue made it fire while it was busy. */
  let deferred = false;
  const others = plan.slots
    .slice(plan.slotStart[rank], plan.slotStart[rank + 1])
    .filter(({ triggers, gate }) => triggers && gate !== "server");
  const woken = () => others.some(engine.came);
  keep(`server ${vertex.id}`, {
    snapshot: () => ({ ...server, deferred }),
    restore(saved) {
      ({ free_ns: server.free_ns, portions: server.portions, deferred } = saved as Server & { deferred: boolean });
      const due = deferred || queues.some((queue) => queue.waiting() > 0);
      if (due && server.free_ns > engine.time_ns) engine.wakeAt(rank, server.free_ns);
    },
  });
  return () => {
    if (server.free_ns > engine.time_ns) {
      if (!deferred && woken()) {
        deferred = true;
        engine.wakeAt(rank, server.free_ns);
      }
      return;
    }
    const due = deferred || woken() || queues.some((queue) => queue.waiting() > 0);
    deferred = false;
    return due ? fire(rank) : undefined;
  };
}

/** A queue that holds its producer back, with what is on the way to it. */
export interface Brake {
  readonly gate: Gate;
  readonly onWay: () => number;
  /** The node behind it takes messages no more. */
  readonly gone: () => boolean;
}

/** The queues that hold a node back. */
export function brakesOf(
  { plan }: Engine,
  nodes: readonly (NodeState | undefined)[],
  { rank, inFlight }: NodeState,
  flights: Flights,
): Brake[] {
  const brakes: Brake[] = [];
  for (let out = plan.outStart[rank]!; out < plan.outStart[rank + 1]!; out++)
    for (const { slot } of plan.edges[out]!) {
      const reader = nodes[plan.slots[slot]!.rank];
      const gate = reader?.gates.find((candidate) => candidate.slot === slot);
      if (reader === undefined || gate?.room === undefined) continue;
      brakes.push({ gate, onWay: () => inFlight() + (flights.get(slot)?.() ?? 0), gone: () => reader.gone });
    }
  return brakes;
}

/** Fires only while there is room; what made it fire in the meantime counts once. */
export function heldBack(engine: Engine, state: NodeState, brakes: readonly Brake[], fire: Fire, keep: Keep): Fire {
  const { rank, vertex } = state;
  let waiting = false;
  const full = () => brakes.some(({ gate, onWay, gone }) => !gone() && gate.room!() <= onWay());
  for (const { gate } of brakes)
    gate.onRoom = () => {
      if (!waiting || full()) return;
      waiting = false;
      engine.wakeAt(rank, engine.time_ns);
    };
  keep(`brake ${vertex.id}`, {
    snapshot: () => ({ waiting, held: state.held }),
    restore(saved) {
      ({ waiting, held: state.held } = saved as { waiting: boolean; held: number });
    },
  });
  return () => {
    if (!full()) return fire(rank);
    state.held++;
    waiting = true;
    return undefined;
  };
}
