/** What each check measures, held against what was promised. */
import type { Message } from "../../message/type.js";
import type { Numbers } from "./numbers.js";
import { oscillation } from "./reversals.js";
import type { Settings } from "./settings.js";
import type { Look } from "./verdict.js";

type Of<C extends keyof Settings> = NonNullable<Settings[C]>;

/** Messages a second in a window; counts may be off by `slack`. */
export function rateLook(
  count: number,
  span_s: number,
  { min = 0, max = Number.POSITIVE_INFINITY, slack }: Of<"rate">,
): Look {
  const value = count / span_s;
  const least = min * span_s;
  const most = max * span_s;
  if (count + slack < least) return { value, limit: min, excess: least / (count + slack) };
  if (count - slack > most) return { value, limit: max, excess: (count - slack) / most };
  return { value, limit: Number.isFinite(max) && value > max ? max : min, excess: 0 };
}

/** Seconds since the stamp. */
export const ageLook = (age_s: number, max_s: number): Look => ({
  value: age_s,
  limit: max_s,
  excess: age_s <= max_s ? 0 : Math.max(age_s / max_s, BEYOND),
});

/** The number that lies farthest out; one that is not finite lies outside of everything. */
export function rangeLook(numbers: Numbers, message: Message, { low, high }: Of<"range">): Look {
  const middle = (low + high) / 2;
  const half = (high - low) / 2;
  let worst: Look = { value: middle, limit: high, excess: 0 };
  numbers.each(message, (value) => {
    const limit = value < middle ? low : high;
    const inside = value >= low && value <= high;
    const out = Math.abs(value - middle) / half;
    const excess = inside
      ? Math.min(1, out) || 0
      : Number.isNaN(out)
        ? Number.POSITIVE_INFINITY
        : Math.max(out, BEYOND);
    if (excess >= worst.excess) worst = { value, limit, excess };
  });
  return worst;
}

export interface Tally {
  expected: number;
  missed: number;
}

/** Standard deviations by which chance may exceed a promised loss. */
export const SIGMAS = 5;
/** Below this share no loss is an error rather than a warning, whatever was promised. */
const GRAVE = 0.1;

/**
 * The share that is missing, in the window or in the whole run, whichever is worse. Where some loss is promised, a
 * window is too short to tell a little more of it from chance; where none is, one window says all.
 */
export function dropsLook(window: Tally, run: Tally, max: number): Look {
  const of = ({ expected, missed }: Tally): Look => {
    const value = expected === 0 ? 0 : missed / expected;
    const chance = max * expected + SIGMAS * Math.sqrt(max * (1 - max) * expected);
    return { value, limit: max, excess: missed <= chance ? 0 : Math.max(BEYOND, value / Math.max(max, GRAVE / 2)) };
  };
  const [recent, whole] = [of(window), of(run)];
  return recent.excess > 0 || whole.excess === 0 || max === 0 ? recent : whole;
}

/** Share of a signal's travel that a swing must have to count where nothing is said. */
const TENTH = 0.1;

/** The fastest oscillation among the numbers of a message. */
export function frequencyLook(
  samples: readonly (readonly number[])[],
  travel: readonly number[],
  span_s: number,
  { below, amplitude }: Of<"frequency">,
): Look {
  const fastest = samples.reduce(
    (most, of, i) => Math.max(most, oscillation(of, amplitude ?? TENTH * travel[i]!, span_s)),
    0,
  );
  // where the window begins and ends is chance: one reversal is let go
  const sure = span_s > 0 ? fastest - 1 / (2 * span_s) : 0;
  return { value: fastest, limit: below, excess: sure > below ? fastest / below : 0 };
}

/** Just outside. */
const BEYOND = 1 + 1e-9;
