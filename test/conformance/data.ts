/**
 * ONNX's own test data as Debian packs them (`libonnx-testdata`): folders with a model, and sets of inputs with the
 * outputs that they must give.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { graphBuilder } from "../../src/onnx/builder.js";
import { decode, decodeTensor } from "../../src/onnx/codec/index.js";
import type { Graph, Model, Node, Tensor } from "../../src/onnx/ir.js";
import { attach } from "../../src/onnx/merge.js";
import { declared } from "../../src/onnx/shape.js";
import { LimbeckError } from "../../src/problem/problem.js";

const ROOT = "/usr/share/libonnx-testdata/data";

/** Whether the data are here. Without them a test is skipped; in CI that is an error. */
export const installed = existsSync(ROOT);
if (!installed && process.env.CI === "true") throw new Error("libonnx-testdata is not installed, which CI needs");

/** The folders of one kind of test: `node`, `pytorch-operator` and so on. */
export const foldersOf = (kind: string): string[] =>
  installed
    ? readdirSync(join(ROOT, kind))
        .sort()
        .map((name) => join(ROOT, kind, name))
    : [];

/** What something comes to, or why it is refused: code and message. */
export function attempt<T>(work: () => T): { value: T } | { refused: string } {
  try {
    return { value: work() };
  } catch (e) {
    if (!(e instanceof LimbeckError)) throw e;
    return { refused: `${e.problems[0].code} ${e.problems[0].message}` };
  }
}

export const bytesOf = (folder: string): Uint8Array => new Uint8Array(readFileSync(join(folder, "model.onnx")));
export const readModel = (folder: string): Model => decode(bytesOf(folder));

export interface DataSet {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** The data sets of a folder, decoded. */
export const dataSets = (folder: string): DataSet[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith("test_data_set_"))
    .sort()
    .map((name) => {
      const files = (stem: string): Tensor[] => {
        const count = readdirSync(join(folder, name)).filter((file) => file.startsWith(stem)).length;
        return Array.from({ length: count }, (_, i) =>
          decodeTensor(readFileSync(join(folder, name, `${stem}_${i}.pb`))),
        );
      };
      return { name, inputs: files("input"), outputs: files("output") };
    });

/** The model inside a graph of the opset that is written here. */
export function merged(model: Model): Model {
  const g = graphBuilder("merged");
  const inputs = model.graph.inputs.filter((i) => !Object.hasOwn(model.graph.initializers, i.name));
  const feeds = Object.fromEntries(
    inputs.map((i) => {
      const { dtype, shape } = declared(i);
      return [i.name, g.input(i.name, dtype, shape)];
    }),
  );
  const outputs = attach(g, model, feeds, "merged/");
  for (const [name, value] of Object.entries(outputs)) g.output(name, value);
  return g.model();
}

/** All nodes of a graph, those of bodies included. */
export const nodesOf = (graph: Graph): Node[] =>
  graph.nodes.flatMap((node) => [
    node,
    ...Object.values(node.attributes).flatMap((a) => (a.type === "graph" ? nodesOf(a.value) : [])),
  ]);
