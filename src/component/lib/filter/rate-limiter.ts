/** Bounds how fast a value changes. */
import Type from "typebox";
import { where } from "../../../onnx/functions.js";
import { add, max, min, mul, sub } from "../arithmetic.js";
import { checkEach, eachOrAll, elementwise } from "../elementwise.js";

export default elementwise({
  name: "filter/rate-limiter",
  doc: "Follows its input by no more than `rise` upwards and `fall` downwards a second, starting at the first value.",
  params: Type.Object({
    rise: eachOrAll({ minimum: 0, description: "in units of the value a second", examples: [1] }),
    fall: Type.Optional(eachOrAll({ minimum: 0, description: "in units of the value a second; without it as `rise`" })),
  }),
  check({ rise, fall }, width) {
    checkEach("rise", rise, width);
    checkEach("fall", fall, width);
  },
  unwraps: true,
  state: (_, y) => ({ y, started: false }),
  step(x, { y, started }, { dt, each, params: { rise, fall = rise } }) {
    const held = min(add(y, mul(dt, each(rise))), max(sub(y, mul(dt, each(fall))), x));
    const value = where(started, held, x);
    return { value, state: { y: value, started: true } };
  },
});
