/** A pseudo-random binary sequence of maximum length. */
import Type from "typebox";
import { genericStep } from "../../step.js";
import { at, eachOrAll } from "../elementwise.js";
import { everyElement, unitParam, valueType } from "./stimulus.js";

/** Stages whose exclusive or is fed back, by order: primitive polynomials. */
const TAPS: { readonly [order: number]: readonly number[] } = {
  2: [2, 1],
  3: [3, 2],
  4: [4, 3],
  5: [5, 3],
  6: [6, 5],
  7: [7, 6],
  8: [8, 6, 5, 4],
  9: [9, 5],
  10: [10, 7],
  11: [11, 9],
  12: [12, 11, 10, 4],
  13: [13, 12, 11, 8],
  14: [14, 13, 12, 2],
  15: [15, 14],
  16: [16, 15, 13, 4],
};

export default genericStep({
  doc: "offset ± amplitude by the bits of a shift register with feedback: every `hold` seconds a bit, 2^order − 1 of them until they repeat, with the autocorrelation of white noise. The same for every seed. Give it a clock (`on: 100hz`). Source: Ljung, System Identification, section 13.3; Golomb, Shift Register Sequences.",
  params: Type.Object({
    order: Type.Integer({ default: 10, minimum: 2, maximum: 16 }),
    hold: Type.Number({ exclusiveMinimum: 0, unit: "s", description: "length of a bit", examples: [0.1] }),
    amplitude: eachOrAll({ default: 1 }),
    offset: eachOrAll({ default: 0 }),
    skip: Type.Integer({ default: 0, minimum: 0, description: "bits to begin with" }),
    unit: unitParam,
  }),
  ports: ({ amplitude, offset, unit }) => ({
    inputs: {},
    outputs: { value: valueType({ amplitude, offset }, unit) },
  }),
  state: () => ({ register: 1, bits: 0 }),
  step(_, state, { time, params: { order, hold, amplitude, offset, skip } }) {
    const length = 2 ** order - 1;
    const due = (Math.floor(time / hold + 1e-9) + skip) % length;
    let { register, bits } = state;
    for (; bits !== due; bits = (bits + 1) % length) register = shifted(register, order);
    const sign = (register & 1) === 1 ? 1 : -1;
    return {
      outputs: { value: everyElement([amplitude, offset], (i) => at(offset, i) + sign * at(amplitude, i)) },
      state: { register, bits },
    };
  },
});

function shifted(register: number, order: number): number {
  const bit = TAPS[order]!.reduce((sum, stage) => sum ^ (register >> (order - stage)), 0) & 1;
  return (register >> 1) | (bit << (order - 1));
}
