/** A sensor that is off by a constant. */
import Type from "typebox";
import { at, checkEach, eachOrAll, elementwise } from "../elementwise.js";
import { active, checkDuring, during } from "./during.js";

export default elementwise({
  name: "fault/bias",
  doc: "gain·x + offset while the fault is at work, x before and after it: a sensor out of calibration.",
  params: Type.Object({
    offset: eachOrAll({ default: 0, description: "in units of the value" }),
    gain: eachOrAll({ default: 1 }),
    ...during,
  }),
  check(params, width) {
    checkDuring(params);
    checkEach("offset", params.offset, width);
    checkEach("gain", params.gain, width);
  },
  step: (x, _, { time, params }) => ({
    value: active(params, time) ? x.map((v, i) => at(params.gain, i) * v + at(params.offset, i)) : x,
  }),
});
