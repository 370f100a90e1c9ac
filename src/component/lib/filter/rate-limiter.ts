/** Bounds how fast a value changes. */
import Type from "typebox";
import { at, checkEach, eachOrAll, elementwise } from "../elementwise.js";

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
  state: () => ({ y: undefined as Float64Array | undefined }),
  step(x, { y }, { dt, params: { rise, fall = rise } }) {
    const value =
      y === undefined ? x : y.map((v, i) => Math.min(v + dt * at(rise, i), Math.max(v - dt * at(fall, i), x[i]!)));
    return { value, state: { y: value } };
  },
});
