/** Sub: a − b. */
import { neg } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { binary } from "./elementwise.js";

export const sub = binary("Sub", "number", (a, b) => a - b, {
  exact: (a, b) => a - b,
  gradient: (c) => [
    c.wants(0) ? unbroadcast(c.gradient, c.input(0)) : undefined,
    c.wants(1) ? neg(unbroadcast(c.gradient, c.input(1))) : undefined,
  ],
});
