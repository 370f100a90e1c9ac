/** An event that is too old when it comes is none: the node fires for it, and finds nothing there. */
import { type Gate, type GateSetup, isOld } from "./gate.js";

export function youngGate(setup: GateSetup): Gate {
  const { engine, plan } = setup;
  return {
    slot: plan.index,
    arrive(message, stamp_ns) {
      if (!isOld(setup, stamp_ns)) engine.put(plan, message, stamp_ns);
      if (plan.triggers) engine.wake(plan.rank);
    },
    load() {},
    taken() {},
    dropped: () => 0,
    waiting: () => 0,
    snapshot: () => null,
    restore() {},
  };
}
