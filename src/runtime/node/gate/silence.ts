/** Fires once nothing has come for so long; armed by every message, and at the start. */
import type { Entry } from "../../engine/agenda.js";
import type { Gate, GateSetup } from "./gate.js";

export function silenceGate({ engine, plan }: GateSetup, for_ns: number): Gate {
  const slot = plan.index;
  /** Time of the last message, and of the one before that came at an earlier time. */
  let last_ns = 0;
  let earlier_ns = 0;
  let armed = true;
  const entry: Entry = {
    time_ns: 0,
    microstep: 0,
    sequence: 0,
    happen() {
      // a message at this very instant comes too late, in whatever order the two are met
      const now = last_ns === engine.time_ns;
      if (engine.time_ns < (now ? earlier_ns : last_ns) + for_ns) return expect();
      engine.wake(plan.rank);
      armed = now;
      if (now) expect();
    },
  };
  const expect = () => {
    entry.time_ns = last_ns + for_ns;
    engine.agenda.push(entry);
  };
  return {
    slot,
    start: expect,
    arrive(message, stamp_ns) {
      engine.put(plan, message, stamp_ns);
      if (engine.time_ns > last_ns) earlier_ns = last_ns;
      last_ns = engine.time_ns;
      if (armed) return;
      armed = true;
      expect();
    },
    load() {},
    taken() {},
    dropped: () => 0,
    waiting: () => 0,
    snapshot: () => ({ last_ns, earlier_ns, armed }),
    restore(saved) {
      ({ last_ns, earlier_ns, armed } = saved as { last_ns: number; earlier_ns: number; armed: boolean });
      if (armed) expect();
    },
  };
}
