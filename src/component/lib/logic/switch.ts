/** One of two values, by a condition. */
import Type from "typebox";
import type { MessageSchema } from "../../../message/type.js";
import { where } from "../../../onnx/functions.js";
import type { InputTypes } from "../../component.js";
import { genericStep } from "../../step.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { alsoTensor } from "../also-tensor.js";
import { anyType } from "../any.js";
import { mapLeaves } from "../leaves.js";

const switched = {
  doc: "The value at `if_true` while `condition` is true, else the one at `if_false`. Messages of any one type; both must have a value (give the slower one `initial` or `missing: {default: …}`).",
  ports(_: object, { if_true, if_false }: InputTypes) {
    const type = if_true ?? if_false;
    const value = type === undefined ? anyType : Type.Unsafe<MessageSchema>(type);
    return {
      inputs: { condition: Type.Boolean(), if_true: value, if_false: value },
      outputs: type === undefined ? {} : { value },
    };
  },
};

export default alsoTensor(
  genericStep({
    ...switched,
    step: ({ condition, if_true, if_false }) => ({ outputs: { value: condition ? if_true : if_false } }),
  }),
  genericTensorStep({
    ...switched,
    step: ({ condition, if_true, if_false }) => ({
      outputs: { value: mapLeaves([if_true, if_false], ([a, b]) => where(condition, a!, b!)) },
    }),
  }),
);
