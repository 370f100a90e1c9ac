/** What drives a run by itself: clocks, sources, and the log in the place of the world. */
import type { Instance, Item } from "../component/component.js";
import type { Engine, Fire } from "./engine/engine.js";
import type { Keep } from "./keep.js";
import type { Sample } from "./port/outlets.js";

/** Something that is scheduled from the start on. */
export interface Driver {
  /** Schedules its first tag, unless the run goes on from a snapshot. */
  start(): void | Promise<void>;
}

/** Firing k of a clock is at (phase + round(k · period), 0); never accumulated. */
export function createClock(
  engine: Engine,
  rank: number,
  { period_ns, phase_ns }: { readonly period_ns: number; readonly phase_ns: number },
  keep: Keep,
): Driver {
  // times of a whole period are exact; of a fractional one, the rate that it came from is the rounder number
  const rate_hz = 1e9 / period_ns;
  const whole = Number.isInteger(period_ns);
  let k = 0;
  const due = () => phase_ns + (whole ? k * period_ns : Math.round((k * 1e9) / rate_hz));
  const entry = {
    time_ns: 0,
    microstep: 0,
    sequence: 0,
    recurs: true,
    happen() {
      engine.wake(rank);
      k++;
      entry.time_ns = due();
    },
  };
  const expect = () => {
    entry.time_ns = due();
    engine.agenda.push(entry);
  };
  keep(`clock ${engine.plan.vertices[rank]!.id}`, {
    snapshot: () => k,
    restore(saved) {
      k = saved as number;
      expect();
    },
  });
  return { start: expect };
}

/** Hears the time of each item of a source, and `undefined` at its end. */
export type Told = (time_ns: number | undefined) => void;

export interface Source extends Driver {
  readonly fire: Fire;
  /** Set before the start. */
  told: Told;
}

/**
 * Feeds a source's items into the run, each at its own time; items of one time share a tag until a port repeats.
 *
 * A source that is held back says what it has as soon as it may, with the stamps that the items had.
 */
export function createSource(
  engine: Engine,
  rank: number,
  instance: Instance,
  crash: (error: unknown) => void,
  unknownPort: (port: string) => never,
  keep: Keep,
): Source {
  const { plan } = engine;
  const outs = new Map<string, number>();
  for (let out = plan.outStart[rank]!; out < plan.outStart[rank + 1]!; out++) outs.set(plan.outs[out]!.port, out);
  let waiting: Item | undefined;
  let taken = 0;
  const spoken = new Set<string>();

  const pull = (): undefined | Promise<void> => {
    waiting = undefined;
    let next: Item | undefined | Promise<Item | undefined>;
    try {
      next = instance.next!();
    } catch (error) {
      return void crash(error);
    }
    taken++;
    if (next instanceof Promise) return next.then((item) => void (waiting = item)).catch(crash);
    waiting = next;
    return undefined;
  };
  const entry = { time_ns: 0, microstep: 0, sequence: 0, happen: () => engine.wake(rank) };
  const schedule = () => {
    source.told(waiting?.time_ns);
    if (waiting === undefined) return;
    const past = waiting.time_ns <= engine.time_ns && engine.firings(rank) > 0;
    entry.time_ns = past ? engine.time_ns : waiting.time_ns;
    entry.microstep = past ? engine.microstep + 1 : 0;
    engine.agenda.push(entry);
  };
  const more = () => waiting !== undefined && waiting.time_ns <= engine.time_ns && !spoken.has(waiting.port);
  const speak = (): void | Promise<void> => {
    for (;;) {
      const { port, message, stamp_ns, time_ns } = waiting!;
      spoken.add(port);
      engine.emit(outs.get(port) ?? unknownPort(port), message, stamp_ns ?? time_ns);
      const pending = pull();
      if (pending !== undefined) return pending.then(() => (more() ? speak() : schedule()));
      if (!more()) break;
    }
    schedule();
  };
  const source: Source = {
    told: () => {},
    fire() {
      if (waiting === undefined) return;
      spoken.clear();
      engine.note(rank);
      try {
        const pending = speak();
        return pending?.catch(crash);
      } catch (error) {
        crash(error);
      }
    },
    async start() {
      await pull();
      schedule();
    },
  };
  keep(`source ${plan.vertices[rank]!.id}`, {
    // the item that waits was taken, and is taken again
    snapshot: () => taken - 1,
    async restore(saved) {
      for (let i = 0; i < (saved as number); i++) await instance.next!();
      taken = saved as number;
      await source.start();
    },
  });
  return source;
}

/** Feeds an in-stream from a log, each message at the very tag that it had. */
export function createReplay(engine: Engine, rank: number, log: AsyncIterable<Sample>, keep: Keep): Source {
  const iterator = log[Symbol.asyncIterator]();
  const { plan } = engine;
  const out = plan.outStart[rank]!;
  let waiting: Sample | undefined;
  let taken = 0;
  const entry = { time_ns: 0, microstep: 0, sequence: 0, happen: () => engine.wake(rank) };
  const pull = async () => {
    const next = await iterator.next();
    taken++;
    waiting = next.done ? undefined : next.value;
    source.told(waiting?.time_ns);
    if (waiting === undefined) return;
    entry.time_ns = waiting.time_ns;
    entry.microstep = waiting.microstep;
    engine.agenda.push(entry);
  };
  const source: Source = {
    told: () => {},
    fire() {
      if (waiting === undefined) return;
      engine.note(rank);
      engine.emit(out, waiting.message, waiting.stamp_ns);
      return pull();
    },
    start: pull,
  };
  keep(`log ${plan.vertices[rank]!.id}`, {
    snapshot: () => taken - 1,
    async restore(saved) {
      for (let i = 0; i < (saved as number); i++) await iterator.next();
      taken = saved as number;
      await pull();
    },
  });
  return source;
}
