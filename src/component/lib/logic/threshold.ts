/** Whether a value is beyond a level. */
import Type from "typebox";
import { and, cast, greater, greaterOrEqual, or, sub } from "../../../onnx/functions.js";
import { tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { anyNumeric, checkEach, eachOf, eachOrAll, numericType, widthOf, zerosOf } from "../elementwise.js";
import { sizeOf } from "../types.js";

export default genericTensorStep({
  doc: "True once a value has come to be beyond `level`, above or below it, until it is back by more than `hysteresis`. A number gives a boolean, a tensor one of bool. In units of the value; a value at the level is not beyond it.",
  params: Type.Object({
    level: eachOrAll({ examples: [0] }),
    beyond: Type.Enum(["above", "below"], { default: "above" }),
    hysteresis: Type.Number({ default: 0, minimum: 0 }),
  }),
  ports({ level }, { value }) {
    if (value === undefined) return { inputs: { value: anyNumeric }, outputs: {} };
    checkEach("level", level, widthOf(value));
    const { tensor: shape } = value;
    return {
      inputs: { value: numericType("logic/threshold", value) },
      outputs: { value: shape === undefined ? Type.Boolean() : tensor(shape, { dtype: "bool" }) },
    };
  },
  state(_, { value }) {
    const { dims } = zerosOf(value);
    return { beyond: { dtype: "bool", dims, data: new Uint8Array(sizeOf(dims)) } };
  },
  step({ value }, { beyond: was }, ctx) {
    const { level, beyond: side, hysteresis } = ctx.params;
    const x = cast(value, "float64");
    const bound = eachOf(ctx, level, value);
    const past = side === "above" ? sub(x, bound) : sub(bound, x);
    const stays = and(was, greaterOrEqual(past, -hysteresis));
    const beyond = hysteresis > 0 ? or(greater(past, 0), stays) : greater(past, 0);
    return { outputs: { value: beyond }, state: { beyond } };
  },
});
