/** Cast: to another dtype; floats are truncated to integers, anything but zero is true. */
import { cast as convert, elementType } from "../functions.js";
import type { Dtype } from "../ir.js";
import { isFloat } from "../tensor.js";
import { zip } from "./elementwise.js";
import type { NodeContext, Op } from "./op.js";

function target(c: NodeContext): Dtype {
  const number = c.int("to");
  const found = Object.entries(elementType).find(([, n]) => n === number);
  return (found?.[0] as Dtype | undefined) ?? c.refuse(`element type ${number} is not supported`);
}

export const cast: Op = {
  name: "Cast",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { to: "int", saturate: "int" },
  infer(c) {
    const { shape, sizes } = c.input(0);
    const dtype = target(c);
    return [{ dtype, shape, ...(sizes && !isFloat(dtype) && dtype !== "bool" && { sizes }) }];
  },
  evaluate: (c) => [zip([c.input(0)], target(c), (x) => x)],
  gradient(c) {
    const from = c.input(0).dtype;
    return [isFloat(from) && isFloat(c.outputs[0].dtype) ? convert(c.gradient, from) : undefined];
  },
};
