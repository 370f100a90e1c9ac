/** Whether a value is beyond a level. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { anyNumeric, at, checkEach, eachOrAll, elementsOf, numericType, widthOf } from "../elementwise.js";

export default genericStep({
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
  state: (_, { value }) => ({ beyond: new Uint8Array(widthOf(value ?? {})) }),
  step({ value }, state, { params: { level, beyond: side, hysteresis } }) {
    const x = elementsOf(value);
    const beyond = state.beyond.map((was, i) => {
      const past = side === "above" ? x[i]! - at(level, i) : at(level, i) - x[i]!;
      return past > 0 || (was === 1 && past >= -hysteresis && hysteresis > 0) ? 1 : 0;
    });
    return { outputs: { value: typeof value === "number" ? beyond[0] === 1 : beyond }, state: { beyond } };
  },
});
