/** Brings a value onto the node's own clock. */
import Type from "typebox";
import { genericStep } from "../../step.js";
import { unwrap, wrap } from "../angle.js";
import { anyNumeric, elementsOf, like, numericType } from "../elementwise.js";

export default genericStep({
  doc: "Resamples a value onto the clock of its node: give the node a clock, `on: 100hz`. `hold` repeats the last value (zero-order hold). `linear` goes straight from the last value but one to the last within the time between their stamps: continuous, causal, and one interval of the input late. Angles that wrap go the short way round. Takes no frequencies out: put a low-pass in front where the clock is slower than the input.",
  params: Type.Object({
    method: Type.Enum(["hold", "linear"], { default: "hold" }),
  }),
  ports(_, { value }) {
    if (value === undefined) return { inputs: { value: anyNumeric }, outputs: {} };
    const type = numericType("filter/resample", value);
    return { inputs: { value: type }, outputs: { value: type } };
  },
  prepare: (_, { value }) => ({ wraps: value?.wraps === true }),
  state: (): Memory => ({ last: undefined, before: undefined }),
  step({ value }, state, ctx, { wraps }) {
    if (ctx.params.method === "hold") return { outputs: { value } };
    const stamp_ns = ctx.stamp("value");
    const fresh = state.last === undefined || stamp_ns > state.last.stamp_ns;
    const last = fresh ? { x: elementsOf(value), stamp_ns } : state.last!;
    const before = fresh ? state.last : state.before;
    const next = { last, before };
    if (before === undefined) return { outputs: { value }, state: next };
    const share = Math.min(1, Math.max(0, (ctx.time_ns - last.stamp_ns) / (last.stamp_ns - before.stamp_ns)));
    const y = last.x.map((v, i) => {
      const from = before.x[i]!;
      return wraps ? wrap(from + share * (unwrap(v, from) - from)) : (1 - share) * from + share * v;
    });
    return { outputs: { value: like(value, y) }, state: next };
  },
});

interface Sample {
  readonly x: Float64Array;
  readonly stamp_ns: number;
}

interface Memory {
  readonly last: Sample | undefined;
  readonly before: Sample | undefined;
}
