/** What drives a run by itself: clocks and sources. */
import type { Item } from "../component/component.js";
import type { TypedTrigger } from "../graph/typed.js";
import type { Engine } from "./engine.js";
import { crash, unknownPort } from "./firing.js";
import type { Sample, VertexState } from "./state.js";

/** Firing k of a clock is at (phase + round(k · period), 0); never accumulated. */
export function startClock(
  engine: Engine,
  state: VertexState,
  { period_ns, phase_ns }: Extract<TypedTrigger, { kind: "clock" }>,
): void {
  // times of a whole period are exact; of a fractional one, the rate that it came from is the rounder number
  const rate_hz = 1e9 / period_ns;
  const whole = Number.isInteger(period_ns);
  let k = 0;
  const happen = () => {
    engine.wake(state);
    k++;
    entry.time_ns = phase_ns + (whole ? k * period_ns : Math.round((k * 1e9) / rate_hz));
    engine.agenda.push(entry);
  };
  const entry = { time_ns: phase_ns, microstep: 0, sequence: 0, happen };
  engine.agenda.push(entry);
}

/**
 * Feeds a source's items into the run, each at its own time; items of one time share a tag until a port repeats.
 *
 * `told` hears the time of each item, and `undefined` at the end.
 */
export async function startSource(
  engine: Engine,
  state: VertexState,
  told: (time_ns: number | undefined) => void,
): Promise<void> {
  const instance = state.instance!;
  let waiting: Item | undefined;
  const spoken = new Set<string>();

  const pull = (): undefined | Promise<void> => {
    let next: Item | undefined | Promise<Item | undefined>;
    try {
      next = instance.next!();
    } catch (error) {
      crash(engine, state, error);
    }
    if (next instanceof Promise)
      return next.then(
        (item) => void (waiting = item),
        (error: unknown) => crash(engine, state, error),
      );
    waiting = next;
    return undefined;
  };

  const entry = { time_ns: 0, microstep: 0, sequence: 0, happen: () => engine.wake(state) };
  const schedule = () => {
    told(waiting?.time_ns);
    if (waiting === undefined) return;
    const again = waiting.time_ns === engine.time_ns && state.fired >= 0;
    entry.time_ns = waiting.time_ns;
    entry.microstep = again ? engine.microstep + 1 : 0;
    engine.agenda.push(entry);
  };

  const speak = (): void | Promise<void> => {
    for (;;) {
      const { port, message, stamp_ns, time_ns } = waiting!;
      spoken.add(port);
      const out = state.out[port] ?? unknownPort(state, port);
      engine.emit(out, message, stamp_ns ?? time_ns);
      const pending = pull();
      if (pending !== undefined)
        return pending.then(() => {
          if (more()) return speak();
          schedule();
        });
      if (!more()) break;
    }
    schedule();
  };
  const more = () => waiting !== undefined && waiting.time_ns === engine.time_ns && !spoken.has(waiting.port);

  state.fire = () => {
    spoken.clear();
    state.fired = engine.tag;
    state.fired_ns = engine.time_ns;
    state.firings++;
    return speak();
  };
  await pull();
  schedule();
}

/** Feeds an in-stream from a log, each message at the very tag that it had. `told` as for sources. */
export async function startReplay(
  engine: Engine,
  state: VertexState,
  log: AsyncIterable<Sample>,
  told: (time_ns: number | undefined) => void,
): Promise<void> {
  const iterator = log[Symbol.asyncIterator]();
  const out = state.outs[0]!;
  let waiting: Sample | undefined;
  const entry = { time_ns: 0, microstep: 0, sequence: 0, happen: () => engine.wake(state) };
  const pull = async () => {
    const next = await iterator.next();
    waiting = next.done ? undefined : next.value;
    told(waiting?.time_ns);
    if (waiting === undefined) return;
    entry.time_ns = waiting.time_ns;
    entry.microstep = waiting.microstep;
    engine.agenda.push(entry);
  };
  state.fire = () => {
    state.fired = engine.tag;
    engine.emit(out, waiting!.message, waiting!.stamp_ns);
    return pull();
  };
  await pull();
}
