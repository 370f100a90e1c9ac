/**
 * The kind `sink` that the rule `diagnose` inserts: watches one port, says when a check's level changes, and sums up at
 * the end. It has timers of its own, since a port that falls silent wakes nobody.
 *
 *   arrival ──► age, range, drops, samples ─┐
 *   end of a window ──► rate, drops, frequency ─┼──► verdicts ──► diagnosis (a message a change of level)
 *   a value grown too old ──► age ──────────────┘            └──► warnings
 */
import type { Signature } from "../../graph/catalogue.js";
import { fieldOf, parseField } from "../../message/field.js";
import type { Message, MessageSchema } from "../../message/type.js";
import type { Component, Context, Inputs, Instance, Outputs, Params, Setup } from "../component.js";
import { unwrap } from "../lib/angle.js";
import { checkParams } from "../params.js";
import { event, portSignature } from "../ports.js";
import { ageLook, dropsLook, frequencyLook, rangeLook, rateLook, type Tally } from "./looks.js";
import { type Numbers, numbersOf } from "./numbers.js";
import { CHECKS, type Check, Diagnosis, type Settings, settings } from "./settings.js";
import { judge, type Look, levelOf, unjudged, type Verdict, worsen } from "./verdict.js";
import { warningsOf } from "./warnings.js";

/** Name of the component in the catalogue. */
export const MONITOR = "diagnose/monitor";
/** The input; not `value`, since a monitor stands beside an edge and not in it. */
const WATCHED = "watched";
/** Samples kept for the frequency of one window, over all numbers of the message; later ones of the window are left out. */
const MAX_SAMPLES = 65_536;

const params = settings as unknown as MessageSchema;

export const monitor: Component = {
  doc: "Watches a port: rate, age, range, drops and frequency, each against what was promised of it.",
  kind: "sink",
  params,
  signature(raw, types): Signature {
    const checked = checkParams(params, raw);
    const { kind } = checked as unknown as Settings;
    return {
      inputs: { [WATCHED]: { type: types[WATCHED] ?? {}, kind, optional: true } },
      outputs: { diagnosis: portSignature(event(Diagnosis)) },
      params: checked,
      place: "anywhere",
      source: false,
      sink: true,
      stateful: true,
      pure: false,
    };
  },
  instantiate: ({ params: given, inputs, wake }: Setup) => watch(given, inputs[WATCHED], wake),
};

interface State {
  /** The window that is open, in ns; it moves to the first message that comes in it. */
  opened_ns: number;
  closes_ns: number;
  started: boolean;
  /** Stamp of the value that readers hold; 0 before the first. */
  held_ns: number;
  /** Time of the wake for its age, 0 when none is asked for. */
  aged_ns: number;
  /** Arrivals in the window. */
  count: number;
  drops: { window: Tally; run: Tally; stamp_ns: number; sequence: number };
  sampled_ns: readonly [first: number, last: number];
  samples: number[][];
  last: number[];
  low: number[];
  high: number[];
  verdicts: { [C in Check]: Verdict };
  /** Diagnoses still to be said: a port says one a tag. */
  said: Message[];
}

function initial(over_ns: number, width: number): State {
  const none = () => ({ expected: 0, missed: 0 });
  return {
    opened_ns: 0,
    closes_ns: over_ns,
    started: false,
    held_ns: 0,
    aged_ns: 0,
    count: 0,
    drops: { window: none(), run: none(), stamp_ns: Number.NaN, sequence: Number.NaN },
    sampled_ns: [0, 0],
    samples: Array.from({ length: width }, () => []),
    last: [],
    low: Array.from({ length: width }, () => Number.POSITIVE_INFINITY),
    high: Array.from({ length: width }, () => Number.NEGATIVE_INFINITY),
    verdicts: Object.fromEntries(CHECKS.map((check) => [check, unjudged()])) as State["verdicts"],
    said: [],
  };
}

function watch(given: Params, type: MessageSchema | undefined, wake: Setup["wake"]): Instance {
  const set = given as unknown as Settings;
  const { port, rate, age, range, drops, frequency } = set;
  const over_ns = Math.max(1, Math.round(set.over * 1e9));
  const limit_ns = age === undefined ? 0 : Math.round(age.max * 1e9);
  const numbers: Numbers | undefined = type === undefined ? undefined : numbersOf(type);
  const sequence = drops?.sequence === undefined ? undefined : parseField(drops.sequence);
  const width = frequency === undefined ? 0 : (numbers?.fixed.length ?? 0);
  let state = initial(over_ns, width);
  wake(state.closes_ns);

  const look = (check: Check, seen: Look, ctx: Context, began_s = ctx.time): void => {
    const verdict = state.verdicts[check];
    const since = verdict.ok_s;
    if (!judge(verdict, seen, ctx.time, began_s)) return;
    const { bad, looks } = verdict;
    const { value, limit } = seen;
    const measured = Number.isFinite(value) ? { value } : {};
    state.said.push({ port, check, level: levelOf(seen), ...measured, limit, time: ctx.time, since, bad, looks });
  };

  const close = (ctx: Context): void => {
    const began = state.opened_ns / 1e9;
    const span = (state.closes_ns - state.opened_ns) / 1e9;
    if (rate !== undefined) look("rate", rateLook(state.count, span, rate), ctx, began);
    if (drops !== undefined) look("drops", dropsLook(state.drops.window, state.drops.run, drops.max), ctx, began);
    if (frequency !== undefined) {
      const [first, last] = state.sampled_ns;
      const travel = state.high.map((high, i) => high - state.low[i]!);
      look("frequency", frequencyLook(state.samples, travel, (last - first) / 1e9, frequency), ctx, began);
    }
    state.samples = state.samples.map(() => []);
    state.count = 0;
    state.drops.window = { expected: 0, missed: 0 };
    state.opened_ns = state.closes_ns;
    state.closes_ns += over_ns;
    wake(state.closes_ns);
  };

  /** What the value that was held until now had come to. */
  const outlived = (ctx: Context): void => {
    const held = (ctx.time_ns - state.held_ns) / 1e9;
    if (age?.held === true && held > age.max) worsen(state.verdicts.age, ageLook(held, age.max));
  };

  const arrive = (message: Message, ctx: Context): void => {
    const stamp_ns = ctx.stamp(WATCHED);
    if (!state.started) {
      state.started = true;
      if (ctx.time_ns < state.closes_ns && state.opened_ns === 0) {
        state.opened_ns = ctx.time_ns;
        state.closes_ns = ctx.time_ns + over_ns;
        wake(state.closes_ns);
      }
    }
    state.count++;
    outlived(ctx);
    state.held_ns = stamp_ns;
    if (age !== undefined) look("age", ageLook((ctx.time_ns - stamp_ns) / 1e9, age.max), ctx);
    if (range !== undefined && numbers !== undefined) look("range", rangeLook(numbers, message, range), ctx);
    if (drops !== undefined) missing(message, stamp_ns);
    if (width > 0) sample(message, ctx.time_ns);
  };

  /** Messages between this one and the one before. */
  const missing = (message: Message, stamp_ns: number): void => {
    const tally = state.drops;
    const step =
      sequence === undefined
        ? Math.round((stamp_ns - tally.stamp_ns) / ((drops?.period ?? Number.NaN) * 1e9))
        : (fieldOf(message, sequence) as number) - tally.sequence;
    tally.stamp_ns = stamp_ns;
    if (sequence !== undefined) tally.sequence = fieldOf(message, sequence) as number;
    // a step back is a sensor that started anew
    if (!(step >= 1)) return;
    for (const part of [tally.window, tally.run]) {
      part.expected += step;
      part.missed += step - 1;
    }
  };

  const sample = (message: Message, time_ns: number): void => {
    const first = state.samples[0]!;
    if ((first.length + 1) * width > MAX_SAMPLES) return;
    state.sampled_ns = [first.length === 0 ? time_ns : state.sampled_ns[0], time_ns];
    let i = 0;
    numbers!.each(message, (raw) => {
      if (i >= width) return;
      const before = state.last[i];
      const wraps = numbers!.fixed[i]!.wraps && before !== undefined && Number.isFinite(before);
      const x = wraps ? unwrap(raw, before) : raw;
      if (Number.isFinite(x)) {
        state.samples[i]!.push(x);
        state.last[i] = x;
        state.low[i] = Math.min(state.low[i]!, x);
        state.high[i] = Math.max(state.high[i]!, x);
      }
      i++;
    });
  };

  /** A look at the value that is held, once it is over its age and once more at twice that. */
  const grow = (ctx: Context): void => {
    if (age?.held !== true) return;
    const now = ctx.time_ns;
    const seen = ageLook((now - state.held_ns) / 1e9, age.max);
    if (seen.excess > 1 && levelOf(seen) !== state.verdicts.age.level) look("age", seen, ctx);
    else outlived(ctx);
    if (state.aged_ns <= now) state.aged_ns = 0;
    const next = [1, 2].map((times) => state.held_ns + times * limit_ns + 1).find((due) => due > now);
    // one wake is on its way at a time; where a younger value has come, it asks for the next
    if (next === undefined || (state.aged_ns > 0 && state.aged_ns <= next)) return;
    state.aged_ns = next;
    wake(next);
  };

  if (age?.held === true) {
    state.aged_ns = limit_ns + 1;
    wake(state.aged_ns);
  }

  return {
    fire(inputs: Inputs, ctx: Context): Outputs | undefined {
      while (ctx.time_ns >= state.closes_ns) close(ctx);
      const message = inputs[WATCHED] as Message | undefined;
      if (message !== undefined && ctx.fresh(WATCHED)) arrive(message, ctx);
      grow(ctx);
      const diagnosis = state.said.shift();
      if (state.said.length > 0) wake(ctx.time_ns);
      return diagnosis === undefined ? undefined : { diagnosis };
    },
    warnings: () => warningsOf(set, state.verdicts),
    snapshot: () => structuredClone(state),
    restore(saved) {
      state = structuredClone(saved) as State;
      wake(state.closes_ns);
      if (state.aged_ns > 0) wake(state.aged_ns);
      if (state.said.length > 0) wake(0);
    },
  };
}
