/** Identity: x itself, of any dtype. */
import { unchanged } from "./batching.js";
import { info, type Op } from "./op.js";

export const identity: Op = {
  name: "Identity",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  batch: unchanged,
  moves: [0],
  infer: (c) => [{ ...info(c.input(0).dtype, c.input(0).shape), ...(c.input(0).sizes && { sizes: c.input(0).sizes }) }],
  evaluate: (c) => [c.input(0)],
  gradient: (c) => [c.gradient],
};
