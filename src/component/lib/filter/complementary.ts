/** Joins a slow, absolute measurement to a fast one of its rate (an inclinometer and a gyroscope). */
import Type from "typebox";
import { cast, greater, not, or, where } from "../../../onnx/functions.js";
import { tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { differenceOf, wrap } from "../angle.js";
import { add, div, expm1, mul, neg, sub } from "../arithmetic.js";
import { anyNumeric, as, numericType, zerosOf } from "../elementwise.js";
import { finitely } from "../finite.js";
import { spanOf } from "../time.js";
import { perSecond } from "../types.js";

export default genericTensorStep({
  doc: "Complementary filter: below 1/T it follows `value`, above it the integral of `rate`. ẏ = rate + (value − y)/T, solved exactly for a value that is straight and a rate that is level between firings, starting at the first value: where the rate is the value's derivative there is no lag. A constant bias b of the rate leaves an error of T·b. Angles that wrap are taken the short way round. Source: Higgins, A Comparison of Complementary and Kalman Filtering, IEEE Transactions AES 11 (1975).",
  params: Type.Object({
    time_constant: Type.Number({ default: 0.5, exclusiveMinimum: 0, unit: "s" }),
  }),
  ports(_, { value }) {
    if (value === undefined) return { inputs: { value: anyNumeric, rate: anyNumeric }, outputs: {} };
    const type = numericType("filter/complementary", value);
    const { tensor: shape, dtype } = value;
    const unit = perSecond(value);
    const rate = shape === undefined ? Type.Number(unit) : tensor(shape, { ...(dtype && { dtype }), ...unit });
    return { inputs: { value: type, rate }, outputs: { value: type } };
  },
  prepare: (_, { value }) => ({ wraps: value?.wraps === true }),
  state: (_, { value }) => ({ x: zerosOf(value), y: zerosOf(value), started: false }),
  step(inputs, before, { dt, params: { time_constant } }, { wraps }) {
    const { x: last, y, started } = before;
    const x = cast(inputs.value, "float64");
    const rate = cast(inputs.rate, "float64");
    const difference = differenceOf(wraps);
    const share = neg(expm1(div(neg(dt), time_constant)));
    const slope = div(difference(x, last), spanOf(dt));
    const lag = mul(mul(share, time_constant), sub(rate, slope));
    const sought = add(x, add(mul(sub(1, share), difference(y, last)), lag));
    const moves = greater(dt, 0);
    const next = where(started, where(moves, wraps ? wrap(sought) : sought, y), x);
    const state = { x: where(or(moves, not(started)), x, last), y: next, started: true };
    return { outputs: { value: as(inputs.value, next) }, state: finitely(state, before) };
  },
});
