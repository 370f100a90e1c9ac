/** Mul: a · b. */
import { mul as times } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { binary, pointwise } from "./elementwise.js";
import type { Op } from "./op.js";

const product = binary("Mul", "number", (a, b) => a * b, {
  exact: (a, b) => a * b,
  gradient: (c) =>
    [0, 1].map((i) => (c.wants(i) ? unbroadcast(times(c.gradient, c.input(1 - i)), c.input(i)) : undefined)),
});

export const mul: Op = {
  ...product,
  ...pointwise((c) => {
    const { dtype } = c.input(0);
    // a product of two 32-bit integers has more bits than a number
    return dtype === "int32" || dtype === "uint32" ? { dtype, f: Math.imul } : product.elementwise!(c);
  }),
};
