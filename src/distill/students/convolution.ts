/** A layer of a net over images: a convolution that keeps the size, or halves it by its strides, and a ReLU. */
import type { Rng } from "../../component/rng.js";
import { conv, relu } from "../../onnx/functions.js";
import type { Tensors } from "../../onnx/ir.js";
import type { Value } from "../../onnx/value.js";
import type { Values } from "../../train/environment.js";
import { uniform, zeros } from "./initial.js";

export interface Layer {
  readonly name: string;
  /** Channels in and out. */
  readonly from: number;
  readonly to: number;
  /** Down and across. */
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Distance between the parts of the kernel. */
  readonly dilation: number;
}

/** Kernels of 3 × 3; an axis with one element has nothing beside it. */
export const kernelFor = (height: number, width: number): [number, number] => [height > 1 ? 3 : 1, width > 1 ? 3 : 1];

/** What a stride of 2 leaves of a size. */
export const halved = (size: number, stride: number): number => Math.ceil(size / stride);

export const layerWeights = (draws: Rng, { name, from, to, kernel }: Layer): Tensors => ({
  [`${name}.weight`]: uniform(draws, [to, from, ...kernel], 2),
  [`${name}.bias`]: zeros([to]),
});

export function layered(x: Value, p: Values, { name, kernel, strides, dilation }: Layer): Value {
  const around = kernel.map((k) => ((k - 1) / 2) * dilation);
  return relu(
    conv(x, p[`${name}.weight`]!, p[`${name}.bias`]!, {
      strides,
      dilations: [dilation, dilation],
      pads: [...around, ...around],
    }),
  );
}
