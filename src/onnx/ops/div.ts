/** Div: a / b; integers are divided towards zero. */
import { mul, neg, div as over } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { binary } from "./elementwise.js";

export const div = binary("Div", "number", (a, b) => a / b, {
  // ONNX leaves open what integers divided by zero are; 0 is what the smaller ones come to here
  exact: (a, b) => (b === 0n ? 0n : a / b),
  gradient: (c) => [
    c.wants(0) ? unbroadcast(over(c.gradient, c.input(1)), c.input(0)) : undefined,
    c.wants(1) ? unbroadcast(neg(over(mul(c.gradient, c.outputs[0]), c.input(1))), c.input(1)) : undefined,
  ],
});
