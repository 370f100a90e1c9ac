/** A sensor with few steps. */
import Type from "typebox";
import { div, mul, round } from "../arithmetic.js";
import { at, eachOrAll } from "../elementwise.js";
import { disturbance } from "./disturbance.js";
import { during } from "./during.js";
import { kind } from "./passing.js";

export default disturbance({
  name: "fault/quantisation",
  doc: "Rounds to the nearest multiple of `step`, up where it is half way: an encoder or a converter with few bits. The error is at most step/2.",
  params: Type.Object({
    step: eachOrAll({ exclusiveMinimum: 0, description: "in units of the value", examples: [0.1] }),
    kind,
    ...during,
  }),
  each: ["step"],
  symbolic: { disturb: (x, { params: { step } }, each) => mul(each(step), round(div(x, each(step)))) },
  disturb: ({ params: { step } }) => ({ change: (x, i) => at(step, i) * Math.round(x / at(step, i)) }),
});
