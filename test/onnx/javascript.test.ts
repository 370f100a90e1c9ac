/** Laws of generated JavaScript: it is reference evaluation, to the bit, and ONNX Runtime, to the bit or a few units of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import * as f from "../../src/onnx/functions.js";
import { type Graph, OPSET, type Tensor, type Tensors } from "../../src/onnx/ir.js";
import { compileJavaScript } from "../../src/onnx/javascript/compile.js";
import { portable } from "../../src/onnx/portable.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { openSession } from "../../src/session/session.js";
import { closeOps, exactOps, randomGraph } from "../support/random-graph.js";

const model = (graph: Graph) => ({ graph, opset: OPSET, domains: {}, producer: "test", metadata: {} });

const plain = (t: Tensor): number | number[] => (t.dims.length === 0 ? numbers(t)[0]! : numbers(t));

/** What a graph gives as generated JavaScript, as reference evaluation writes it. */
function generated(graph: Graph, feeds: Tensors): (number | number[])[] {
  const run = compileJavaScript(graph);
  const inputs = graph.inputs.map(({ name }) => plain(feeds[name]!));
  const first = run(inputs);
  const again = run(inputs).map((x) => (typeof x === "number" ? x : Array.from(x)));
  expect(again, "the same again").toEqual(first.map((x) => (typeof x === "number" ? x : Array.from(x))));
  return again;
}

const reference = (graph: Graph, feeds: Tensors): (number | number[])[] => {
  const results = evaluate(model(graph), feeds);
  return graph.outputs.map(({ name }) => plain(results[name]!));
};

test("random graphs: the bits of reference evaluation", () => {
  fc.assert(
    fc.property(randomGraph({ ...exactOps, ...closeOps }), ({ graph, feeds }) => {
      expect(generated(graph, feeds)).toEqual(reference(graph, feeds));
    }),
    { numRuns: 300 },
  );
});

test("integers: counting, dividing, comparing, picking", () => {
  const g = graphBuilder("integers");
  const [a, b] = [g.input("a", "int64", []), g.input("b", "int64", [])];
  const table = g.constant(tensor("float64", [3], [1.5, 2.5, 3.5]));
  const outputs = [
    f.add(a, b),
    f.mul(a, b),
    f.div(a, b),
    f.sub(a, 7),
    f.less(a, b),
    f.cast(f.mul(a, b), "float64"),
    f.neg(a),
  ];
  outputs.push(f.gather(table, f.clip(a, 0, 2)));
  outputs.push(f.cast(f.div(f.cast(a, "float64"), f.cast(b, "float64")), "int64"));
  outputs.forEach((v, i) => {
    g.output(`y${i}`, v);
  });
  const graph = g.graph();
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -5, max: 5 }), (x, y) => {
      const feeds = { a: tensor("int64", [], [x]), b: tensor("int64", [], [y]) };
      expect(generated(graph, feeds)).toEqual(reference(graph, feeds));
    }),
  );
});

/** What ONNX Runtime gives: for a graph as it stands, and for another one in float64 where it lacks an op. */
async function runtime(graph: Graph, feeds: Tensors): Promise<(number | number[])[]> {
  const session = await openSession(encode(portable(model(graph))));
  try {
    const results = await session.run(Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name]!])));
    return graph.outputs.map(({ name }) => plain(results[name]!));
  } finally {
    await session.close();
  }
}

const without = (...names: string[]): typeof exactOps =>
  Object.fromEntries(Object.entries(exactOps).filter(([name]) => !names.includes(name)));

// what is divided by a zero has the sign of that zero, and that of a maximum is not told: one or the other
test.each([
  ["without ÷", without("div")],
  ["without maxima", without("max", "min", "relu", "clip")],
])("random graphs of + − × ÷ √, comparison and selection, %s: the bits of ONNX Runtime", async (_, ops) => {
  await fc.assert(
    fc.asyncProperty(randomGraph(ops, { shapes: [[], [3], [2, 3], [90]] }), async ({ graph, feeds }) => {
      const [ours, theirs] = [generated(graph, feeds), await runtime(graph, feeds)];
      ours.forEach((x, i) => {
        expect([x].flat().map(bits), graph.outputs[i]!.name).toEqual([theirs[i]!].flat().map(bits));
      });
    }),
    { numRuns: 60 },
  );
});

/** What JavaScript and the runtime may differ in: a zero of a maximum has no sign that is told, and NaN has one value. */
const bits = (x: number): number => (x === 0 ? 0 : x);

/** How far two numbers are apart, against the greater of one and their size. */
const off = (a: number, b: number): number => (Object.is(a, b) ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(a)));

test("each other op: ONNX Runtime within a few units of float32, and 4e-15 in float64", async () => {
  const x = [
    -Infinity,
    Infinity,
    NaN,
    1e-300,
    -700,
    700,
    -3,
    -1.5,
    -0.75,
    -0.25,
    -1e-8,
    0,
    1e-8,
    0.1,
    0.5,
    0.9,
    1,
    2,
    3.5,
  ];
  const of: { readonly [op: string]: (v: number) => number } = {
    Log: Math.abs,
    Sqrt: Math.abs,
    Asin: Math.tanh,
    Acos: Math.tanh,
    Atanh: Math.tanh,
    Acosh: (v) => 1 + Math.abs(v),
  };
  const names = [
    "Exp",
    "Log",
    "Sin",
    "Cos",
    "Tan",
    "Tanh",
    "Sigmoid",
    "Softplus",
    "Atan",
    "Asin",
    "Acos",
    "Sinh",
    "Cosh",
    "Asinh",
    "Acosh",
    "Atanh",
    "Erf",
    "Elu",
    "LeakyRelu",
    "Softsign",
  ];
  for (const dtype of ["float32", "float64"] as const)
    for (const name of names) {
      const g = graphBuilder(name);
      g.output("y", f.op(name, [g.input("x", dtype, [x.length])]));
      const feeds = { x: tensor(dtype, [x.length], x.map(of[name] ?? ((v) => v))) };
      const [ours, theirs] = [
        generated(g.graph(), feeds)[0] as number[],
        (await runtime(g.graph(), feeds))[0] as number[],
      ];
      const bound = dtype === "float64" ? 4e-15 : 4e-7;
      ours.forEach((v, i) => {
        expect(off(v, theirs[i]!), `${name} ${dtype} of ${numbers(feeds.x)[i]}: ${v} ${theirs[i]}`).toBeLessThanOrEqual(
          bound,
        );
      });
    }
});
