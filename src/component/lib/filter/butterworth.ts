/**
 * Butterworth filters as a cascade of second-order sections, shared by the low-pass and the high-pass.
 *
 * Design: analogue poles on the unit circle, bilinear transform pre-warped at the cutoff, so that the gain there is
 * exactly −3 dB. Sections run in transposed direct form II. Source: Oppenheim and Schafer, *Discrete-Time Signal
 * Processing*, sections 6.3 and 7.1.
 */
import Type from "typebox";
import { elementwise } from "../elementwise.js";
import { refuse } from "../refuse.js";

/** y = b₀x + …; a₀ is 1. A first-order section has b₂ = a₂ = 0. */
export interface Section {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

export type Pass = "low" | "high";

const MAX_ORDER = 20;
/** Samples that one firing may make up for before the filter is taken to be mis-declared. */
const MAX_SAMPLES = 1_000_000;

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

/** Two registers a section and element. */
type Registers = Float64Array;

/** One sample through the cascade: writes the registers and gives the output. */
function sample(sections: readonly Section[], registers: Registers, element: number, x: number): number {
  let value = x;
  let at = 2 * sections.length * element;
  for (let s = 0; s < sections.length; s++, at += 2) {
    const { b, a } = sections[s]!;
    const y = b[0] * value + registers[at]!;
    registers[at] = b[1] * value - a[0] * y + registers[at + 1]!;
    registers[at + 1] = b[2] * value - a[1] * y;
    value = y;
  }
  return value;
}

/** Registers of a filter that has seen nothing but `x` for ever. */
function settled(sections: readonly Section[], x: Float64Array): Registers {
  const registers = new Float64Array(2 * sections.length * x.length);
  for (let i = 0; i < x.length; i++) {
    let value = x[i]!;
    sections.forEach(({ b, a }, s) => {
      const y = (value * (b[0] + b[1] + b[2])) / (1 + a[0] + a[1]);
      const at = 2 * (sections.length * i + s);
      registers[at] = y - b[0] * value;
      registers[at + 1] = b[2] * value - a[1] * y;
      value = y;
    });
  }
  return registers;
}

interface Memory {
  readonly registers: Registers;
  /** Time of the first firing, at which the filter's own samples begin, and how many were taken. */
  readonly start_ns: number;
  readonly taken: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
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
  return elementwise({
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
    prepare: ({ order, cutoff, rate }) => design(pass, order, cutoff, rate),
    state: (): Memory => ({
      registers: new Float64Array(),
      start_ns: 0,
      taken: 0,
      x: new Float64Array(),
      y: new Float64Array(),
    }),
    step(x, state, { time_ns, params: { rate, start } }, sections) {
      const { taken } = state;
      const first = taken === 0;
      const start_ns = first ? time_ns : state.start_ns;
      const due = 1 + Math.round(((time_ns - start_ns) * rate) / 1e9);
      if (due - taken > MAX_SAMPLES)
        throw new RangeError(`${due - taken} samples of ${rate} Hz in one firing; at most ${MAX_SAMPLES}`);
      if (due === taken) return { value: state.y, state: { ...state, x } };
      const rest = () => new Float64Array(2 * sections.length * x.length);
      const registers = !first ? state.registers.slice() : start === "settled" ? settled(sections, x) : rest();
      const y = x.map((v, i) => {
        for (let n = taken + 1; n < due; n++) sample(sections, registers, i, state.x[i]!);
        return sample(sections, registers, i, v);
      });
      return { value: y, state: { registers, start_ns, taken: due, x, y } };
    },
  });
}
