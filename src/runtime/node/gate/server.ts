/** Events that wait their turn: a node that takes one message a firing, and is busy until its result lands. */
import { createQueue, type Gate, type GateSetup, isOld, restoreQueue, savedQueue } from "./gate.js";
import { ration, type Server } from "./portion.js";

export function serverGate(setup: GateSetup, server: Server): Gate {
  const { engine, plan } = setup;
  const slot = plan.index;
  const queue = createQueue(setup);
  const gate: Gate = {
    slot,
    arrive(message, stamp_ns) {
      const waited = queue.items.length > 0;
      // a result that lands at this very tag makes room before what arrives
      const free = server.free_ns <= engine.time_ns;
      if (!queue.add({ message, stamp_ns, time_ns: engine.time_ns }, free ? 1 : 0) || !plan.triggers) return;
      if (free) engine.wake(plan.rank);
      else if (!waited) engine.wakeAt(plan.rank, server.free_ns);
    },
    load() {
      const [next] = queue.items;
      if (next === undefined || isOld(setup, next.stamp_ns)) return;
      engine.put(plan, next.message, next.stamp_ns);
    },
    taken() {
      queue.items.shift();
      // whoever blocks has its backlog at the producer
      if (queue.items.length > 0 || setup.policy === "block") ration(engine, server);
      if (queue.items.length > 0 && plan.triggers) engine.wakeAt(plan.rank, server.free_ns);
      gate.onRoom?.();
    },
    cancelled() {
      if (queue.items.length > 0 && isOld(setup, queue.items[0]!.stamp_ns)) gate.taken();
    },
    dropped: () => queue.dropped,
    waiting: () => queue.items.length,
    due: () => plan.triggers && queue.items.length > 0,
    ...(setup.policy === "block" ? { room: () => setup.size - queue.items.length } : {}),
    snapshot: () => savedQueue(queue),
    restore: (saved) => restoreQueue(queue, saved as ReturnType<typeof savedQueue>),
  };
  return gate;
}
