/** A causal differentiator for signals with irregular stamps. */
import Type from "typebox";
import { genericStep } from "../../step.js";
import { wrap } from "../angle.js";
import { anyNumeric, elementsOf, like, numericType, withUnit } from "../elementwise.js";
import { finitely } from "../finite.js";
import { perSecond } from "../types.js";

export default genericStep({
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
  state: () => ({
    last: undefined as Float64Array | undefined,
    slope: new Float64Array(),
    stamp_ns: 0,
  }),
  step({ value }, { last, slope, stamp_ns: last_ns }, ctx, { wraps }) {
    const x = elementsOf(value);
    const stamp_ns = ctx.stamp("value");
    const h = (stamp_ns - last_ns) / 1e9;
    if (last !== undefined && h <= 0) return { outputs: { value: like(value, slope) } };
    const blend = -Math.expm1(-h / ctx.params.time_constant);
    const next = x.map((v, i) => {
      if (last === undefined) return v - v;
      const rise = wraps ? wrap(v - last[i]!) : v - last[i]!;
      return slope[i]! + blend * (rise / h - slope[i]!);
    });
    return finitely({ outputs: { value: like(value, next) }, state: { last: x, slope: next, stamp_ns } });
  },
});
