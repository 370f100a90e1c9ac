/** A sensor with few steps. */
import Type from "typebox";
import { at, checkEach, eachOrAll, elementwise } from "../elementwise.js";
import { active, checkDuring, during } from "./during.js";

export default elementwise({
  name: "fault/quantisation",
  doc: "Rounds to the nearest multiple of `step`, up where it is half way: an encoder or a converter with few bits. The error is at most step/2.",
  params: Type.Object({
    step: eachOrAll({ exclusiveMinimum: 0, description: "in units of the value", examples: [0.1] }),
    ...during,
  }),
  check(params, width) {
    checkDuring(params);
    checkEach("step", params.step, width);
  },
  step: (x, _, { time, params }) => ({
    value: active(params, time) ? x.map((v, i) => at(params.step, i) * Math.round(v / at(params.step, i))) : x,
  }),
});
