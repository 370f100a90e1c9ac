/**
 * Messages on their way: first in, first out, each arriving at its own tag.
 *
 * Delayed edges and the links of streams are transits. One entry in the agenda stands for the next arrival, so a
 * message in flight costs no entry of its own, and the places of those that have arrived are used again.
 */
import type { Message } from "../message/type.js";
import { fail } from "../problem/problem.js";
import type { Agenda, Entry } from "./agenda.js";

/** Messages that may be on their way over one edge or link at a time. */
export const MAX_IN_FLIGHT = 1 << 20;

export interface Transit {
  /**
   * Sends a message that is due at (time, microstep).
   *
   * None overtakes another, and two that would arrive at one tag take successive microsteps.
   * @throws LimbeckError L0611
   */
  send(time_ns: number, microstep: number, message: Message, stamp_ns: number): void;
  inFlight(): number;
}

interface Flight {
  time_ns: number;
  microstep: number;
  stamp_ns: number;
  message: Message;
}

const landed = (): Flight => ({ time_ns: -1, microstep: 0, stamp_ns: 0, message: 0 });

/** @param arrive is called at the tag of each arrival, before anything fires there. */
export function createTransit(
  agenda: Agenda,
  name: string,
  arrive: (message: Message, stamp_ns: number) => void,
): Transit {
  let ring: Flight[] = [landed()];
  let first = 0;
  let count = 0;
  let last_ns = -1;
  let lastMicrostep = 0;

  const entry: Entry = {
    time_ns: 0,
    microstep: 0,
    sequence: 0,
    happen() {
      const { message, stamp_ns } = ring[first]!;
      ring[first]!.message = 0;
      first = (first + 1) & (ring.length - 1);
      count--;
      if (count > 0) expect(ring[first]!);
      arrive(message, stamp_ns);
    },
  };
  const expect = (flight: Flight) => {
    entry.time_ns = flight.time_ns;
    entry.microstep = flight.microstep;
    agenda.push(entry);
  };
  const grow = () => {
    if (count >= MAX_IN_FLIGHT) fail("L0611", { name, limit: MAX_IN_FLIGHT });
    ring = [...ring.slice(first), ...ring.slice(0, first), ...ring.map(landed)];
    first = 0;
  };

  return {
    inFlight: () => count,
    send(time_ns, microstep, message, stamp_ns) {
      if (count === ring.length) grow();
      if (time_ns > last_ns || (time_ns === last_ns && microstep > lastMicrostep)) {
        last_ns = time_ns;
        lastMicrostep = microstep;
      } else lastMicrostep++;
      const flight = ring[(first + count) & (ring.length - 1)]!;
      flight.time_ns = last_ns;
      flight.microstep = lastMicrostep;
      flight.stamp_ns = stamp_ns;
      flight.message = message;
      if (count++ === 0) expect(flight);
    },
  };
}
