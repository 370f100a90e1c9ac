/** Quantities as authors write them (`100hz`, `10ms`, `1%`) → numbers: hertz, integer nanoseconds, shares. */
import { type Problem, problem } from "../problem/problem.js";

const DURATIONS_NS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["min", 60e9],
  ["h", 3600e9],
]);
const RATES_HZ: ReadonlyMap<string, number> = new Map([
  ["hz", 1],
  ["khz", 1e3],
]);

/** Longest time that is exact in a JS number: 104 days. */
export const MAX_NS = Number.MAX_SAFE_INTEGER;
const MAX_LENGTH = 64;

export type Expected = "a rate" | "a duration" | "a rate or a duration" | "a duration or `1period`" | "a share";
export type Parsed<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: Problem };

const examples: Record<Expected, string> = {
  "a rate": "`100hz`",
  "a duration": "`10ms`",
  "a rate or a duration": "`100hz` or `10ms`",
  "a duration or `1period`": "`10ms` or `1period`",
  "a share": "`1%` or a number from 0 to 1",
};

/** What was written, as its author would know it again. */
const shown = (written: unknown): string =>
  (typeof written === "object" ? JSON.stringify(written) : String(written)).slice(0, MAX_LENGTH);

/** The written text split into number and unit, or the problem with a mended spelling where one can be guessed. */
function split(written: unknown, expected: Expected, units: readonly string[], path: string): Parsed<[number, string]> {
  const text = shown(written);
  const exact = /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)([a-z%]+)$/.exec(text);
  if (exact !== null && units.includes(exact[2]!)) return { value: [Number(exact[1]), exact[2]!] };

  const wanted = `Write ${examples[expected]}.`;
  const loose = /^\s*([+]?\d+(?:[.,]\d+)?)\s*([a-zµμ%]*)\s*$/i.exec(text);
  let suggestion = wanted;
  if (loose !== null) {
    const synonyms: Record<string, string> = {
      "": "",
      hertz: "hz",
      µs: "us",
      μs: "us",
      sec: "s",
      secs: "s",
      second: "s",
      seconds: "s",
      msec: "ms",
      m: "min",
      mins: "min",
      minutes: "min",
      hr: "h",
      percent: "%",
      periods: "period",
      hours: "h",
    };
    const lower = loose[2]!.toLowerCase();
    const unit = units.includes(lower) ? lower : synonyms[lower];
    const number = loose[1]!.replace(",", ".").replace("+", "");
    if (unit !== undefined && units.includes(unit)) suggestion = `\`${text}\` is written \`${number}${unit}\`.`;
    else if (unit === "")
      suggestion = `Say in which unit: ${units
        .slice(0, 4)
        .map((u) => `\`${number}${u}\``)
        .join(", ")}.`;
  }
  return { problem: problem("L0119", { written: text, expected, suggestion }, { path }) };
}

function positive(p: Parsed<number>, written: unknown, expected: Expected, path: string): Parsed<number> {
  if (p.value === undefined || p.value > 0) return p;
  return {
    problem: problem("L0119", { written: shown(written), expected, reason: "it must be above zero" }, { path }),
  };
}

/**
 * `100hz`, `1khz` → hertz.
 *
 * @example
 * parseRate("1khz") // { value: 1000 }
 * parseRate("100 Hz").problem?.help // "`100 Hz` is written `100hz`."
 */
export function parseRate(written: unknown, path = ""): Parsed<number> {
  const p = split(written, "a rate", [...RATES_HZ.keys()], path);
  if (p.value === undefined) return p;
  return positive({ value: p.value[0] * RATES_HZ.get(p.value[1])! }, written, "a rate", path);
}

function toNs(number: number, unit: string, written: unknown, expected: Expected, path: string): Parsed<number> {
  const ns = number * DURATIONS_NS.get(unit)!;
  const rounded = Math.round(ns);
  const reason =
    rounded > MAX_NS
      ? "it is longer than 104 days"
      : rounded === 0 && ns > 0
        ? "it is shorter than a nanosecond"
        : undefined;
  if (reason === undefined) return { value: rounded };
  return { problem: problem("L0119", { written: shown(written), expected, reason }, { path }) };
}

/**
 * `250ns`, `20us`, `10ms`, `1.5s`, `2min`, `1h` → whole nanoseconds.
 *
 * @example
 * parseDuration("1.5ms") // { value: 1_500_000 }
 */
export function parseDuration(written: unknown, path = ""): Parsed<number> {
  const p = split(written, "a duration", [...DURATIONS_NS.keys()], path);
  return p.value === undefined ? p : toNs(p.value[0], p.value[1], written, "a duration", path);
}

/**
 * A duration above zero.
 *
 * @example
 * parseSpan("50ms") // { value: 50_000_000 }
 */
export const parseSpan = (written: unknown, path = ""): Parsed<number> =>
  positive(parseDuration(written, path), written, "a duration", path);

/**
 * A duration, or a whole number of periods of the consumer's clock (`period_ns`, absent when it has none).
 *
 * @example
 * parseDelay("2period", 1e7) // { value: 20_000_000 }
 */
export function parseDelay(written: unknown, period_ns: number | undefined, path = ""): Parsed<number> {
  const expected = "a duration or `1period`";
  const p = split(written, expected, [...DURATIONS_NS.keys(), "period"], path);
  if (p.value === undefined) return p;
  const [number, unit] = p.value;
  if (unit !== "period") return positive(toNs(number, unit, written, expected, path), written, expected, path);
  const refuse = (reason: string, suggestion: string) => ({
    problem: problem("L0119", { written: String(written), expected, reason, suggestion }, { path }),
  });
  if (period_ns === undefined)
    return refuse(
      "the node that reads here has no clock",
      "Write a duration such as `10ms`, or give the node a clock: `on: 100hz`.",
    );
  if (number < 1 || !Number.isInteger(number))
    return refuse("periods are whole and at least one", "Write `1period`, or a duration such as `10ms`.");
  return { value: Math.round(number * period_ns) };
}

/**
 * A rate or a period → period in nanoseconds, fractional where the rate does not divide a second.
 *
 * @example
 * parseClock("100hz") // { value: 10_000_000 }
 * parseClock("10ms") // { value: 10_000_000 }
 */
export function parseClock(written: unknown, path = ""): Parsed<number> {
  const expected = "a rate or a duration";
  const p = split(written, expected, [...RATES_HZ.keys(), ...DURATIONS_NS.keys()], path);
  if (p.value === undefined) return p;
  const [number, unit] = p.value;
  const hz = RATES_HZ.get(unit);
  const period =
    hz === undefined ? toNs(number, unit, written, expected, path) : { value: number === 0 ? 0 : 1e9 / (number * hz) };
  if (period.value !== undefined && period.value > 0 && period.value < 1)
    return {
      problem: problem(
        "L0119",
        { written: String(written), expected, reason: "a period is at least a nanosecond" },
        { path },
      ),
    };
  return positive(period, written, expected, path);
}

/**
 * `1%`, or a number from 0 to 1 → a share.
 *
 * @example
 * parseShare("1%") // { value: 0.01 }
 */
export function parseShare(written: unknown, path = ""): Parsed<number> {
  const outside = () =>
    problem(
      "L0119",
      {
        written: shown(written),
        expected: "a share",
        reason: "a share lies between 0 and 1, or 0% and 100%",
      },
      { path },
    );
  const p: Parsed<number> = typeof written === "number" ? { value: written } : percent(written, path);
  return p.value === undefined || (p.value >= 0 && p.value <= 1) ? p : { problem: outside() };
}

function percent(written: unknown, path: string): Parsed<number> {
  const p = split(written, "a share", ["%"], path);
  return p.value === undefined ? p : { value: p.value[0] / 100 };
}
