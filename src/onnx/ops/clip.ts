/** Clip: x held between two optional scalars. */
import { greater, less, max, min, where } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { aligned } from "./batching.js";
import { pointwise } from "./elementwise.js";
import { info, type Op } from "./op.js";

export const clip: Op = {
  name: "Clip",
  inputs: [1, 3],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const x = c.input(0);
    if (x.dtype === "bool") c.refuse("it takes numbers, not bool");
    for (const bound of c.inputs.slice(1)) {
      if (bound === undefined) continue;
      if (bound.dtype !== x.dtype) c.refuse(`its bounds must be ${x.dtype} like its input, not ${bound.dtype}`);
      if (bound.shape.length > 0) c.refuse("its bounds must be scalars");
    }
    return [info(x.dtype, x.shape)];
  },
  ...pointwise((c) => {
    const [, low, high] = c.inputs;
    const f =
      low && high
        ? (x: number, a: number, b: number) => Math.min(Math.max(x, a), b)
        : low
          ? Math.max
          : high
            ? Math.min
            : (x: number) => x;
    const exact = (x: bigint, a?: bigint, b?: bigint): bigint => {
      const [floor, ceiling] = low ? [a, b] : [undefined, a];
      const raised = floor !== undefined && floor > x ? floor : x;
      return ceiling !== undefined && ceiling < raised ? ceiling : raised;
    };
    return { dtype: c.input(0).dtype, f, exact };
  }),
  // what is held at a bound moves with it; the upper bound wins where they cross
  batch(c) {
    const [x, low, high] = [c.input(0), c.inputs[1], c.inputs[2]];
    if (!low?.batched && !high?.batched) return c.emit(c.inputs.map((v) => v?.value));
    // bounds of their own for each row
    const rank = x.shape.length;
    const above = low === undefined ? x.value : max(x.value, aligned(low, rank));
    return [high === undefined ? above : min(above, aligned(high, rank))];
  },
  gradient(c) {
    const [x, low, high] = [c.input(0), c.inputs[1], c.inputs[2]];
    const over = high === undefined ? undefined : greater(low === undefined ? x : max(x, low), high);
    const g = over === undefined ? c.gradient : where(over, 0, c.gradient);
    const under = low === undefined ? undefined : less(x, low);
    return [
      under === undefined ? g : where(under, 0, g),
      under !== undefined && c.wants(1) ? unbroadcast(where(under, g, 0), low!) : undefined,
      over !== undefined && c.wants(2) ? unbroadcast(where(over, c.gradient, 0), high!) : undefined,
    ].slice(0, c.inputs.length);
  },
};
