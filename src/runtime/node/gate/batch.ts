/** Events of a node that does not fire on them: all that came since its last firing, as an array. */
import { createQueue, type Gate, type GateSetup, restoreQueue, savedQueue, youngOf } from "./gate.js";

export function batchGate(setup: GateSetup): Gate {
  const { engine, plan } = setup;
  const slot = plan.index;
  const queue = createQueue(setup);
  let outdated = 0;
  const gate: Gate = {
    slot,
    arrive(message, stamp_ns) {
      if (!queue.add({ message, stamp_ns, time_ns: engine.time_ns })) return;
      engine.put(plan, message, stamp_ns);
    },
    load() {
      engine.memory.values[plan.value_at] = youngOf(setup, queue.items).map((item) => item.message);
    },
    taken() {
      outdated += queue.items.length - youngOf(setup, queue.items).length;
      queue.items.length = 0;
      gate.onRoom?.();
    },
    dropped: () => queue.dropped,
    outdated: () => outdated,
    waiting: () => queue.items.length,
    ...(setup.policy === "block" ? { room: () => setup.size - queue.items.length } : {}),
    snapshot: () => ({ ...savedQueue(queue), outdated }),
    restore(saved) {
      const { outdated: n, ...items } = saved as ReturnType<typeof savedQueue> & { outdated: number };
      outdated = n;
      restoreQueue(queue, items);
    },
  };
  return gate;
}
