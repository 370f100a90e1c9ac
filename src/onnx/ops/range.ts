/** Range: from a start up or down to a limit, which is not reached, in steps. */
import { UNKNOWN } from "../dims.js";
import { div, mul, reduceSum, sub } from "../functions.js";
import { isBig, numbers, tensor } from "../tensor.js";
import { sameDtype } from "./elementwise.js";
import { info, type Op } from "./op.js";

const count = (start: number, limit: number, delta: number): number => Math.max(0, Math.ceil((limit - start) / delta));

export const range: Op = {
  name: "Range",
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const dtype = sameDtype(c, "number");
    const parts = [0, 1, 2].map((i) => c.input(i));
    if (parts.some((p) => p.shape.some((d) => d !== 1) || p.shape.length > 1)) c.refuse("its inputs must be scalars");
    const known = parts.map((p) => p.constant);
    const size = known.every((t) => t !== undefined)
      ? count(...(known.map((t) => numbers(t)[0]) as [number, number, number]))
      : UNKNOWN;
    return [info(dtype, [Number.isNaN(size) ? c.refuse("its step is 0") : size])];
  },
  evaluate(c) {
    const { dtype } = c.input(0);
    const [start, limit, delta] = [0, 1, 2].map((i) => numbers(c.input(i))[0]);
    if (delta === 0) c.refuse("its step is 0");
    const size = count(start, limit, delta);
    if (isBig(dtype)) {
      const [first, step] = [c.input(0).data[0] as bigint, c.input(2).data[0] as bigint];
      const data = BigInt64Array.from({ length: size }, (_, i) => first + BigInt(i) * step);
      return [tensor(dtype, [size], data)];
    }
    return [
      tensor(
        dtype,
        [size],
        Float64Array.from({ length: size }, (_, i) => start + i * delta),
      ),
    ];
  },
  gradient(c) {
    const steps = div(sub(c.outputs[0], c.input(0)), c.input(2));
    return [reduceSum(c.gradient), undefined, reduceSum(mul(c.gradient, steps))];
  },
};
