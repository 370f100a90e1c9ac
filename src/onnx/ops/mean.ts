/** Mean: of any number of inputs, element by element. */
import { div } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { variadic } from "./variadic.js";

export const mean = variadic(
  "Mean",
  (...x) => x.reduce((a, b) => a + b) / x.length,
  (c) => {
    const share = div(c.gradient, c.inputs.length);
    return c.inputs.map((_, i) => (c.wants(i) ? unbroadcast(share, c.input(i)) : undefined));
  },
);
