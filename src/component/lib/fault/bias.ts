/** A sensor that is off by a constant. */
import Type from "typebox";
import { add, mul } from "../arithmetic.js";
import { at, eachOrAll } from "../elementwise.js";
import { disturbance } from "./disturbance.js";
import { during } from "./during.js";
import { kind } from "./passing.js";

export default disturbance({
  name: "fault/bias",
  doc: "gain·x + offset while the fault is at work, x before and after it: a sensor out of calibration.",
  params: Type.Object({
    offset: eachOrAll({ default: 0, description: "in units of the value" }),
    gain: eachOrAll({ default: 1 }),
    kind,
    ...during,
  }),
  each: ["offset", "gain"],
  symbolic: { disturb: (x, { params: { gain, offset } }, each) => add(mul(each(gain), x), each(offset)) },
  disturb: ({ params: { gain, offset } }) => ({ change: (x, i) => at(gain, i) * x + at(offset, i) }),
});
