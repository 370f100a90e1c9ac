/** Brings a value onto the node's own clock. */
import Type from "typebox";
import { and, cast, greater, not, or, where } from "../../../onnx/functions.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { unwrap, wrap } from "../angle.js";
import { add, between, div, mul, sub } from "../arithmetic.js";
import { anyNumeric, as, numericType, zerosOf } from "../elementwise.js";
import { inWhole_ns } from "../time.js";

export default genericTensorStep({
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
  // the last sample and the one before it, `span` s apart, and the age of the last at the last firing
  state: (_, { value }) => ({
    last: zerosOf(value),
    before: zerosOf(value),
    age: 0,
    span: 1,
    started: false,
    between: false,
  }),
  step({ value }, state, ctx, { wraps }) {
    if (ctx.params.method === "hold") return { outputs: { value } };
    const { started } = state;
    const aged = add(state.age, ctx.dt);
    const gap = inWhole_ns(sub(aged, ctx.age("value")));
    const fresh = or(greater(gap, 0), not(started));
    const last = where(fresh, cast(value, "float64"), state.last);
    const before = where(fresh, state.last, state.before);
    const age = where(fresh, ctx.age("value"), aged);
    const span = where(and(fresh, started), gap, state.span);
    const ready = or(state.between, and(started, fresh));
    const share = between(0, div(age, span), 1);
    const sought = wraps
      ? wrap(add(before, mul(share, sub(unwrap(last, before), before))))
      : add(mul(sub(1, share), before), mul(share, last));
    return {
      outputs: { value: where(ready, as(value, sought), value) },
      state: { last, before, age, span, started: true, between: ready },
    };
  },
});
