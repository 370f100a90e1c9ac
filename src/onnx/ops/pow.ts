/** Pow: aᵇ. The exponent may be of another dtype than the base. */
import { cast, log, mul, pow as power, sub } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { commonShape, pointwise } from "./elementwise.js";
import { info, type Op } from "./op.js";

export const pow: Op = {
  name: "Pow",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    for (const input of [c.input(0), c.input(1)])
      if (input.dtype === "bool") c.refuse("it takes number values, not bool");
    return [info(c.input(0).dtype, commonShape(c))];
  },
  ...pointwise((c) => ({ dtype: c.input(0).dtype, f: (a, b) => a ** b })),
  gradient(c) {
    const base = c.input(0);
    const exponent = cast(c.input(1), base.dtype);
    return [
      c.wants(0) ? unbroadcast(mul(c.gradient, mul(exponent, power(base, sub(exponent, 1)))), base) : undefined,
      c.wants(1)
        ? cast(unbroadcast(mul(c.gradient, mul(c.outputs[0], log(base))), c.input(1)), c.input(1).dtype)
        : undefined,
    ];
  },
};
