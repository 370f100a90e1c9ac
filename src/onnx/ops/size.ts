/** Size: the number of elements, as an int64 scalar. */
import { scalar } from "../tensor.js";
import { info, type Op } from "./op.js";

export const size: Op = {
  name: "Size",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  infer: () => [info("int64", [])],
  evaluate: (c) => [scalar("int64", c.input(0).data.length)],
  gradient: () => [undefined],
};
