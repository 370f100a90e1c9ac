/**
 * The engine: takes tags off the agenda in order, and fires what is ready at each in rank order.
 *
 * At a tag every vertex fires at most once, after everything above it, so no firing ever sees a half-updated
 * diamond. A firing that returns a promise (a model, a file) suspends the loop at its very place: virtual time waits.
 */

import { describeValue } from "../../message/kind.js";
import type { Message } from "../../message/type.js";
import { fail } from "../../problem/problem.js";
import {
  ARRIVED,
  EVENTS,
  FIRED,
  FIRED_NS,
  FIRINGS,
  LINKS,
  NOW_NS,
  NUMBER,
  NUMBERS_AT,
  type OutPlan,
  type Plan,
  type SlotPlan,
  TAG,
} from "../plan/plan.js";
import { type Beat, beatAt, rest } from "../watchdog.js";
import { Agenda, type Entry } from "./agenda.js";
import { createMemory, held, type Memory } from "./memory.js";
import { ReadySet } from "./ready.js";
import { load, type Registers } from "./registers.js";

/** Microsteps at one time, before a burst or a loop is refused. */
export const MAX_MICROSTEPS = 1000;
/** Firings between two looks at the outside (interrupts, progress). */
const FIRINGS_PER_TURN = 4096;
/** A firing that waits for a model or a file takes as long as so many that do not. */
const FIRINGS_PER_WAIT = 16;

/** Runs one firing of the vertex of a rank at the current tag; of several that share it, all that are ready. */
export type Fire = (rank: number) => void | Promise<void>;
/** Takes a message on its way to one input. */
export type Deliver = (message: Message, stamp_ns: number) => void;

export interface Engine {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly agenda: Agenda;
  readonly ready: ReadySet;
  /** By rank. Set by `assign`. */
  readonly fires: readonly Fire[];
  /** By rank: the first of those with whom a vertex shares its firing. */
  readonly first: Int32Array;
  /** Sets what hears of an output's messages beside the plain readers; called before they are. */
  tap(out: number, taps: readonly Deliver[]): void;
  /** By slot: the gate that a delivery goes through. */
  readonly gates: (Deliver | undefined)[];
  /** The current tag. */
  readonly time_ns: number;
  microstep: number;
  /** Ordinal of the current tag. */
  readonly tag: number;
  /** Messages sent. */
  readonly events: number;
  /** The run ends before the first tag at or after this time. */
  end_ns: number;
  /** Where it is seen from another thread that firings follow each other. */
  beat: Beat | undefined;
  /** What specialised firings of this run share; set once, before it advances. */
  shared: Pick<Registers, "unusual" | "ctx" | "prepared"> | undefined;
  /** Gives a vertex its firing. `freed` is called when it gets another. */
  assign(rank: number, fire: Fire, freed?: () => void): void;
  /** Makes a vertex fire at the current tag. */
  wake(rank: number): void;
  /** Makes a vertex fire at a time; at one that is not after now, at the next microstep. */
  wakeAt(rank: number, time_ns: number): void;
  emit(out: number, message: Message, stamp_ns: number): void;
  deliver(slot: number, message: Message, stamp_ns: number): void;
  /** What a slot holds; undefined when there is nothing. */
  held(slot: SlotPlan): unknown;
  /** A message at a port of bare numbers that is none. @throws LimbeckError L0603 */
  noNumber(port: string, value: unknown): never;
  /** Puts a value into a slot as one that came at this tag, and wakes nobody. */
  put(slot: SlotPlan, value: unknown, stamp_ns: number): void;
  /** Whether something came at a slot at this tag. */
  came(slot: SlotPlan): boolean;
  /** Notes a firing at this tag. */
  note(rank: number): void;
  /** Firings of a vertex so far. */
  firings(rank: number): number;
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
  const { values, numbers } = memory;
  const { readers, readerStart, slots, slotStart, outs, links } = plan;
  const fires: Fire[] = plan.vertices.map(() => () => {});
  const none: readonly Deliver[] = [];
  const taps: (readonly Deliver[])[] = outs.map(() => none);
  const tapped = new Uint8Array(outs.length);
  const freed: ((() => void) | undefined)[] = [];
  const gates: (Deliver | undefined)[] = slots.map(() => undefined);

  const noNumber = (port: string, value: unknown): never =>
    fail("L0603", {
      port,
      time_ns: engine.time_ns,
      path: "",
      reason: `must be a number, and is ${describeValue(value)}`,
    });

  function leave({ value_at, stamp_at, name }: SlotPlan | OutPlan, value: unknown, stamp_ns: number): void {
    if (value_at >= 0) values[value_at] = value;
    else numbers[stamp_at + NUMBER] = typeof value === "number" ? value : noNumber(name, value);
    numbers[stamp_at] = stamp_ns;
    numbers[stamp_at + ARRIVED] = numbers[TAG]!;
  }

  function wakeReaders(out: number): void {
    const end = readerStart[out + 1]!;
    for (let i = readerStart[out]!; i < end; i++) ready.add(readers[i]!);
  }

  const engine: Engine = {
    plan,
    memory,
    agenda,
    ready,
    fires,
    first: Int32Array.from(plan.vertices.keys()),
    gates,
    get time_ns() {
      return numbers[NOW_NS]!;
    },
    microstep: 0,
    get tag() {
      return numbers[TAG]!;
    },
    get events() {
      return numbers[EVENTS]!;
    },
    end_ns: Number.POSITIVE_INFINITY,
    beat: undefined,
    shared: undefined,

    tap(out, list) {
      taps[out] = list;
      tapped[out] = list.length === 0 ? 0 : 1;
    },

    assign(rank, fire, free) {
      const before = freed[rank];
      freed[rank] = free;
      fires[rank] = fire;
      before?.();
    },

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
      const plan = slots[slot]!;
      engine.put(plan, message, stamp_ns);
      if (plan.triggers) ready.add(plan.rank);
    },

    emit(out, message, stamp_ns) {
      numbers[EVENTS]!++;
      if (tapped[out] !== 0) {
        const list = taps[out]!;
        for (let i = 0; i < list.length; i++) list[i]!(message, stamp_ns);
      }
      leave(outs[out]!, message, stamp_ns);
      wakeReaders(out);
    },

    put: leave,

    held: (slot) => held(memory, slot),
    noNumber,

    came: ({ stamp_at }) => numbers[stamp_at + ARRIVED] === engine.tag,

    note(rank) {
      const at = links[LINKS * rank + NUMBERS_AT]!;
      numbers[at + FIRED] = engine.tag;
      numbers[at + FIRED_NS] = engine.time_ns;
      numbers[at + FIRINGS]!++;
    },

    firings: (rank) => numbers[links[LINKS * rank + NUMBERS_AT]! + FIRINGS]!,

    stampOf(rank) {
      let oldest = engine.time_ns;
      for (let slot = slotStart[rank]!; slot < slotStart[rank + 1]!; slot++) {
        const { triggers, stamp_at } = slots[slot]!;
        if (triggers && numbers[stamp_at + ARRIVED] === engine.tag && numbers[stamp_at]! < oldest)
          oldest = numbers[stamp_at]!;
      }
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

  // field by field: objects of one shape in all runs, which a spread does not give
  const registersOf = ({ ctx, prepared, unusual }: NonNullable<Engine["shared"]>): Registers => ({
    numbers,
    values,
    links,
    tapped,
    first: engine.first,
    bits: ready.bits,
    stamps_at: plan.stamps_at,
    ctx,
    values_at: plan.values_at,
    plan,
    emit: engine.emit,
    wakeReaders,
    note: engine.note,
    prepared,
    unusual,
    beat: engine.beat,
  });
  let registers: Registers | undefined;
  let amidTag = false;
  let left = FIRINGS_PER_TURN;

  /** Goes on until the end (`undefined`), a promise, or the turn is over. */
  function advance(): undefined | "turn" | Promise<void> {
    const { beat } = engine;
    if (engine.shared !== undefined) load((registers ??= registersOf(engine.shared)));
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
      for (let rank = ready.take(); rank >= 0; ) {
        left--;
        if (beat !== undefined) beatAt(beat, rank, engine.time_ns);
        const pending = fires[rank]!(rank);
        if (pending !== undefined) {
          left -= FIRINGS_PER_WAIT;
          return pending;
        }
        rank = ready.take();
      }
      amidTag = false;
    }
  }

  function enter({ time_ns, microstep }: Entry): void {
    if (microstep > MAX_MICROSTEPS) fail("L0601", { time_ns, limit: MAX_MICROSTEPS, path: suspects() });
    numbers[NOW_NS] = time_ns;
    engine.microstep = microstep;
    numbers[TAG]!++;
    amidTag = true;
    for (;;) {
      const entry = agenda.peek();
      if (entry === undefined || entry.time_ns !== time_ns || entry.microstep !== microstep) return;
      agenda.happen();
    }
  }

  /** Vertices that fired at the last tags: those that keep each other going. */
  const suspects = () =>
    plan.vertices
      .filter((_, rank) => {
        const fired = numbers[links[LINKS * rank + NUMBERS_AT]! + FIRED]!;
        return fired >= 0 && engine.tag - fired <= 2;
      })
      .map((v) => v.id);

  return engine;
}
