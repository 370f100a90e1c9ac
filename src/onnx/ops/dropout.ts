/** Dropout as it is outside training: its input, and a mask that keeps everything. */
import { allocate } from "../tensor.js";
import { unchanged } from "./batching.js";
import { type EvaluateContext, type InferContext, info, type Op } from "./op.js";
import { without } from "./upgrades.js";

const refuseTraining = (c: InferContext | EvaluateContext, training: ArrayLike<number | bigint> | undefined): void => {
  if (training !== undefined && Number(training[0]) !== 0)
    c.refuse("its training mode, which draws random numbers, is not supported");
};

export const dropout: Op = {
  name: "Dropout",
  inputs: [1, 3],
  outputs: [1, 2],
  attributes: { ratio: "float", seed: "int" },
  // outside training the ratio, an input since opset 12, does nothing
  upgrade: ({ node }) => [{ ...node, attributes: without(node, "ratio") }],
  infer(c) {
    refuseTraining(c, c.inputs[2]?.constant?.data);
    const { dtype, shape } = c.input(0);
    return [info(dtype, shape), info("bool", shape)].slice(0, c.node.outputs.length);
  },
  evaluate(c) {
    refuseTraining(c, c.inputs[2]?.data);
    const { dims, data } = c.input(0);
    const mask = (allocate("bool", data.length) as Uint8Array).fill(1);
    return [c.input(0), { dtype: "bool" as const, dims, data: mask }].slice(0, c.node.outputs.length);
  },
  batch: unchanged,
  gradient: (c) => c.inputs.map((_, i) => (i === 0 ? c.gradients[0] : undefined)),
};
