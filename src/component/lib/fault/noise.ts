/** A sensor that is not still. */
import Type from "typebox";
import { at, checkEach, eachOrAll, elementwise } from "../elementwise.js";
import { active, checkDuring, during } from "./during.js";

export default elementwise({
  name: "fault/noise",
  doc: "Adds noise of mean 0 and standard deviation `deviation`, drawn anew at each firing and for each element: normal, or uniform in ±√3·deviation.",
  params: Type.Object({
    deviation: eachOrAll({ minimum: 0, description: "in units of the value", examples: [0.01] }),
    distribution: Type.Enum(["normal", "uniform"], { default: "normal" }),
    ...during,
  }),
  check(params, width) {
    checkDuring(params);
    checkEach("deviation", params.deviation, width);
  },
  random: true,
  step(x, _, { time, params, rng }) {
    if (!active(params, time)) return { value: x };
    const draw = () => (params.distribution === "normal" ? rng.normal() : Math.sqrt(3) * rng.between(-1, 1));
    return { value: x.map((v, i) => v + at(params.deviation, i) * draw()) };
  },
});
