/**
 * The engine: takes tags off the agenda in order, and fires what is ready at each in rank order.
 *
 * At a tag every vertex fires at most once, after everything above it, so no firing ever sees a half-updated
 * diamond. A firing that returns a promise (a model, a file) suspends the loop at its very place: virtual time waits.
 */

import type { Message } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { Agenda, type Entry } from "./agenda.js";
import { ReadySet } from "./ready.js";
import type { Edge, OutState, VertexState } from "./state.js";

/** Microsteps at one time, before a burst or a loop is refused. */
export const MAX_MICROSTEPS = 1000;
/** Event messages that a clocked node's input keeps between two firings. */
export const MAX_QUEUED_EVENTS = 1024;
/** Firings between two looks at the outside (interrupts, progress). */
const FIRINGS_PER_TURN = 4096;
/** A firing that waits for a model or a file takes as long as so many that do not. */
const FIRINGS_PER_WAIT = 16;

export interface Engine {
  readonly agenda: Agenda;
  /** The current tag. */
  time_ns: number;
  microstep: number;
  /** Ordinal of the current tag. */
  tag: number;
  /** Messages sent. */
  events: number;
  /** The run ends before the first tag at or after this time. */
  end_ns: number;
  /** Makes a vertex fire at the current tag. */
  wake(state: VertexState): void;
  emit(out: OutState, message: Message, stamp_ns: number): void;
  deliver(edge: Edge, message: Message, stamp_ns: number): void;
  /** Runs all tags before `end_ns`. `turn` is awaited now and then; the run goes on if it says so. */
  run(turn: () => Promise<boolean>): Promise<void>;
}

export function createEngine(states: readonly VertexState[]): Engine {
  const agenda = new Agenda();
  const ready = new ReadySet(states.length);

  const engine: Engine = {
    agenda,
    time_ns: 0,
    microstep: 0,
    tag: 0,
    events: 0,
    end_ns: Number.POSITIVE_INFINITY,

    wake(state) {
      ready.add(state.rank);
    },

    deliver(edge, message, stamp_ns) {
      const { slot } = edge;
      const value = edge.select === undefined ? message : edge.select(message);
      if (value === undefined) return;
      slot.value = value;
      slot.stamp_ns = stamp_ns;
      slot.arrived = engine.tag;
      slot.shown = false;
      if (slot.queue !== undefined) {
        if (slot.queue.length >= MAX_QUEUED_EVENTS) {
          slot.queue.shift();
          slot.dropped++;
        }
        slot.queue.push(value);
      }
      if (edge.triggers) ready.add(edge.to.rank);
    },

    emit(out, message, stamp_ns) {
      engine.events++;
      out.validate?.(message);
      out.digest?.add(engine.time_ns, engine.microstep, stamp_ns, message);
      const { now, delayed } = out;
      for (let i = 0; i < now.length; i++) engine.deliver(now[i]!, message, stamp_ns);
      for (let i = 0; i < delayed.length; i++) {
        const { transit, delay_ns } = delayed[i]!;
        transit.send(engine.time_ns + delay_ns, 0, message, stamp_ns);
      }
      out.subject?.next({ time_ns: engine.time_ns, microstep: engine.microstep, stamp_ns, message });
    },

    async run(turn) {
      for (;;) {
        const suspended = advance();
        if (suspended === undefined) return;
        if (suspended !== "turn") await suspended;
        else if (!(await turn())) return;
      }
    },
  };

  let amidTag = false;
  let left = FIRINGS_PER_TURN;

  /** Goes on until the end (`undefined`), a promise, or the turn is over. */
  function advance(): undefined | "turn" | Promise<void> {
    for (;;) {
      if (!amidTag) {
        if (left <= 0) {
          left = FIRINGS_PER_TURN;
          return "turn";
        }
        const first = agenda.peek();
        if (first === undefined || first.time_ns >= engine.end_ns) return undefined;
        enter(first);
      }
      for (;;) {
        const rank = ready.take();
        if (rank < 0) break;
        left--;
        const pending = states[rank]!.fire();
        if (pending !== undefined) {
          left -= FIRINGS_PER_WAIT;
          return pending;
        }
      }
      amidTag = false;
    }
  }

  function enter({ time_ns, microstep }: Entry): void {
    if (microstep > MAX_MICROSTEPS) fail("L0601", { time_ns, limit: MAX_MICROSTEPS, path: suspects() });
    engine.time_ns = time_ns;
    engine.microstep = microstep;
    engine.tag++;
    amidTag = true;
    for (;;) {
      const entry = agenda.peek();
      if (entry === undefined || entry.time_ns !== time_ns || entry.microstep !== microstep) return;
      agenda.pop()!.happen();
    }
  }

  /** Vertices that fired at the last tags: those that keep each other going. */
  const suspects = () => states.filter((s) => engine.tag - s.fired <= 2 && s.fired >= 0).map((s) => s.vertex.id);

  return engine;
}
