/** One of two values, by a condition. */
import Type from "typebox";
import type { MessageSchema } from "../../../message/type.js";
import { genericStep } from "../../step.js";
import { anyType } from "../any.js";

export default genericStep({
  doc: "The value at `if_true` while `condition` is true, else the one at `if_false`. Messages of any one type; both must have a value (give the slower one `initial` or `missing: {default: …}`).",
  ports(_, { if_true, if_false }) {
    const type = if_true ?? if_false;
    const value = type === undefined ? anyType : Type.Unsafe<MessageSchema>(type);
    return {
      inputs: { condition: Type.Boolean(), if_true: value, if_false: value },
      outputs: type === undefined ? {} : { value },
    };
  },
  step: ({ condition, if_true, if_false }) => ({ outputs: { value: condition ? if_true : if_false } }),
});
