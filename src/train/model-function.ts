/** An ONNX file as a function inside an environment: a net that was made elsewhere is trained like one written here. */
import { assertModel } from "../onnx/check.js";
import { decode, encode } from "../onnx/codec/index.js";
import { scopeOf } from "../onnx/functions.js";
import type { Tensors } from "../onnx/ir.js";
import { atWrittenOpset } from "../onnx/upgrade.js";
import { fail } from "../problem/problem.js";
import type { Values } from "./environment.js";
import { matcher } from "./groups.js";

export interface ModelFunction {
  /** What the file has under the names that were asked for. */
  readonly parameters: Tensors;
  /** The model's outputs by name, of these parameters and a value for each of its inputs. */
  apply(parameters: Values, inputs: Values): Values;
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
  return {
    parameters: parts((name) => wanted.has(name)),
    apply(parameters, given) {
      const values = [
        ...inputs.map(({ name }) => (Object.hasOwn(given, name) ? given[name] : refuse(name))),
        ...[...wanted].map((name) => parameters[name] ?? refuse(name)),
      ];
      const outputs = scopeOf(values).inline(open, values);
      return Object.fromEntries(graph.outputs.map((o, i) => [o.name, outputs[i]]));
    },
    withParameters: (parameters) =>
      encode({ ...model, graph: { ...graph, initializers: { ...graph.initializers, ...parameters } } }),
  };
}

const refuse = (input: string): never => fail("L0811", { input, reason: "nothing feeds it" });
