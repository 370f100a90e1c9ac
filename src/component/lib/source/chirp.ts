/** A sine that sweeps through frequencies. */
import Type from "typebox";
import { fail } from "../../../problem/problem.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { add, div, expm1, min, mul, sin, square, sub } from "../arithmetic.js";
import { at, type EachOrAll, eachOrAll } from "../elementwise.js";
import { everyElement, unitParam, valueType } from "./stimulus.js";

export default genericTensorStep({
  doc: "offset + amplitude·sin φ(t), where the frequency φ̇/2π goes from `from` to `to` hertz in `duration` seconds, evenly (`linear`) or by equal ratios in equal times (`exponential`), and then stays; the phase never jumps. Give it a clock well above 2·`to`. Source: Ljung, System Identification, section 13.3.",
  params: Type.Object({
    from: Type.Number({ exclusiveMinimum: 0, unit: "Hz", examples: [0.1] }),
    to: Type.Number({ exclusiveMinimum: 0, unit: "Hz", examples: [10] }),
    duration: Type.Number({ exclusiveMinimum: 0, unit: "s", examples: [10] }),
    sweep: Type.Enum(["linear", "exponential"], { default: "linear" }),
    amplitude: eachOrAll({ default: 1 }),
    offset: eachOrAll({ default: 0 }),
    unit: unitParam,
  }),
  ports({ from, to, sweep, amplitude, offset, unit }) {
    if (sweep === "exponential" && from === to)
      fail(
        "L0416",
        {
          reason: "an exponential sweep needs two frequencies",
          help: "Set `to` apart from `from`, or `sweep: linear`.",
        },
        { path: "/params/to" },
      );
    return { inputs: {}, outputs: { value: valueType({ amplitude, offset }, unit) } };
  },
  step(_, _state, { time, constant, params }) {
    const { from, to, duration, sweep, amplitude, offset } = params;
    const t = min(time, duration);
    const rate = Math.log(to / from) / duration;
    const turns =
      sweep === "linear"
        ? add(mul(from, t), div(mul(to - from, square(t)), 2 * duration))
        : div(mul(from, expm1(mul(rate, t))), rate);
    const wave = sin(mul(2 * Math.PI, add(turns, mul(to, sub(time, t)))));
    const value = (param: EachOrAll) => constant(everyElement([amplitude, offset], (i) => at(param, i)));
    return { outputs: { value: add(value(offset), mul(value(amplitude), wave)) } };
  },
});
