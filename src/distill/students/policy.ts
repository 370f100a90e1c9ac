/**
 * The model around a student: ports in raw units outside, normalised columns inside.
 *
 *   obs.<port> … ─ Concat ─ − mean ─ · scale ─► net ─► · deviation ─ + mean ─ Split ─ act.<port> …
 */
import { type GraphBuilder, graphBuilder } from "../../onnx/builder.js";
import { add, concat, mul, split, sub } from "../../onnx/functions.js";
import type { Model } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import type { Statistics } from "./statistics.js";
import type { PortBlock, TrainingData } from "./student.js";

export const inputName = (port: string): string => `obs.${port}`;
export const outputName = (port: string): string => `act.${port}`;

/** Writes the model; `net` maps normalised inputs [N, in] to normalised outputs [N, out]. */
export function policyModel(
  name: string,
  { inputs, outputs }: Pick<TrainingData, "inputs" | "outputs">,
  x: Statistics,
  y: Statistics,
  net: (g: GraphBuilder, x: Value) => Value,
): Model {
  const g = graphBuilder(name);
  const width = (block: PortBlock): number => block.columns.length;
  const vector = (label: string, values: Float32Array): Value =>
    g.initializer(label, tensor("float32", [values.length], values));
  const ports = inputs.map((b) => g.input(inputName(b.port), "float32", ["N", width(b)]));
  const raw = ports.length === 1 ? ports[0] : concat(ports, 1);
  const normal = mul(sub(raw, vector("input.mean", x.mean)), vector("input.scale", x.scale));
  const out = add(mul(net(g, normal), vector("output.deviation", y.deviation)), vector("output.mean", y.mean));
  split(out, outputs.map(width), 1).forEach((value, i) => {
    g.output(outputName(outputs[i].port), value);
  });
  return g.model();
}
