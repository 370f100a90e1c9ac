/** A multilayer perceptron as a net. */
import { rng } from "../../component/rng.js";
import { gemm, relu, silu, tanh } from "../../onnx/functions.js";
import type { Tensors } from "../../onnx/ir.js";
import type { Value } from "../../onnx/value.js";
import type { Values } from "../../train/environment.js";
import { uniform, zeros } from "./initial.js";
import type { Net } from "./net.js";

export const activations = { silu, tanh, relu };

export interface PerceptronPlan {
  /** Input, hidden layers, output. */
  readonly widths: readonly number[];
  readonly activation: keyof typeof activations;
  readonly dropout: number;
}

/** Layers are stored [out, in]. */
export function perceptron(name: string, { widths, activation, dropout }: PerceptronPlan): Net {
  const layers = widths.length - 1;
  return {
    name,
    initial(seed): Tensors {
      const draws = rng(seed);
      return Object.fromEntries(
        widths.slice(1).flatMap((out, i) => [
          [`layer${i + 1}.weight`, uniform(draws, [out, widths[i]!])],
          [`layer${i + 1}.bias`, zeros([out])],
        ]),
      );
    },
    forward(x: Value, p: Values, pass) {
      let h = x;
      for (let i = 1; i <= layers; i++) {
        h = gemm(h, p[`layer${i}.weight`]!, p[`layer${i}.bias`]!, { transB: 1 });
        if (i < layers) h = pass.dropout(activations[activation](h), dropout);
      }
      return h;
    },
  };
}
