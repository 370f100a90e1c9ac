/** A value that changes once. */
import Type from "typebox";
import { genericStep } from "../../step.js";
import { at, eachOrAll } from "../elementwise.js";
import { everyElement, unitParam, valueType } from "./stimulus.js";

export default genericStep({
  doc: "Says `from` before `time`, and `to` from then on: numbers, or lists for a tensor. Give it a clock (`on: 100hz`).",
  params: Type.Object({
    from: eachOrAll({ default: 0 }),
    to: eachOrAll({ default: 1 }),
    time: Type.Number({ default: 1, minimum: 0, unit: "s" }),
    unit: unitParam,
  }),
  ports: ({ from, to, unit }) => ({ inputs: {}, outputs: { value: valueType({ from, to }, unit) } }),
  step(_, _state, { time_ns, params: { from, to, time } }) {
    const now = time_ns < Math.round(time * 1e9) ? from : to;
    return { outputs: { value: everyElement([from, to], (i) => at(now, i)) } };
  },
});
