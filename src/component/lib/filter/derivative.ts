/** A causal differentiator for signals with irregular stamps. */
import Type from "typebox";
import type { MessageSchema } from "../../../message/type.js";
import { fail } from "../../../problem/problem.js";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { sizeOf } from "../types.js";

export default genericStep({
  doc: "The derivative of a tensor by its stamps, smoothed by a first-order low-pass: y = (x − x̄) / T, with x̄ the low-pass of x of time constant T. Causal; the delay is about T.",
  params: Type.Object({
    time_constant: Type.Number({ default: 0.02, exclusiveMinimum: 0, unit: "s" }),
  }),
  ports(_, { value }) {
    if (value === undefined) return { inputs: { value: tensor([1]) }, outputs: {} };
    const shape = value.tensor;
    if (shape === undefined || (value.dtype ?? "float64") !== "float64")
      fail("L0414", {
        reason: "`filter/derivative` differentiates a tensor of float64",
        help: "Pick a field of the message: `value: joints:velocity`.",
      });
    const unit = perSecond(value);
    return { inputs: { value: tensor(shape, unitOf(value)) }, outputs: { value: tensor(shape, unit) } };
  },
  state: () => undefined as { mean: Float64Array; stamp_ns: number } | undefined,
  step({ value }, state, ctx) {
    const x = value as Float64Array;
    const stamp_ns = ctx.stamp("value");
    if (state === undefined)
      return { outputs: { value: new Float64Array(x.length) }, state: { mean: x.slice(), stamp_ns } };
    const { time_constant } = ctx.params;
    const blend = -Math.expm1((state.stamp_ns - stamp_ns) / 1e9 / time_constant);
    const mean = state.mean.map((m, i) => m + blend * (x[i]! - m));
    return {
      outputs: { value: x.map((v, i) => (v - mean[i]!) / time_constant) },
      state: { mean, stamp_ns },
    };
  },
});

const unitOf = (type: MessageSchema) => (type.unit === undefined ? {} : { unit: type.unit });

function perSecond({ unit, tensor: shape }: MessageSchema) {
  if (unit === undefined || shape === undefined || sizeOf(shape) === 0) return {};
  const over = /^(.*)\/s(?:\^(\d+))?$/.exec(unit);
  return { unit: over ? `${over[1]}/s^${Number(over[2] ?? 1) + 1}` : `${unit}/s` };
}
