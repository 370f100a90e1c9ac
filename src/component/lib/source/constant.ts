/** The same value at every firing. */
import Type from "typebox";
import { genericTensorStep } from "../../tensor/tensor.js";
import { eachOrAll } from "../elementwise.js";
import { unitParam, valueType } from "./stimulus.js";

export default genericTensorStep({
  doc: "Says `value` at every firing: a number, or a list for a tensor. Give it a clock (`on: 10hz`).",
  params: Type.Object({ value: eachOrAll({ examples: [1] }), unit: unitParam }),
  ports: ({ value, unit }) => ({ inputs: {}, outputs: { value: valueType({ value }, unit) } }),
  step: (_, _state, { params: { value } }) => ({
    outputs: { value: typeof value === "number" ? value : Float64Array.from(value) },
  }),
});
