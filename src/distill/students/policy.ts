/**
 * The model around a student: ports in raw units outside, normalised columns inside.
 *
 *   obs.<port> … ─ Concat ─ − mean ─ · scale ─► net ─► · deviation ─ + mean ─ range ─ Split ─ act.<port> …
 *                                  state_in.* ─►     ─► state_out.*
 */
import { type GraphBuilder, graphBuilder } from "../../onnx/builder.js";
import { add, concat, mul, split, sub, unsqueeze, where } from "../../onnx/functions.js";
import type { Model } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { clipped } from "./heads.js";
import type { Statistics } from "./statistics.js";
import type { PortBlock, TrainingData } from "./student.js";

export const inputName = (port: string): string => `obs.${port}`;
export const outputName = (port: string): string => `act.${port}`;

/** Whether a student's model carries state from firing to firing. */
export const remembers = ({ graph }: Model): boolean => graph.inputs.some(({ name }) => name === "reset");

/** A vector that a policy carries from firing to firing. */
export interface State {
  readonly name: string;
  readonly width: number;
}

export interface Remembered {
  /** What was carried here, by name. */
  readonly states: { readonly [name: string]: Value };
  /** `begun` where an episode begins, `carried` elsewhere. */
  begin(begun: Value, carried: Value): Value;
}

/** Writes the model; `net` maps normalised inputs [N, in] to normalised outputs [N, out]. */
export function policyModel(
  name: string,
  ports: Pick<TrainingData, "inputs" | "outputs">,
  x: Statistics,
  y: Statistics,
  net: (g: GraphBuilder, x: Value, raw: Value) => Value,
): Model {
  return recurrentModel(name, ports, x, y, [], (g, normal, raw) => ({ output: net(g, normal, raw), next: {} }));
}

/** Writes a model with memory; `net` also gives what is carried on. */
export function recurrentModel(
  name: string,
  { inputs, outputs }: Pick<TrainingData, "inputs" | "outputs">,
  x: Statistics,
  y: Statistics,
  states: readonly State[],
  net: (
    g: GraphBuilder,
    x: Value,
    raw: Value,
    memory: Remembered,
  ) => { readonly output: Value; readonly next: { readonly [name: string]: Value } },
): Model {
  const g = graphBuilder(name);
  const width = (block: PortBlock): number => block.columns.length;
  const vector = (label: string, values: Float32Array): Value =>
    g.initializer(label, tensor("float32", [values.length], values));
  const ports = inputs.map((b) => g.input(inputName(b.port), "float32", ["N", width(b)]));
  const carried = Object.fromEntries(
    states.map((s) => [s.name, g.input(`state_in.${s.name}`, "float32", ["N", s.width])] as const),
  );
  const reset = states.length === 0 ? undefined : unsqueeze(g.input("reset", "bool", ["N"]), [1]);
  const raw = ports.length === 1 ? ports[0] : concat(ports, 1);
  const normal = mul(sub(raw, vector("input.mean", x.mean)), vector("input.scale", x.scale));
  const { output, next } = net(g, normal, raw, {
    states: carried,
    begin: (begun, before) => where(reset!, begun, before),
  });
  const out = add(mul(output, vector("output.deviation", y.deviation)), vector("output.mean", y.mean));
  split(clipped(out, outputs), outputs.map(width), 1).forEach((value, i) => {
    g.output(outputName(outputs[i].port), value);
  });
  for (const state of states) g.output(`state_out.${state.name}`, next[state.name]);
  return g.model();
}
