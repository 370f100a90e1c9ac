/** A sensor that is not still. */
import Type from "typebox";
import type { Rng } from "../../rng.js";
import { add, mul } from "../arithmetic.js";
import { at, eachOrAll } from "../elementwise.js";
import { disturbance } from "./disturbance.js";
import { during } from "./during.js";
import { kind } from "./passing.js";

export default disturbance({
  name: "fault/noise",
  doc: "Adds noise of mean 0 and standard deviation `deviation`, drawn anew at each firing: normal, or uniform in ±√3·deviation.",
  params: Type.Object({
    deviation: eachOrAll({ minimum: 0, description: "in units of the value", examples: [0.01] }),
    distribution: Type.Enum(["normal", "uniform"], { default: "normal" }),
    kind,
    ...during,
  }),
  each: ["deviation"],
  random: true,
  symbolic: {
    draw,
    disturb: (x, { params: { deviation } }, each, drawn) => add(x, mul(each(deviation), drawn)),
  },
  disturb: ({ params, rng }) => ({ change: (x, i) => x + at(params.deviation, i) * draw(rng, params) }),
});

function draw(rng: Rng, { distribution }: { readonly distribution: string }): number {
  return distribution === "normal" ? rng.normal() : Math.sqrt(3) * rng.between(-1, 1);
}
