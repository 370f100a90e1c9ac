/** Clip: x held between two optional scalars. The gradient is x's alone: bounds are constants in every use we know. */
import { greater, less, where } from "../functions.js";
import { pointwise } from "./elementwise.js";
import { info, type Op } from "./op.js";

export const clip: Op = {
  name: "Clip",
  inputs: [1, 3],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const x = c.input(0);
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
    return { dtype: c.input(0).dtype, f };
  }),
  gradient(c) {
    if (c.wants(1) || c.wants(2)) c.refuse("no gradient is known by its bounds");
    const [x, low, high] = [c.input(0), c.inputs[1], c.inputs[2]];
    let g = c.gradient;
    if (low !== undefined) g = where(less(x, low), 0, g);
    if (high !== undefined) g = where(greater(x, high), 0, g);
    return [g];
  },
};
