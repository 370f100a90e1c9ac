/** A lead-lag compensator for each element of a value. */
import Type from "typebox";
import { where } from "../../../onnx/functions.js";
import { add, div, exp, greater, mul, neg, sub } from "../arithmetic.js";
import { elementwise } from "../elementwise.js";
import { spanOf } from "../time.js";

export default elementwise({
  name: "control/lead-lag",
  doc: "gain · (1 + lead·s)/(1 + lag·s): lead > lag brings phase forward, lead < lag raises the gain at low frequencies. Solved exactly for an input that is straight between firings; starts at rest on its first input. Source: Franklin, Powell, Emami-Naeini, Feedback Control of Dynamic Systems, section 6.7.",
  params: Type.Object({
    lead: Type.Number({ minimum: 0, unit: "s", description: "time constant of the zero", examples: [0.1] }),
    lag: Type.Number({ exclusiveMinimum: 0, unit: "s", description: "time constant of the pole", examples: [0.01] }),
    gain: Type.Number({ default: 1, description: "at low frequencies" }),
  }),
  state: (_, zeros) => ({ last: zeros, slow: zeros, started: false }),
  step(x, { last, slow, started }, { dt, params: { lead, lag, gain } }) {
    const behind = div(mul(lag, sub(x, last)), spanOf(dt));
    const relaxed = add(sub(x, behind), mul(add(sub(slow, last), behind), exp(div(neg(dt), lag))));
    const next = where(started, where(greater(dt, 0), relaxed, slow), x);
    const ratio = lead / lag;
    return {
      value: mul(gain, add(mul(ratio, x), mul(1 - ratio, next))),
      state: { last: x, slow: next, started: true },
    };
  },
});
