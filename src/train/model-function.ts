/** An ONNX file as a function inside an environment: a net that was made elsewhere is trained like one written here. */
import { assertModel } from "../onnx/check.js";
import { decode, encode } from "../onnx/codec/index.js";
import { scopeOf } from "../onnx/functions.js";
import type { Graph, Node, Tensors } from "../onnx/ir.js";
import { scalar } from "../onnx/tensor.js";
import { atWrittenOpset } from "../onnx/upgrade.js";
import type { Value } from "../onnx/value.js";
import { fail } from "../problem/problem.js";
import { moved } from "./batch-norm.js";
import type { StepValues, Values } from "./environment.js";
import { matcher } from "./groups.js";

export interface ModelFunction {
  /** What the file has under the names that were asked for. */
  readonly parameters: Tensors;
  /**
   * The model's outputs by name, of these parameters and a value for each of its inputs. Where running statistics of a
   * `BatchNormalization` are among the parameters, the step says whether they are used or moved; without one, L0954.
   */
  apply(parameters: Values, inputs: Values, step?: Pick<StepValues, "training" | "set">): Values;
  /** The file with these parameters in place of its own. */
  withParameters(parameters: Tensors): Uint8Array;
}

/**
 * Takes a file apart into what is trained and what is computed with it. `names` are those of its initializers that are
 * parameters, with `*` for any characters: a file does not tell weights from constants.
 *
 * Errors: those of reading a file; L0953 a name that is no initializer; `apply`: L0811 an input that is not given.
 *
 * @example
 * const g = graphBuilder("line");
 * const w = g.initializer("w", tensor("float32", [1, 1], [0]));
 * g.output("y", matmul(g.input("x", "float32", ["N", 1]), w));
 * const line = modelFunction(encode(g.model()), ["w"]);
 * const { parameters } = await trainer({
 *   environment: (p, { x, y }) => mse.of(line.apply(p, { x }).y, y),
 *   parameters: line.parameters,
 *   data: { train: { x: asTensor(data.train.x), y: asTensor(data.train.y) } },
 *   schedule: cosine(),
 *   epochs: 200,
 *   rate: 0.1,
 *   seed: 7,
 *   worker: false,
 * }).run();
 * parameters.w.data // Float32Array [≈2.00]
 * checkFile(line.withParameters(parameters)).inputs.map(({ name }) => name) // ["x"]
 */
export function modelFunction(file: Uint8Array, names: readonly string[]): ModelFunction {
  const model = atWrittenOpset(assertModel(decode(file)));
  const { graph } = model;
  const known = Object.keys(graph.initializers);
  const wanted = new Set<string>();
  for (const pattern of names) {
    const found = known.filter((name) => matcher(pattern).test(name));
    if (found.length === 0)
      fail("L0953", { reason: `no initializer is named \`${pattern}\`; there is ${known.join(", ") || "none"}` });
    for (const name of found) wanted.add(name);
  }
  const parts = (of: (name: string) => boolean): Tensors =>
    Object.fromEntries(Object.entries(graph.initializers).filter(([name]) => of(name)));
  // a file may declare its weights as inputs too
  const inputs = graph.inputs.filter(({ name }) => !Object.hasOwn(graph.initializers, name));
  const open = {
    ...graph,
    inputs: [...inputs, ...[...wanted].map((name) => ({ name }))],
    initializers: parts((name) => !wanted.has(name)),
  };
  const running = graph.nodes.filter(
    (node) => node.op === "BatchNormalization" && node.inputs.slice(3, 5).some((name) => wanted.has(name)),
  );
  const named = (outputs: readonly Value[]): Values =>
    Object.fromEntries(graph.outputs.map((o, i) => [o.name, outputs[i]]));
  return {
    parameters: parts((name) => wanted.has(name)),
    apply(parameters, given, step) {
      if (running.length > 0 && step === undefined)
        fail("L0954", {
          reason: `it calls \`apply\` without the step, and ${running[0].inputs[3]} is a running statistic`,
        });
      const values = [
        ...inputs.map(({ name }) => (Object.hasOwn(given, name) ? given[name] : refuse(name))),
        ...[...wanted].map((name) => parameters[name] ?? refuse(name)),
      ];
      if (!step?.training) return named(scopeOf(values).inline(open, values));
      const outputs = scopeOf(values).inline(moving(open, running, graph.initializers), values);
      const batch = outputs.slice(graph.outputs.length);
      running.forEach(({ inputs, attributes }, i) => {
        const keep = attributes.momentum?.type === "float" ? attributes.momentum.value : MOMENTUM;
        inputs.slice(3, 5).forEach((name, k) => {
          if (wanted.has(name)) step.set(name, moved(parameters[name], batch[2 * i + k], keep));
        });
      });
      return named(outputs);
    },
    withParameters: (parameters) =>
      encode({ ...model, graph: { ...graph, initializers: { ...graph.initializers, ...parameters } } }),
  };
}

/** The graph with these normalisations in training; after its own outputs come mean and variance of the batch at each. */
function moving(graph: Graph, running: readonly Node[], initializers: Tensors): Graph {
  const zero = ({ outputs: [y] }: Node): string => `${y}/zero`;
  const zeros = running.map((node) => {
    const { dtype } = node.inputs.slice(3, 5).flatMap((name) => initializers[name] ?? [])[0];
    return [zero(node), scalar(dtype, 0)] as const;
  });
  const found = ({ outputs: [y] }: Node): string[] => [`${y}/batch.mean`, `${y}/batch.variance`];
  const train = (node: Node): Node[] => {
    const { inputs, outputs, attributes } = node;
    const scratch = inputs.slice(3, 5).map((from, i) => ({ from, to: `${outputs[0]}/scratch.${i}` }));
    return [
      ...scratch.map(({ from, to }) => ({ op: "Mul", inputs: [from, zero(node)], outputs: [to], attributes: {} })),
      {
        ...node,
        inputs: [...inputs.slice(0, 3), ...scratch.map(({ to }) => to)],
        outputs: [outputs[0], ...found(node)],
        attributes: { ...attributes, momentum: { type: "float", value: 0 }, training_mode: { type: "int", value: 1 } },
      },
    ];
  };
  return {
    ...graph,
    initializers: { ...graph.initializers, ...Object.fromEntries(zeros) },
    nodes: graph.nodes.flatMap((node) => (running.includes(node) ? train(node) : [node])),
    outputs: [...graph.outputs, ...running.flatMap(found).map((name) => ({ name }))],
  };
}

/** Of the op, where a file does not say it. */
const MOMENTUM = 0.9;

const refuse = (input: string): never => fail("L0811", { input, reason: "nothing feeds it" });
