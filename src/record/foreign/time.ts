/** Times as recordings write them → nanoseconds, exactly: a double cannot hold the nanoseconds since 1970. */

/** What a number that is a time may count. */
export const TIME_UNITS = ["s", "ms", "us", "ns"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

const DIGITS: { readonly [unit in TimeUnit]: number } = { s: 9, ms: 6, us: 3, ns: 0 };
/** Beyond this a log time cannot be written (64 bits). */
const MAX_NS = 2n ** 63n - 1n;

/**
 * A time in ns; undefined where the value is none. Fractions of a nanosecond are rounded.
 *
 * Takes numbers, integers of 64 bits and decimal text in `unit`, ISO 8601 text, and objects of seconds and nanoseconds
 * (ROS `{sec, nanosec}`, protobuf `{seconds, nanos}`), which have a unit of their own.
 *
 * @example
 * timeOf("1248444175.103", "s") // 1248444175103000000n
 * timeOf({ sec: 1, nanosec: 5 }, "s") // 1000000005n
 * timeOf("2026-01-02T03:04:05.5Z", "s") // 1767323045500000000n
 */
export function timeOf(value: unknown, unit: TimeUnit): bigint | undefined {
  const ns = parse(value, unit);
  return ns === undefined || ns > MAX_NS || ns < -MAX_NS ? undefined : ns;
}

function parse(value: unknown, unit: TimeUnit): bigint | undefined {
  if (typeof value === "bigint") return value * 10n ** BigInt(DIGITS[unit]);
  if (typeof value === "number") return fromNumber(value, DIGITS[unit]);
  if (typeof value === "string") return fromText(value.trim(), DIGITS[unit]) ?? fromIso(value.trim());
  if (typeof value !== "object" || value === null) return undefined;
  const part = (...names: string[]): bigint | undefined => {
    for (const name of names) {
      const given = (value as { readonly [name: string]: unknown })[name];
      if (typeof given === "bigint") return given;
      if (Number.isSafeInteger(given)) return BigInt(given as number);
    }
    return undefined;
  };
  const seconds = part("sec", "secs", "seconds");
  const nanos = part("nanosec", "nsec", "nsecs", "nanos");
  return seconds === undefined || nanos === undefined ? undefined : seconds * 1_000_000_000n + nanos;
}

/** The double as it is: whole and broken part apart, so that no digit of either is lost. */
function fromNumber(value: number, digits: number): bigint | undefined {
  if (!Number.isFinite(value)) return undefined;
  const whole = Math.floor(value);
  return BigInt(whole) * 10n ** BigInt(digits) + BigInt(Math.round((value - whole) * 10 ** digits));
}

function fromText(text: string, digits: number): bigint | undefined {
  if (text.length > 64) return undefined;
  const decimal = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (decimal === null) return text === "" || Number.isNaN(Number(text)) ? undefined : fromNumber(Number(text), digits);
  const [, sign, whole, broken = ""] = decimal;
  const kept = broken.slice(0, digits).padEnd(digits, "0");
  const up = Number(broken[digits] ?? "0") >= 5 ? 1n : 0n;
  const ns = BigInt(whole + kept) + up;
  return sign === "-" ? -ns : ns;
}

function fromIso(text: string): bigint | undefined {
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (iso === null) return undefined;
  const [, day, clock, fraction = "", zone = "Z"] = iso;
  const ms = Date.parse(`${day}T${clock}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/**
 * Nanoseconds as seconds, in full.
 *
 * @example
 * secondsText(-1500000000n) // "-1.500000000"
 */
export function secondsText(ns: bigint): string {
  const digits = String(ns < 0n ? -ns : ns).padStart(10, "0");
  return `${ns < 0n ? "-" : ""}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
