/**
 * Clocks of several rates as one: the greatest period that all of them, and all delays that wake somebody, are whole
 * multiples of.
 *
 *     100 Hz  |    |    |    |           base 200 Hz  |  |  |  |  |  |  |
 *      40 Hz  |           |         →    100 Hz: every 2nd, 40 Hz: every 5th
 */
import type { TypedTrigger } from "../graph/typed.js";

export interface Clock {
  /** 10⁹ / rate; may be fractional. */
  readonly period_ns: number;
  readonly phase_ns: number;
}

/** The clock of a node that has one: a window that is read every so long fires as a clock does, from its first period on. */
export function clockOf(trigger: TypedTrigger): Clock | undefined {
  if (trigger.kind === "clock") return trigger;
  if (trigger.kind !== "window" || trigger.every_ns === undefined) return undefined;
  return { period_ns: trigger.every_ns, phase_ns: trigger.every_ns };
}

/** Ticks of the base between two firings of the slowest clock. */
export const MAX_RATIO = 1000;

/** A fractional period differs by less than this share from the whole multiple that it is. */
const SAME = 1e-12;

/**
 * When firing `k` of a clock is, as the engine counts it: never accumulated.
 *
 * @example
 * [1, 2, 3].map((k) => tickAt({ period_ns: 1e9 / 3, phase_ns: 0 }, k)) // [333333333, 666666667, 1000000000]
 */
export const tickAt = ({ period_ns, phase_ns }: Clock, k: number): number =>
  phase_ns + (Number.isInteger(period_ns) ? k * period_ns : Math.round((k * 1e9) / (1e9 / period_ns)));

/**
 * The base of these clocks: the slowest clock of which each of them has every n-th tick. Whole `spans_ns` are multiples
 * of its period, too.
 *
 * @returns why there is none
 * @example
 * baseOf([{ period_ns: 1e7, phase_ns: 0 }, { period_ns: 25e6, phase_ns: 0 }], []) // { base: { period_ns: 5000000, phase_ns: 0 } }
 */
export function baseOf(clocks: readonly Clock[], spans_ns: readonly number[]): { base: Clock } | { reason: string } {
  const phase_ns = Math.min(...clocks.map((clock) => clock.phase_ns));
  const slowest = Math.max(...clocks.map((clock) => clock.period_ns));
  const found = clocks.every(({ period_ns }) => Number.isInteger(period_ns))
    ? wholeBase(clocks, phase_ns, spans_ns)
    : fractionalBase(clocks, phase_ns, spans_ns);
  if (found === undefined)
    return {
      reason: "their periods are no whole multiples of one that all of them share, nor are their phases and delays",
    };
  const ratio = slowest / found;
  if (ratio > MAX_RATIO * (1 + SAME))
    return {
      reason: `the slowest of them would be called for at every ${Math.round(ratio)}th call only; ${MAX_RATIO} is the most`,
    };
  return { base: { period_ns: found, phase_ns } };
}

function wholeBase(clocks: readonly Clock[], phase_ns: number, spans_ns: readonly number[]): number {
  const spans = [...clocks.flatMap((clock) => [clock.period_ns, clock.phase_ns - phase_ns]), ...spans_ns];
  return spans.reduce((a, b) => gcd(a, b), 0);
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Ticks are rounded to whole ns, each by itself: those of a base that is a divisor are the same numbers. */
function fractionalBase(clocks: readonly Clock[], phase_ns: number, spans_ns: readonly number[]): number | undefined {
  if (spans_ns.length > 0 || clocks.some((clock) => clock.phase_ns !== phase_ns)) return undefined;
  const fastest = Math.min(...clocks.map((clock) => clock.period_ns));
  for (let parts = 1; parts <= MAX_RATIO; parts++) {
    // by its rate, which is the rounder number
    const period_ns = 1e9 / ((1e9 / fastest) * parts);
    const base = {
      period_ns: Number.isInteger(Math.round(period_ns * 1e6) / 1e6) ? Math.round(period_ns) : period_ns,
      phase_ns,
    };
    if (clocks.every((clock) => everyOf(clock, base) !== undefined)) return base.period_ns;
  }
  return undefined;
}

/** Ticks that are tried, beside the rule. */
const TRIED = 2000;

/** Every how many-th tick of the base is one of the clock; undefined when they do not fall together. */
export function everyOf(clock: Clock, base: Clock): number | undefined {
  const every = Math.round(clock.period_ns / base.period_ns);
  if (every < 1 || Math.abs(clock.period_ns / base.period_ns - every) > SAME * every) return undefined;
  const first = offsetOf(clock, base);
  for (let k = 0; k <= TRIED; k++) if (tickAt(clock, k) !== tickAt(base, first + k * every)) return undefined;
  return every;
}

/** The base's tick that is the clock's first. */
export const offsetOf = (clock: Clock, base: Clock): number =>
  Math.round((clock.phase_ns - base.phase_ns) / base.period_ns);

/**
 * How many ticks of the base later a message arrives that is sent at a tick and takes so long: at the first one that is
 * not before it. Undefined when that differs from tick to tick, as rounded ones may.
 *
 * @example
 * ticksLater(15e6, { period_ns: 1e7, phase_ns: 0 }) // 2
 */
export function ticksLater(delay_ns: number, base: Clock): number | undefined {
  const ticks = Math.ceil(delay_ns / base.period_ns - SAME);
  if (Number.isInteger(base.period_ns)) return Math.ceil(delay_ns / base.period_ns);
  for (let k = 0; k <= TRIED; k++) {
    const arrives = tickAt(base, k) + delay_ns;
    if (tickAt(base, k + ticks) < arrives || tickAt(base, k + ticks - 1) >= arrives) return undefined;
  }
  return ticks;
}
