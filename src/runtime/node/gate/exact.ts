/** An input that is read by stamp: of its last messages, the one whose stamp is that of the firing. */
import { MAX_REMEMBERED } from "../../../graph/ir.js";
import { createQueue, type Gate, type GateSetup, restoreQueue, savedQueue } from "./gate.js";

export function exactGate({ engine, plan }: GateSetup): Gate {
  const slot = plan.index;
  const past = createQueue({ size: MAX_REMEMBERED, policy: "drop_oldest", overflow: () => {} });
  return {
    slot,
    arrive(message, stamp_ns) {
      past.add({ message, stamp_ns, time_ns: engine.time_ns });
      engine.put(plan, message, stamp_ns);
      if (plan.triggers) engine.wake(plan.rank);
    },
    load(stamp_ns) {
      const match = past.items.findLast((item) => item.stamp_ns === stamp_ns);
      engine.memory.values[plan.value_at] = match?.message;
      engine.memory.numbers[plan.stamp_at] = match?.stamp_ns ?? Number.NaN;
    },
    taken() {},
    // what is forgotten was there to be read
    dropped: () => 0,
    waiting: () => 0,
    snapshot: () => savedQueue(past),
    restore: (saved) => restoreQueue(past, saved as ReturnType<typeof savedQueue>),
  };
}
