/** Sum: of any number of inputs, element by element. */
import { unbroadcast } from "../unbroadcast.js";
import { variadic } from "./variadic.js";

export const sum = variadic(
  "Sum",
  (...x) => x.reduce((a, b) => a + b),
  (c) => c.inputs.map((_, i) => (c.wants(i) ? unbroadcast(c.gradient, c.input(i)) : undefined)),
);
