/** The exponential moving average. */
import Type from "typebox";
import { where } from "../../../onnx/functions.js";
import { add, div, expm1, mul, neg, sub } from "../arithmetic.js";
import { elementwise } from "../elementwise.js";
import { refuse } from "../refuse.js";

export default elementwise({
  name: "filter/ema",
  doc: "Exponential moving average: y ← y + α·(x − y), starting at the first value. Either `alpha` is given, a share a firing, or `time_constant`, and then α = 1 − exp(−dt/T), which is the first-order low-pass T·ẏ + y = x, exact for an x that has been level since the last firing, however long ago that is.",
  params: Type.Object({
    alpha: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1, description: "weight of the new value" })),
    time_constant: Type.Optional(Type.Number({ exclusiveMinimum: 0, unit: "s", examples: [0.1] })),
  }),
  check({ alpha, time_constant }) {
    if ((alpha === undefined) === (time_constant === undefined))
      refuse(
        alpha === undefined ? undefined : "alpha",
        `\`filter/ema\` takes either \`alpha\` or \`time_constant\`, and ${alpha === undefined ? "neither is" : "both are"} given`,
        "Give `time_constant: 0.1` for a smoothing of 0.1 s, or `alpha: 0.2` for a fifth of each new value.",
      );
  },
  unwraps: true,
  state: (_, y) => ({ y, started: false }),
  step(x, { y, started }, { dt, params: { alpha, time_constant } }) {
    const share = alpha ?? neg(expm1(div(neg(dt), time_constant!)));
    const next = where(started, add(y, mul(share, sub(x, y))), x);
    return { value: next, state: { y: next, started: true } };
  },
});
