/** A lossy stream of a lowered loop: it passes on what is not lost, and is told the draw that decides it. */
import Type, { type Static } from "typebox";
import type { Component, InputTypes } from "../component/component.js";
import { DRAWN } from "../component/draws.js";
import { signal } from "../component/ports.js";
import { type TensorContext, when } from "../component/tensor/symbolic.js";
import { genericTensorStep } from "../component/tensor/tensor.js";
import { greaterOrEqual, squeeze } from "../onnx/functions.js";
import type { Value } from "../onnx/value.js";

/** Its name in a loop; users cannot write it. */
export const LINK = "#link";

const Params = Type.Object({ loss: Type.Number() });

export const link: Component = genericTensorStep({
  doc: "Passes on what is not lost.",
  params: Params,
  ports(_, types: InputTypes) {
    const port = (name: string) => signal(Type.Unsafe<unknown>(types[name] ?? {}));
    return { inputs: { in: port("in"), [DRAWN]: port(DRAWN) }, outputs: { out: port("in") } };
  },
  step(
    { in: message, [DRAWN]: drawn }: { readonly [port: string]: Value },
    _,
    { params }: TensorContext<Static<typeof Params>>,
  ) {
    return { outputs: { out: when(greaterOrEqual(squeeze(drawn!, [0]), params.loss), message) } };
  },
});
