/** A value that changes once. */
import Type from "typebox";
import { less, where } from "../../../onnx/functions.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { at, type EachOrAll, eachOrAll } from "../elementwise.js";
import { everyElement, unitParam, valueType } from "./stimulus.js";

export default genericTensorStep({
  doc: "Says `from` before `time`, and `to` from then on: numbers, or lists for a tensor. Give it a clock (`on: 100hz`).",
  params: Type.Object({
    from: eachOrAll({ default: 0 }),
    to: eachOrAll({ default: 1 }),
    time: Type.Number({ default: 1, minimum: 0, unit: "s" }),
    unit: unitParam,
  }),
  ports: ({ from, to, unit }) => ({ inputs: {}, outputs: { value: valueType({ from, to }, unit) } }),
  step(_, _state, { time, constant, params: { from, to, time: due } }) {
    const value = (param: EachOrAll) => constant(everyElement([from, to], (i) => at(param, i)));
    return { outputs: { value: where(less(time, Math.round(due * 1e9) / 1e9), value(from), value(to)) } };
  },
});
