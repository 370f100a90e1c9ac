/**
 * Units as people write them → a factor and powers of base units, so that `N·m` and `Nm` agree and `mm` is a thousandth of `m`.
 *
 * An annotation, never a conversion: what cannot be read is compared as text. `rad` counts as a base unit, since taking a
 * rate in Hz for one in rad/s is the mistake that is looked for.
 */

/** Longest text that is taken for a unit; more is compared as text. */
const MAX_LENGTH = 64;

type Powers = ReadonlyMap<string, number>;

interface Unit {
  readonly factor: number;
  readonly powers: Powers;
}

const unit = (factor: number, powers: { readonly [base: string]: number } = {}): Unit => ({
  factor,
  powers: new Map(Object.entries(powers)),
});

const G = 9.80665;
const newton = { kg: 1, m: 1, s: -2 };
const joule = { kg: 1, m: 2, s: -2 };
const watt = { kg: 1, m: 2, s: -3 };
const pascal = { kg: 1, m: -1, s: -2 };
const volt = { kg: 1, m: 2, s: -3, A: -1 };
const ohm = { kg: 1, m: 2, s: -3, A: -2 };

/** Units that take a prefix (`k`, `m`, …). */
const PREFIXED: { readonly [symbol: string]: Unit } = {
  m: unit(1, { m: 1 }),
  g: unit(1e-3, { kg: 1 }),
  s: unit(1, { s: 1 }),
  A: unit(1, { A: 1 }),
  K: unit(1, { K: 1 }),
  mol: unit(1, { mol: 1 }),
  cd: unit(1, { cd: 1 }),
  rad: unit(1, { rad: 1 }),
  Hz: unit(1, { s: -1 }),
  N: unit(1, newton),
  J: unit(1, joule),
  W: unit(1, watt),
  Pa: unit(1, pascal),
  bar: unit(1e5, pascal),
  V: unit(1, volt),
  Ω: unit(1, ohm),
  C: unit(1, { A: 1, s: 1 }),
  F: unit(1, { A: 2, s: 4, kg: -1, m: -2 }),
  H: unit(1, { kg: 1, m: 2, s: -2, A: -2 }),
  T: unit(1, { kg: 1, s: -2, A: -1 }),
  Wb: unit(1, { kg: 1, m: 2, s: -2, A: -1 }),
  S: unit(1, { A: 2, s: 3, kg: -1, m: -2 }),
  L: unit(1e-3, { m: 3 }),
  eV: unit(1.602176634e-19, joule),
};

const PLAIN: { readonly [symbol: string]: Unit } = {
  "1": unit(1),
  "%": unit(1e-2),
  ppm: unit(1e-6),
  deg: unit(Math.PI / 180, { rad: 1 }),
  arcmin: unit(Math.PI / 10_800, { rad: 1 }),
  arcsec: unit(Math.PI / 648_000, { rad: 1 }),
  rev: unit(2 * Math.PI, { rad: 1 }),
  rpm: unit(Math.PI / 30, { rad: 1, s: -1 }),
  sr: unit(1, { rad: 2 }),
  min: unit(60, { s: 1 }),
  h: unit(3600, { s: 1 }),
  d: unit(86_400, { s: 1 }),
  degC: unit(1, { degC: 1 }),
  degF: unit(1, { degF: 1 }),
  in: unit(0.0254, { m: 1 }),
  ft: unit(0.3048, { m: 1 }),
  mi: unit(1609.344, { m: 1 }),
  kph: unit(1 / 3.6, { m: 1, s: -1 }),
  mph: unit(0.44704, { m: 1, s: -1 }),
  kn: unit(1852 / 3600, { m: 1, s: -1 }),
  lb: unit(0.45359237, { kg: 1 }),
  lbf: unit(0.45359237 * G, newton),
  psi: unit((0.45359237 * G) / 0.0254 ** 2, pascal),
  atm: unit(101_325, pascal),
};

/** Other spellings. */
const SPELLINGS: { readonly [written: string]: string } = {
  meter: "m",
  metre: "m",
  meters: "m",
  metres: "m",
  gram: "g",
  grams: "g",
  sec: "s",
  second: "s",
  seconds: "s",
  minute: "min",
  minutes: "min",
  hr: "h",
  hour: "h",
  hours: "h",
  day: "d",
  days: "d",
  ampere: "A",
  amperes: "A",
  kelvin: "K",
  radian: "rad",
  radians: "rad",
  degree: "deg",
  degrees: "deg",
  "°": "deg",
  turn: "rev",
  turns: "rev",
  hz: "Hz",
  hertz: "Hz",
  newton: "N",
  newtons: "N",
  joule: "J",
  joules: "J",
  watt: "W",
  watts: "W",
  pascal: "Pa",
  volt: "V",
  volts: "V",
  ohm: "Ω",
  ohms: "Ω",
  "\u2126": "Ω",
  l: "L",
  liter: "L",
  litre: "L",
  percent: "%",
  "°C": "degC",
  celsius: "degC",
  "°F": "degF",
  fahrenheit: "degF",
  knot: "kn",
  knots: "kn",
  inch: "in",
  inches: "in",
  foot: "ft",
  feet: "ft",
  mile: "mi",
  miles: "mi",
};

const PREFIXES: { readonly [prefix: string]: number } = {
  T: 1e12,
  G: 1e9,
  M: 1e6,
  k: 1e3,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  µ: 1e-6,
  μ: 1e-6,
  n: 1e-9,
  p: 1e-12,
};

const raised = (a: Unit, power: number): Unit => ({
  factor: a.factor ** power,
  powers: new Map([...a.powers].map(([base, p]) => [base, p * power])),
});

function times(a: Unit, b: Unit): Unit {
  const powers = new Map(a.powers);
  for (const [base, p] of b.powers) {
    const sum = (powers.get(base) ?? 0) + p;
    if (sum === 0) powers.delete(base);
    else powers.set(base, sum);
  }
  return { factor: a.factor * b.factor, powers };
}

const own = <T>(map: { readonly [key: string]: T }, key: string): T | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/** One symbol, with a prefix or without. */
function simple(written: string): Unit | undefined {
  const symbol = own(SPELLINGS, written) ?? written;
  const known = own(PLAIN, symbol) ?? own(PREFIXED, symbol);
  if (known !== undefined) return known;
  const prefix = own(PREFIXES, symbol[0] ?? "");
  const rest = symbol.slice(1);
  const base = prefix === undefined ? undefined : own(PREFIXED, own(SPELLINGS, rest) ?? rest);
  return base && { factor: prefix! * base.factor, powers: base.powers };
}

/** A symbol, or two written together: `Nm`, `Ah`. */
function symbolOf(written: string): Unit | undefined {
  const whole = simple(written);
  if (whole !== undefined) return whole;
  for (let i = 1; i < written.length; i++) {
    const first = simple(written.slice(0, i));
    const second = first && simple(written.slice(i));
    if (first !== undefined && second !== undefined) return times(first, second);
  }
  return undefined;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const plainPowers = (text: string): string =>
  text
    .replaceAll("⁻", "-")
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (digit) => String(SUPERSCRIPTS.indexOf(digit)))
    .replaceAll("**", "^");

/** A text as factor and powers; undefined where it is no unit that is known. */
function parseUnit(text: string): Unit | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const tokens = plainPowers(text).match(/[\p{L}°%]+|1|\^?-?\d+|[·⋅*./()]|\S/gu) ?? [];
  let at = 0;
  const product = (depth: number): Unit | undefined => {
    let result = unit(1);
    let sign = 1;
    for (let first = true; at < tokens.length && tokens[at] !== ")"; first = false) {
      if (!first && /^[·⋅*./]$/.test(tokens[at]!)) sign = tokens[at++] === "/" ? -1 : 1;
      const factor = term(depth);
      if (factor === undefined) return undefined;
      result = times(result, sign === 1 ? factor : raised(factor, -1));
      sign = 1;
    }
    return result;
  };
  const term = (depth: number): Unit | undefined => {
    const token = tokens[at++] ?? "";
    let factor: Unit | undefined;
    if (token === "(") {
      factor = depth > 0 ? product(depth - 1) : undefined;
      if (tokens[at++] !== ")") return undefined;
    } else factor = symbolOf(token);
    const power = /^\^?(-?\d+)$/.exec(tokens[at] ?? "");
    if (power === null || factor === undefined) return factor;
    at++;
    return raised(factor, Number(power[1]));
  };
  const whole = product(4);
  return whole === undefined || at < tokens.length ? undefined : withoutOffset(whole);
}

/** A difference of temperatures is the same in °C and K; a temperature is not. */
function withoutOffset(whole: Unit): Unit {
  const alone = whole.powers.size === 1 && [...whole.powers.values()][0] === 1;
  if (alone) return whole;
  return ["degC", "degF"].reduce((u, scale) => {
    const power = u.powers.get(scale);
    if (power === undefined) return u;
    const kelvin = raised(unit(scale === "degC" ? 1 : 5 / 9, { K: 1 }), power);
    return times(times(u, unit(1, { [scale]: -power })), kelvin);
  }, whole);
}

/** How two units relate. */
export type UnitRelation =
  | "same"
  /** The same quantity: 1 of the first is so many of the second. */
  | { readonly ratio: number }
  /** Different quantities, or texts that say nothing to each other. */
  | "different";

/**
 * Compares two units by what they mean.
 *
 * @example
 * relateUnits("N·m", "Nm") // "same"
 * relateUnits("m", "mm") // { ratio: 1000 }
 * relateUnits("rad/s", "Hz") // "different"
 */
export function relateUnits(a: string, b: string): UnitRelation {
  if (a.trim() === b.trim()) return "same";
  const left = parseUnit(a);
  const right = parseUnit(b);
  if (left === undefined || right === undefined || !samePowers(left.powers, right.powers)) return "different";
  const ratio = left.factor / right.factor;
  if (ratio === 0 || !Number.isFinite(ratio)) return "different";
  return Math.abs(ratio - 1) < 1e-9 ? "same" : { ratio: Number(ratio.toPrecision(12)) };
}

/** From one unit to another: `scale * x + offset`. */
export interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

/** Kelvins of each scale of temperature. */
const KELVINS: { readonly [scale: string]: Conversion } = {
  K: { scale: 1, offset: 0 },
  degC: { scale: 1, offset: 273.15 },
  degF: { scale: 5 / 9, offset: (459.67 * 5) / 9 },
};

/**
 * What makes numbers in one unit numbers in another, to the last bit of a double; undefined where they are different quantities.
 *
 * @example
 * conversion("deg", "rad")?.scale === Math.PI / 180 // true
 * conversion("degC", "K") // { scale: 1, offset: 273.15 }
 * conversion("rad/s", "Hz") // undefined
 */
export function conversion(from: string, to: string): Conversion | undefined {
  const [a, b] = [parseUnit(from), parseUnit(to)];
  if (from.trim() === to.trim()) return { scale: 1, offset: 0 };
  if (a === undefined || b === undefined) return undefined;
  const [warm, cold] = [temperature(a), temperature(b)];
  if (warm !== undefined && cold !== undefined)
    return {
      scale: (a.factor * warm.scale) / (b.factor * cold.scale),
      offset: (warm.offset - cold.offset) / (b.factor * cold.scale),
    };
  return samePowers(a.powers, b.powers) ? { scale: a.factor / b.factor, offset: 0 } : undefined;
}

/** Of a temperature, not of a difference or a rate of temperatures. */
function temperature({ powers }: Unit): Conversion | undefined {
  const [[base, power] = ["", 0], ...more] = powers;
  return more.length === 0 && power === 1 ? own(KELVINS, base) : undefined;
}

const samePowers = (a: Powers, b: Powers): boolean =>
  a.size === b.size && [...a].every(([base, power]) => b.get(base) === power);
