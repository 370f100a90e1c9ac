/** Mul: a · b. */
import { mul as times } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { binary } from "./elementwise.js";

export const mul = binary("Mul", "number", (a, b) => a * b, {
  gradient: (c) =>
    [0, 1].map((i) => (c.wants(i) ? unbroadcast(times(c.gradient, c.input(1 - i)), c.input(i)) : undefined)),
});
