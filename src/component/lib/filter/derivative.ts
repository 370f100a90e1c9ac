/** A causal differentiator for signals with irregular stamps. */
import Type from "typebox";
import { and, cast, greater, not, or, where } from "../../../onnx/functions.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { differenceOf } from "../angle.js";
import { add, div, expm1, mul, neg, sub } from "../arithmetic.js";
import { anyNumeric, as, numericType, withUnit, zerosOf } from "../elementwise.js";
import { allFinite, kept } from "../finite.js";
import { inWhole_ns, spanOf } from "../time.js";
import { perSecond } from "../types.js";

export default genericTensorStep({
  doc: "The derivative of a value by its stamps, smoothed by a first-order low-pass: T·ẏ + y = ẋ, solved exactly for an x that is straight between its samples, however far apart they are. Causal; the delay is about T. Angles that wrap are taken the short way round.",
  params: Type.Object({
    time_constant: Type.Number({ default: 0.02, exclusiveMinimum: 0, unit: "s" }),
  }),
  ports(_, { value }) {
    if (value === undefined) return { inputs: { value: anyNumeric }, outputs: {} };
    const type = numericType("filter/derivative", value);
    return { inputs: { value: type }, outputs: { value: withUnit(type, perSecond(value).unit) } };
  },
  prepare: (_, { value }) => ({ wraps: value?.wraps === true }),
  // the age that the last sample had at the last firing
  state: (_, { value }) => ({ last: zerosOf(value), slope: zerosOf(value), age: 0, started: false }),
  step({ value }, before, ctx, { wraps }) {
    const { last, slope, age, started } = before;
    const x = cast(value, "float64");
    const aged = add(age, ctx.dt);
    const h = inWhole_ns(sub(aged, ctx.age("value")));
    const rise = differenceOf(wraps)(x, last);
    const blend = neg(expm1(div(neg(h), ctx.params.time_constant)));
    const moved = add(slope, mul(blend, sub(div(rise, spanOf(h)), slope)));
    const next = where(started, where(greater(h, 0), moved, slope), sub(x, x));
    const taken = and(or(greater(h, 0), not(started)), allFinite([x, next]));
    return {
      outputs: { value: as(value, next) },
      state: {
        ...kept(taken, { last: x, slope: next, started: true }, before),
        age: where(taken, ctx.age("value"), aged),
      },
    };
  },
});
