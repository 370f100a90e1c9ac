/** Add: a + b. */
import { unbroadcast } from "../unbroadcast.js";
import { binary } from "./elementwise.js";

export const add = binary("Add", "number", (a, b) => a + b, {
  exact: (a, b) => a + b,
  gradient: (c) => [0, 1].map((i) => (c.wants(i) ? unbroadcast(c.gradient, c.input(i)) : undefined)),
});
