/**
 * Butterworth filters as a cascade of second-order sections, shared by the low-pass and the high-pass.
 *
 * Design: analogue poles on the unit circle, bilinear transform pre-warped at the cutoff, so that the gain there is
 * exactly −3 dB. Sections run in transposed direct form II. Source: Oppenheim and Schafer, *Discrete-Time Signal
 * Processing*, sections 6.3 and 7.1.
 */
import Type from "typebox";
import { concat, equal, matmul, reshape, split, where } from "../../../onnx/functions.js";
import { tensor } from "../../../onnx/tensor.js";
import { isValue, type Value } from "../../../onnx/value.js";
import { add, choose, div, floor, greater, less, mul, type Num, round, sub } from "../arithmetic.js";
import { dimsOf, elementwise, zerosOf } from "../elementwise.js";
import { eye, type Matrix, multiply, norm, tensorOf, transpose } from "../matrix.js";
import { refuse } from "../refuse.js";
import { simulated } from "../simulated.js";

/** y = b₀x + …; a₀ is 1. A first-order section has b₂ = a₂ = 0. */
export interface Section {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

export type Pass = "low" | "high";

const MAX_ORDER = 20;
/** Samples that one firing may make up for before the filter is taken to be mis-declared. */
const MAX_SAMPLES = 1_000_000;
/** Binary digits of that many. */
const POWERS = 20;
/** Registers this much smaller than they were are taken for 0. */
const FADED = 1e-24;

/**
 * Sections of a Butterworth filter of order `order`, first the one of first order if there is one.
 *
 * @param cutoff where the gain is −3 dB, in Hz, below half the rate
 * @param rate samples a second
 * @example
 * design("high", 2, 5, 100).length // 1
 */
export function design(pass: Pass, order: number, cutoff: number, rate: number): Section[] {
  const k = Math.tan((Math.PI * cutoff) / rate);
  const low = pass === "low";
  const sections: Section[] = [];
  if (order % 2 === 1) {
    const b0 = (low ? k : 1) / (1 + k);
    sections.push({ b: [b0, low ? b0 : -b0, 0], a: [(k - 1) / (k + 1), 0] });
  }
  for (let pair = 0; pair < Math.floor(order / 2); pair++) {
    // s² + damping·s + 1 holds the pair of poles at the angle π(2·pair + 1)/(2·order) from the imaginary axis
    const damping = 2 * Math.sin((Math.PI * (2 * pair + 1)) / (2 * order));
    const scale = 1 / (1 + damping * k + k * k);
    const b0 = (low ? k * k : 1) * scale;
    sections.push({
      b: [b0, low ? 2 * b0 : -2 * b0, b0],
      a: [2 * (k * k - 1) * scale, (1 - damping * k + k * k) * scale],
    });
  }
  return sections;
}

/** One sample through the cascade, of two registers a section: the output, and the registers after it. */
function sample<T extends Num>(sections: readonly Section[], registers: readonly T[], x: T): { y: T; registers: T[] } {
  const next: T[] = [];
  let value = x;
  sections.forEach(({ b, a }, s) => {
    const y = add(mul(b[0], value), registers[2 * s]!);
    next.push(add(sub(mul(b[1], value), mul(a[0], y)), registers[2 * s + 1]!), sub(mul(b[2], value), mul(a[1], y)));
    value = y;
  });
  return { y: value, registers: next };
}

/** Registers of a filter that has seen nothing but 1 for ever. */
function settled(sections: readonly Section[]): number[] {
  let value = 1;
  return sections.flatMap(({ b, a }) => {
    const y = (value * (b[0] + b[1] + b[2])) / (1 + a[0] + a[1]);
    const registers = [y - b[0] * value, b[2] * value - a[1] * y];
    value = y;
    return registers;
  });
}

/** What 2, 4, 8, … samples of 0 make of the registers, up to as many as leave nothing of them. */
function powers(sections: readonly Section[]): Matrix[] {
  const columns = eye(2 * sections.length).map((registers) => sample(sections, registers, 0).registers);
  const all: Matrix[] = [];
  let power: Matrix = transpose(columns);
  while (all.length < POWERS - 1 && norm(power) > FADED) all.push((power = multiply(power, power)));
  return all;
}

const params = (pass: Pass) =>
  Type.Object({
    order: Type.Integer({ minimum: 1, maximum: MAX_ORDER, default: 2, description: "number of poles" }),
    cutoff: Type.Number({ exclusiveMinimum: 0, unit: "Hz", description: "where the gain is −3 dB", examples: [5] }),
    rate: Type.Number({
      exclusiveMinimum: 0,
      unit: "Hz",
      description: "the filter's own sample rate, commonly that of its clock",
      examples: [100],
    }),
    start: Type.Enum(["settled", "rest"], {
      default: "settled",
      description: `\`settled\`: as if the first value had always been there (output: ${pass === "low" ? "that value" : "0"}); \`rest\`: as if it had been 0`,
    }),
  });

/** The component `filter/butterworth-<pass>-pass`. */
export function butterworth(pass: Pass, doc: string) {
  const filter = elementwise({
    name: `filter/butterworth-${pass}-pass`,
    doc: `${doc} By the bilinear transform, pre-warped at the cutoff, in second-order sections. It keeps time by its own \`rate\`: a firing advances it by as many samples as the time since the first one holds, with the last value held where messages were lost, so that a late or missing message does not move the cutoff. Source: Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.1.`,
    params: params(pass),
    check({ cutoff, rate }) {
      if (cutoff >= rate / 2)
        refuse(
          "cutoff",
          `\`cutoff\` (${cutoff} Hz) is not below half of \`rate\` (${rate} Hz), above which there are no frequencies`,
          `Lower \`cutoff\` below ${rate / 2}, or sample faster.`,
        );
    },
    unwraps: true,
    state: ({ order }, zeros) => ({
      registers: zerosOf({ tensor: [zeros.data.length] }, 2 * Math.ceil(order / 2)),
      // since the first firing, at which the filter's own samples begin, and how many were taken
      elapsed_ns: 0,
      taken: 0,
      x: zeros,
      y: zeros,
    }),
    step(x, before, { dt, constant, params: { order, cutoff, rate, start } }) {
      const sections = design(pass, order, cutoff, rate);
      const first = equal(before.taken, 0);
      const elapsed_ns = where(first, 0, add(before.elapsed_ns, round(mul(dt, 1e9))));
      const due = add(1, round(div(mul(elapsed_ns, rate), 1e9)));
      const value = row(x);
      const rest = constant(settled(sections).map((r) => [r]));
      const ready = choose(
        first,
        start === "settled" ? mul(rest, value) : 0,
        caughtUp(sections, before.registers, row(before.x), rest, sub(sub(due, before.taken), 1)),
      );
      const next = sample<Num>(sections, rows(ready), value);
      const taking = greater(due, before.taken);
      const y = where(taking, reshape(next.y as Value, dimsOf(x)), before.y);
      const registers = where(taking, column(next.registers, value), before.registers);
      return { value: y, state: { registers, taken: due, x, y }, always: { elapsed_ns } };
    },
  });
  return simulated(filter, {
    before(_, { dt, params: { rate } }) {
      const due = Math.round(dt * rate);
      if (due > MAX_SAMPLES) throw new RangeError(`${due} samples of ${rate} Hz in one firing; at most ${MAX_SAMPLES}`);
    },
  });
}

const row = (x: Value): Value => reshape(x, [1, -1]);
const rows = (registers: Value): Value[] => split(registers, new Array<number>(Number(registers.shape[0])).fill(1), 0);

/** Registers below each other; one that is always 0 too. */
function column(registers: readonly Num[], like: Value): Value {
  const n = Number(like.shape[1]);
  const plain = (r: number) => like.scope.constant(tensor("float64", [1, n], new Float64Array(n).fill(r)));
  return concat(
    registers.map((r) => (isValue(r) ? r : plain(r))),
    0,
  );
}

/** The registers after `missed` samples of the value that was held, all at once. */
function caughtUp(sections: readonly Section[], registers: Value, held: Value, rest: Value, missed: Value): Value {
  const matrices = powers(sections);
  const bits = bitsOf(missed, matrices.length + 1);
  const once = where(bits[0]!, column(sample<Num>(sections, rows(registers), held).registers, held), registers);
  // the rest of them draws the registers to where the held value would let them rest
  const goal = mul(rest, held);
  const gap = matrices.reduce(
    (left, power, i) => where(bits[i + 1]!, matmul(registers.scope.constant(tensorOf(power)), left), left),
    sub(once, goal),
  );
  const faded = where(less(missed, 2 ** (matrices.length + 1)), gap, 0);
  return where(greater(missed, 1), add(goal, faded), once);
}

/** The binary digits of a whole number, the lowest first. */
function bitsOf(n: Value, count: number): Value[] {
  let left = n;
  return Array.from({ length: count }, () => {
    const half = floor(mul(left, 0.5));
    const bit = greater(sub(left, mul(half, 2)), 0.5);
    left = half;
    return bit;
  });
}
