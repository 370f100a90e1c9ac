/**
 * The engine: takes tags off the agenda in order, and fires what is ready at each in rank order.
 *
 * At a tag every vertex fires at most once, after everything above it, so no firing ever sees a half-updated
 * diamond. A firing that returns a promise (a model, a file) suspends the loop at its very place: virtual time waits.
 */
import type { Message } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { Agenda, type Entry } from "./agenda.js";
import { createMemory, type Memory } from "./memory.js";
import type { Plan } from "./plan.js";
import { ReadySet } from "./ready.js";
import { type Beat, beatAt, rest } from "./watchdog.js";

/** Microsteps at one time, before a burst or a loop is refused. */
export const MAX_MICROSTEPS = 1000;
/** Firings between two looks at the outside (interrupts, progress). */
const FIRINGS_PER_TURN = 4096;
/** A firing that waits for a model or a file takes as long as so many that do not. */
const FIRINGS_PER_WAIT = 16;

/** Runs one firing of the vertex of a rank at the current tag. */
export type Fire = (rank: number) => void | Promise<void>;
/** Takes a message on its way to one input. */
export type Deliver = (message: Message, stamp_ns: number) => void;

export interface Engine {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly agenda: Agenda;
  /** By rank. */
  readonly fires: Fire[];
  /** By out: what hears of a message beside the plain readers; called before they are. */
  readonly taps: (Deliver[] | undefined)[];
  /** By slot: the gate that a delivery goes through. */
  readonly gates: (Deliver | undefined)[];
  /** The current tag. */
  time_ns: number;
  microstep: number;
  /** Ordinal of the current tag. */
  tag: number;
  /** Messages sent. */
  events: number;
  /** The run ends before the first tag at or after this time. */
  end_ns: number;
  /** Where it is seen from another thread that firings follow each other. */
  beat: Beat | undefined;
  /** Makes a vertex fire at the current tag. */
  wake(rank: number): void;
  /** Makes a vertex fire at a time; at one that is not after now, at the next microstep. */
  wakeAt(rank: number, time_ns: number): void;
  emit(out: number, message: Message, stamp_ns: number): void;
  deliver(slot: number, message: Message, stamp_ns: number): void;
  /** The oldest stamp among the inputs that made a vertex fire; a clocked one's is its tag. */
  stampOf(rank: number): number;
  /** Runs all tags before `end_ns`. `turn` is awaited now and then; the run goes on if it says so. */
  run(turn: () => Promise<boolean>): Promise<void>;
}

/** @param priority of ties in the agenda; default is the order of scheduling */
export function createEngine(plan: Plan, priority?: () => number): Engine {
  const agenda = new Agenda(priority);
  const ready = new ReadySet(plan.vertices.length);
  const memory = createMemory(plan);
  const { values, stamps, arrived } = memory;
  const { readers, readerStart, wakes, slots, slotStart } = plan;
  const fires: Fire[] = plan.vertices.map(() => () => {});
  const taps: (Deliver[] | undefined)[] = plan.outs.map(() => undefined);
  const gates: (Deliver | undefined)[] = slots.map(() => undefined);

  const engine: Engine = {
    plan,
    memory,
    agenda,
    fires,
    taps,
    gates,
    time_ns: 0,
    microstep: 0,
    tag: 0,
    events: 0,
    end_ns: Number.POSITIVE_INFINITY,
    beat: undefined,

    wake(rank) {
      ready.add(rank);
    },

    wakeAt(rank, time_ns) {
      const later = time_ns > engine.time_ns;
      agenda.push({
        time_ns: later ? time_ns : engine.time_ns,
        microstep: later ? 0 : engine.microstep + 1,
        sequence: 0,
        happen: () => ready.add(rank),
      });
    },

    deliver(slot, message, stamp_ns) {
      const gate = gates[slot];
      if (gate !== undefined) return gate(message, stamp_ns);
      values[slot] = message;
      stamps[slot] = stamp_ns;
      arrived[slot] = engine.tag;
      const rank = wakes[slot]!;
      if (rank >= 0) ready.add(rank);
    },

    emit(out, message, stamp_ns) {
      engine.events++;
      const heard = taps[out];
      if (heard !== undefined) for (let i = 0; i < heard.length; i++) heard[i]!(message, stamp_ns);
      const { tag } = engine;
      const end = readerStart[out + 1]!;
      for (let i = readerStart[out]!; i < end; i++) {
        const slot = readers[i]!;
        values[slot] = message;
        stamps[slot] = stamp_ns;
        arrived[slot] = tag;
        const rank = wakes[slot]!;
        if (rank >= 0) ready.add(rank);
      }
    },

    stampOf(rank) {
      let oldest = engine.time_ns;
      for (let slot = slotStart[rank]!; slot < slotStart[rank + 1]!; slot++)
        if (slots[slot]!.triggers && arrived[slot] === engine.tag && stamps[slot]! < oldest) oldest = stamps[slot]!;
      return oldest;
    },

    async run(turn) {
      for (;;) {
        const suspended = advance();
        if (suspended instanceof Promise) {
          await suspended;
          continue;
        }
        if (engine.beat !== undefined) rest(engine.beat);
        if (suspended === undefined || !(await turn())) return;
      }
    },
  };

  let amidTag = false;
  let left = FIRINGS_PER_TURN;

  /** Goes on until the end (`undefined`), a promise, or the turn is over. */
  function advance(): undefined | "turn" | Promise<void> {
    const { beat } = engine;
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
        if (beat !== undefined) beatAt(beat, rank, engine.time_ns);
        const pending = fires[rank]!(rank);
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
  const suspects = () =>
    plan.vertices
      .filter((_, rank) => memory.fired[rank]! >= 0 && engine.tag - memory.fired[rank]! <= 2)
      .map((v) => v.id);

  return engine;
}
