/** What the examples of doc comments take as given: values by name, made anew for each example, and files. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { debounceTime } from "rxjs";
import { setup } from "xstate";
import { type Components, openCatalogue } from "../../../src/component/catalogue.js";
import { library } from "../../../src/component/library.js";
import { buildDataset } from "../../../src/dataset/build.js";
import type { TrainingData } from "../../../src/distill/students/student.js";
import { check } from "../../../src/graph/check.js";
import type { Graph } from "../../../src/graph/ir.js";
import type { TypedGraph } from "../../../src/graph/typed.js";
import { parseGraphFile } from "../../../src/graphfile/load.js";
import { bind } from "../../../src/graphfile/params.js";
import { readGraphFile } from "../../../src/graphfile/read.js";
import { builtinTypes } from "../../../src/message/builtin.js";
import { compileFlatten } from "../../../src/message/flatten.js";
import type { CardFacts } from "../../../src/models/card.js";
import { addModel } from "../../../src/models/store.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { encode } from "../../../src/onnx/codec/index.js";
import * as ops from "../../../src/onnx/functions.js";
import { mul } from "../../../src/onnx/functions.js";
import type { Model } from "../../../src/onnx/ir.js";
import type { JobOptions } from "../../../src/project/simulate.js";
import { createFile } from "../../../src/record/mcap/file.js";
import { createRecorder } from "../../../src/record/recorder.js";
import { mcapLog } from "../../../src/record/sink.js";
import { rules } from "../../../src/rewrite/rules/index.js";
import { metrics } from "../../../src/runtime/metrics/index.js";
import { cardFacts } from "../card.js";
import { root } from "../run.js";

const GRAPH = join(root, "graphs", "arm-reach.graph.yaml");

export const given = {
  /** The operators, as component files have them. */
  ops: () => ops,
  /** Of RxJS. */
  debounceTime: () => debounceTime,
  /** Of XState. */
  setup: () => setup,
  /** The text of a graph file. */
  text: (): string => readGraphFile(GRAPH),
  /** The graph of that file, as written. */
  graph: (): Graph => parseGraphFile(given.text(), GRAPH).graph!,
  /** The standard library. */
  async catalogue(): Promise<Components> {
    const names = { rules: rules.map((rule) => rule.name), metrics: metrics.map((metric) => metric.name) };
    return (await openCatalogue([], { library, resolvers: [], types: builtinTypes, ...names })).catalogue;
  },
  /** The graph, its params bound, checked. */
  async typed(): Promise<TypedGraph> {
    return check(bind(given.graph(), { set: {} }).graph, await given.catalogue()).typed!;
  },
  /** y = 2 x, float32 [N, 2]. */
  model(): Model {
    const g = graphBuilder("double");
    g.output("y", mul(g.input("x", "float32", ["N", 2]), 2));
    return g.model();
  },
  /** Rows of y = 2 x, for a student: eight to train on, four to validate with. */
  data(): TrainingData {
    const column = (...values: number[]) => ({ rows: values.length, width: 1, data: Float32Array.from(values) });
    return {
      inputs: [{ port: "x", columns: [{ name: "" }] }],
      outputs: [{ port: "y", columns: [{ name: "" }] }],
      train: { x: column(-4, -3, -2, -1, 1, 2, 3, 4), y: column(-8, -6, -4, -2, 2, 4, 6, 8) },
      validation: { x: column(-1.5, -0.5, 0.5, 1.5), y: column(-3, -1, 1, 3) },
    };
  },
  /** Images of 8 × 8 with one bright pixel, for a student that says where it is: 48 to train on, 16 to validate with. */
  pictures(): TrainingData {
    const type = { tensor: [8, 8], dtype: "float32" } as const;
    const part = (from: number, to: number) => {
      const places = Array.from({ length: to - from }, (_, i) => ((from + i) * 29) % 64);
      const x = Float32Array.from(places.flatMap((place) => Array.from({ length: 64 }, (_, i) => Number(i === place))));
      const y = Float32Array.from(places.flatMap((place) => [place % 8, Math.floor(place / 8)]));
      const rows = places.length;
      return { x: { rows, width: 64, data: x }, y: { rows, width: 2, data: y } };
    };
    return {
      inputs: [{ port: "camera", type, columns: compileFlatten(type).columns }],
      outputs: [{ port: "place", columns: [{ name: "x" }, { name: "y" }] }],
      train: part(0, 48),
      validation: part(48, 64),
    };
  },
  /** What a model card says of a distilled controller. */
  facts: (): CardFacts => cardFacts,
  /** What every job is told. */
  job: (): JobOptions => ({
    home: ".limbeck",
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => performance.now(),
  }),
  fc: (): typeof fc => fc,
  console: (): Pick<Console, "log"> => ({ log: () => {} }),
};

const CART = `limbeck: 1
name: cart
streams:
  in: {state: {message: {tensor: [4]}, simulate: cart.state, contract: {rate: 50hz}}}
world:
  cart: {component: sim/cart-pole, params: {state0: [0, 0, 0.1, 0]}}
nodes:
  size: {component: math/norm, in: {value: state}}
`;

/** Each is made at its path when an example names it; in this order. */
export const files: { readonly [path: string]: (path: string) => unknown } = {
  "arm-reach.graph.yaml": (path) => copyFileSync(GRAPH, path),
  /** A pole on a cart that nobody drives: all of it can be lowered. */
  "cart.graph.yaml": (path) => writeFileSync(path, CART),
  /** 100 rows, 10 ms apart: an input of one column, and twice that as the output. */
  "double.mcap": recordDoubles,
  /** The rows of `double.mcap`. */
  async double(path) {
    await recordDoubles("rows.mcap");
    await buildDataset({ recordings: ["rows.mcap"], out: path });
  },
  /** A store with `reach@1`. */
  "double.onnx": (path) => writeFileSync(path, encode(given.model())),
  models: (path) => addModel(path, "reach", { onnx: encode(given.model()), facts: cardFacts }),
};

async function recordDoubles(path: string): Promise<void> {
  const schema = { type: "number" } as const;
  const ports = [
    { port: "x", role: "input", schema },
    { port: "y", role: "output", schema },
  ] as const;
  const spec = { name: "double", mode: "rows", graph: "double", digest: "", seed: 7, anchor: "y" } as const;
  const recorder = createRecorder(spec, ports, mcapLog(await createFile(path)));
  for (let i = 0; i < 100; i++) {
    const entries = [
      { port: "x", stamp_ns: i * 1e7, message: i / 100 },
      { port: "y", stamp_ns: i * 1e7, message: i / 50 },
    ];
    recorder.row({ tag_ns: i * 1e7, microstep: 0, entries });
  }
  await recorder.close();
}
