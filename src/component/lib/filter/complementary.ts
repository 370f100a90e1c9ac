/** Joins a slow, absolute measurement to a fast one of its rate (an inclinometer and a gyroscope). */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { wrap } from "../angle.js";
import { anyNumeric, elementsOf, like, numericType } from "../elementwise.js";
import { finitely } from "../finite.js";
import { perSecond } from "../types.js";

export default genericStep({
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
  state: (): Memory => ({ x: undefined, y: undefined }),
  step({ value, rate }, { x: last, y }, { dt, params: { time_constant } }, { wraps }) {
    const x = elementsOf(value);
    if (last === undefined || y === undefined) return finitely({ outputs: { value }, state: { x, y: x } });
    if (dt <= 0) return { outputs: { value: like(value, y) } };
    const r = elementsOf(rate);
    const share = -Math.expm1(-dt / time_constant);
    const difference = (a: number, b: number) => (wraps ? wrap(a - b) : a - b);
    const next = y.map((v, i) => {
      const slope = difference(x[i]!, last[i]!) / dt;
      const off = (1 - share) * difference(v, last[i]!) + share * time_constant * (r[i]! - slope);
      return wraps ? wrap(x[i]! + off) : x[i]! + off;
    });
    return finitely({ outputs: { value: like(value, next) }, state: { x, y: next } });
  },
});

interface Memory {
  readonly x: Float64Array | undefined;
  readonly y: Float64Array | undefined;
}
