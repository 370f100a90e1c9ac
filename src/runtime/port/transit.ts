/**
 * What is on its way: first in, first out, each arriving at its own tag.
 *
 * Delayed edges, the links of streams and the results of nodes that take their time are transits. One entry in the
 * agenda stands for the next arrival, so what is in flight costs no entry of its own, and the places of those that
 * have arrived are used again.
 */
import { fail } from "../../problem/problem.js";
import type { Agenda, Entry } from "../engine/agenda.js";

/** What may be on its way over one edge or link at a time. */
export const MAX_IN_FLIGHT = 1 << 20;

export interface Transit<T> {
  /**
   * Sends what is due at (time, microstep).
   *
   * Nothing overtakes, and two that would arrive at one tag take successive microsteps.
   * @returns the time at which it will arrive
   * @throws LimbeckError L0611
   */
  send(time_ns: number, microstep: number, load: T, stamp_ns: number): number;
  inFlight(): number;
  /** Whether something arrives at or after a tag: what were sent without it there would overtake, or be a second at one tag. */
  busy(time_ns: number, microstep: number): boolean;
  /** Nothing that is on its way arrives. */
  clear(): void;
  snapshot(): unknown;
  restore(saved: unknown): void;
}

interface Flight<T> {
  time_ns: number;
  microstep: number;
  stamp_ns: number;
  load: T | undefined;
}

const landed = <T>(): Flight<T> => ({ time_ns: -1, microstep: 0, stamp_ns: 0, load: undefined });

interface Saved<T> {
  readonly flights: readonly Flight<T>[];
  readonly last_ns: number;
  readonly lastMicrostep: number;
}

/** @param arrive is called at the tag of each arrival, before anything fires there. */
export function createTransit<T>(
  agenda: Agenda,
  name: string,
  arrive: (load: T, stamp_ns: number) => void,
): Transit<T> {
  let ring: Flight<T>[] = [landed()];
  let first = 0;
  let count = 0;
  let last_ns = -1;
  let lastMicrostep = 0;

  const next = (): Entry => {
    const own: Entry = {
      time_ns: 0,
      microstep: 0,
      sequence: 0,
      happen() {
        // what it stood for was cleared away
        if (own !== entry) return;
        const { load, stamp_ns } = ring[first]!;
        ring[first]!.load = undefined;
        first = (first + 1) & (ring.length - 1);
        count--;
        if (count > 0) expect(ring[first]!);
        arrive(load!, stamp_ns);
      },
    };
    return own;
  };
  let entry = next();
  const expect = (flight: Flight<T>) => {
    entry.time_ns = flight.time_ns;
    entry.microstep = flight.microstep;
    agenda.push(entry);
  };
  const grow = () => {
    if (count >= MAX_IN_FLIGHT) fail("L0611", { name, limit: MAX_IN_FLIGHT });
    ring = [...ring.slice(first), ...ring.slice(0, first), ...ring.map(() => landed<T>())];
    first = 0;
  };
  const add = (time_ns: number, microstep: number, load: T, stamp_ns: number) => {
    if (count === ring.length) grow();
    const flight = ring[(first + count) & (ring.length - 1)]!;
    flight.time_ns = time_ns;
    flight.microstep = microstep;
    flight.stamp_ns = stamp_ns;
    flight.load = load;
    if (count++ === 0) expect(flight);
  };

  const busy = (time_ns: number, microstep: number) =>
    last_ns > time_ns || (last_ns === time_ns && lastMicrostep >= microstep);

  return {
    inFlight: () => count,
    busy,
    clear() {
      if (count === 0) return;
      ring = [landed()];
      first = 0;
      count = 0;
      last_ns = -1;
      lastMicrostep = 0;
      // the old one stays in the agenda, and means nothing there
      entry = next();
    },
    send(time_ns, microstep, load, stamp_ns) {
      if (busy(time_ns, microstep)) lastMicrostep++;
      else {
        last_ns = time_ns;
        lastMicrostep = microstep;
      }
      add(last_ns, lastMicrostep, load, stamp_ns);
      return last_ns;
    },
    snapshot(): Saved<T> {
      const flights = Array.from({ length: count }, (_, i) => ({ ...ring[(first + i) & (ring.length - 1)]! }));
      return { flights, last_ns, lastMicrostep };
    },
    restore(saved) {
      const { flights, ...last } = saved as Saved<T>;
      ({ last_ns, lastMicrostep } = last);
      for (const { time_ns, microstep, load, stamp_ns } of flights) add(time_ns, microstep, load!, stamp_ns);
    },
  };
}
