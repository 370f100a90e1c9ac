/** The last so many messages, or those of the last so long, as an array. */
import type { TypedTrigger } from "../../../graph/typed.js";
import { createQueue, type Gate, type GateSetup, restoreQueue, savedQueue, youngOf } from "./gate.js";

/** Messages that a window may hold. */
export const MAX_WINDOW = 1 << 17;

type Window = Extract<TypedTrigger, { readonly kind: "window" }>;

/** Windows by time are those of the tags in (t − duration, t]. */
export function windowGate(setup: GateSetup, { count, duration_ns, every_count }: Window): Gate {
  const { engine, plan } = setup;
  const slot = plan.index;
  const size = count ?? MAX_WINDOW;
  const held = createQueue({ size, policy: "drop_oldest", overflow: () => {} });
  let since = 0;
  const forget = () => {
    if (duration_ns === undefined) return;
    const old = held.items.findIndex((item) => item.time_ns > engine.time_ns - duration_ns);
    held.items.splice(0, old < 0 ? held.items.length : old);
  };
  return {
    slot,
    arrive(message, stamp_ns) {
      forget();
      held.add({ message, stamp_ns, time_ns: engine.time_ns });
      engine.put(plan, message, stamp_ns);
      since++;
      const whole = count === undefined || held.items.length >= count;
      if (every_count !== undefined && since >= every_count && whole) engine.wake(plan.rank);
    },
    load() {
      forget();
      engine.memory.values[plan.value_at] = youngOf(setup, held.items).map((item) => item.message);
    },
    taken() {
      since = 0;
    },
    dropped: () => (count === undefined ? held.dropped : 0),
    waiting: () => 0,
    snapshot: () => ({ ...savedQueue(held), since }),
    restore(saved) {
      const { since: n, ...items } = saved as ReturnType<typeof savedQueue> & { since: number };
      since = n;
      restoreQueue(held, items);
    },
  };
}
