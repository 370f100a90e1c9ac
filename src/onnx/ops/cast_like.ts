/** CastLike: to the dtype of another value. */
import { cast as convert } from "../functions.js";
import { isFloat } from "../tensor.js";
import { converted } from "./cast.js";
import { info, type Op } from "./op.js";
import { without } from "./upgrades.js";

export const castLike: Op = {
  name: "CastLike",
  since: 15,
  inputs: [2, 2],
  outputs: [1, 1],
  // it says what happens to floats of 8 bits, which are not read
  upgrade: ({ node }) => [{ ...node, attributes: without(node, "saturate") }],
  attributes: { saturate: "int" },
  infer: (c) => [info(c.input(1).dtype, c.input(0).shape)],
  evaluate: (c) => [converted(c.input(0), c.input(1).dtype)],
  batch: (c) => c.emit(c.inputs.map((x) => x?.value)).map((value) => ({ value, batched: c.input(0).batched })),
  gradient(c) {
    const from = c.input(0).dtype;
    return [isFloat(from) && isFloat(c.outputs[0].dtype) ? convert(c.gradient, from) : undefined, undefined];
  },
};
