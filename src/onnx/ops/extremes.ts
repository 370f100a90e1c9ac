/** What Max and Min share: any number of broadcast inputs; equal inputs share the gradient evenly. */
import { add, cast, div, equal, mul } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import { all, commonShape, sameDtype, zip } from "./elementwise.js";
import { info, type Op, VARIADIC } from "./op.js";

export const extreme = (name: string, f: (...x: number[]) => number): Op => ({
  name,
  inputs: [1, VARIADIC],
  outputs: [1, 1],
  attributes: {},
  infer: (c) => [info(sameDtype(c, "number"), commonShape(c))],
  evaluate: (c) => [zip(all(c), c.input(0).dtype, f)],
  gradient(c) {
    const y = c.outputs[0];
    const chosen = c.inputs.map((_, i) => cast(equal(c.input(i), y), y.dtype));
    const share = div(c.gradient, chosen.reduce(add));
    return chosen.map((mask, i) => (c.wants(i) ? unbroadcast(mul(share, mask), c.input(i)) : undefined));
  },
});
