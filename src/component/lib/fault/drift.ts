/** A sensor that slowly goes off. */
import Type from "typebox";
import { add, min, mul, sqrt, sub } from "../arithmetic.js";
import { at, eachOrAll } from "../elementwise.js";
import { disturbance } from "./disturbance.js";
import { during } from "./during.js";
import { kind } from "./passing.js";

export default disturbance({
  name: "fault/drift",
  doc: "x + rate·t + w(t), t in s since the fault began: w is a random walk whose deviation grows to `walk`·√t. Once the fault ends the value is right again.",
  params: Type.Object({
    rate: eachOrAll({ default: 0, description: "in units of the value a second" }),
    walk: eachOrAll({ default: 0, minimum: 0, description: "in units of the value a √s" }),
    kind,
    ...during,
  }),
  each: ["rate", "walk"],
  random: true,
  state: () => ({ walked: [] as readonly number[] }),
  symbolic: {
    random: ({ walk }) => typeof walk !== "number" || walk > 0,
    draw: (rng) => rng.normal(),
    sum: (before, drawn, { dt, time, params: { walk, from } }, each) =>
      add(before, mul(mul(each(walk), sqrt(min(dt, sub(time, from)))), drawn)),
    disturb(x, { time, params: { rate, from } }, each, walked) {
      const drifted = add(x, mul(each(rate), sub(time, from)));
      return walked === 0 ? drifted : add(drifted, walked);
    },
  },
  disturb({ time, dt, params: { rate, walk, from }, rng }, { walked: before }) {
    const within = Math.min(dt, time - from);
    const walked = [...before];
    const change = (x: number, i: number) => {
      walked[i] = (before[i] ?? 0) + at(walk, i) * Math.sqrt(within) * rng.normal();
      return x + at(rate, i) * (time - from) + walked[i];
    };
    return { change, state: { walked } };
  },
});
