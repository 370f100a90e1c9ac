/** Asks for the firings that a component with timers needs: one outstanding at a time, so that cancelled timers cost none. */

export interface Alarm {
  /** A firing has come. */
  rang(time_ns: number): void;
  /** Sees to it that there is a firing at a time; at one that is not after `now_ns`, at the next microstep. */
  set(time_ns: number | undefined, now_ns: number): void;
}

/** @param wake how a node asks for a firing */
export function createAlarm(wake: (time_ns: number) => void): Alarm {
  let asked_ns = Number.POSITIVE_INFINITY;
  return {
    rang(time_ns) {
      if (time_ns >= asked_ns) asked_ns = Number.POSITIVE_INFINITY;
    },
    set(time_ns, now_ns) {
      if (time_ns === undefined) return;
      if (time_ns <= now_ns) wake(now_ns);
      else if (time_ns < asked_ns) {
        asked_ns = time_ns;
        wake(time_ns);
      }
    },
  };
}
