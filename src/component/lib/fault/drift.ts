/** A sensor that slowly goes off. */
import Type from "typebox";
import { at, checkEach, eachOrAll, elementwise } from "../elementwise.js";
import { active, checkDuring, during } from "./during.js";

export default elementwise({
  name: "fault/drift",
  doc: "x + rate·t + w(t), t in s since the fault began: w is a random walk whose deviation grows to `walk`·√t, drawn for each element by itself. Once the fault ends the value is right again.",
  params: Type.Object({
    rate: eachOrAll({ default: 0, description: "in units of the value a second" }),
    walk: eachOrAll({ default: 0, minimum: 0, description: "in units of the value a √s" }),
    ...during,
  }),
  check(params, width) {
    checkDuring(params);
    checkEach("rate", params.rate, width);
    checkEach("walk", params.walk, width);
  },
  random: true,
  state: (_, width) => ({ walked: new Float64Array(width) }),
  step(x, state, { time, dt, params, rng }) {
    if (!active(params, time)) return { value: x };
    const { rate, walk, from } = params;
    const within = Math.min(dt, time - from);
    const walked = state.walked.map((w, i) => w + at(walk, i) * Math.sqrt(within) * rng.normal());
    return { value: x.map((v, i) => v + at(rate, i) * (time - from) + walked[i]!), state: { walked } };
  },
});
