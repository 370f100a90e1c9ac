/**
 * Ops that ONNX Runtime has for float32 only, as ops that it has for float64 too.
 *
 *     Atan(x)  →  float32's answer, corrected by atan x = y + atan((x − tan y)/(1 + x·tan y))
 *
 * A graph that is written for messages is in float64; the file that is run must not name what the runtime lacks.
 */
import { graphBuilder } from "./builder.js";
import {
  abs,
  add,
  cast,
  cos,
  div,
  exp,
  greater,
  log,
  mul,
  op,
  reciprocal,
  sign,
  sin,
  sqrt,
  sub,
  where,
} from "./functions.js";
import type { Attribute, Graph, Model, Node } from "./ir.js";
import { renamedNode } from "./names.js";
import { declared, inferGraph } from "./shape.js";
import type { Info, Value } from "./value.js";

/** The angle whose tangent is x, good to about one unit in the last place. */
function atan(x: Value): Value {
  const steep = greater(abs(x), 1);
  const r = where(steep, reciprocal(x), x);
  const near = cast(op("Atan", [cast(r, "float32")]), "float64");
  const t = div(sin(near), cos(near));
  const y = add(near, div(sub(r, t), add(mul(r, t), 1)));
  return where(steep, sub(mul(sign(x), Math.PI / 2), y), y);
}

const root = (x: Value): Value => sqrt(mul(sub(1, x), add(x, 1)));
const half = (x: Value): Value => mul(x, 0.5);

/** What stands for an op on float64. */
const INSTEAD: { readonly [op: string]: (x: Value) => Value } = {
  Atan: atan,
  Tan: (x) => div(sin(x), cos(x)),
  Asin: (x) => atan(div(x, root(x))),
  Acos: (x) => sub(Math.PI / 2, atan(div(x, root(x)))),
  Sinh: (x) => half(sub(exp(x), exp(sub(0, x)))),
  Cosh: (x) => half(add(exp(x), exp(sub(0, x)))),
  Asinh: (x) => mul(sign(x), log(add(abs(x), sqrt(add(mul(x, x), 1))))),
  Acosh: (x) => log(add(x, sqrt(sub(mul(x, x), 1)))),
  Atanh: (x) => half(log(div(add(x, 1), sub(1, x)))),
};

/**
 * The same model with ops that the runtime has.
 *
 * @example
 * const g = graphBuilder("angle");
 * g.output("y", op("Atan", [g.input("x", "float64", [1])]));
 * portable(g.model()).graph.nodes.some(({ op }) => op === "Sin") // true
 */
export function portable(model: Model): Model {
  const { graph, opset } = model;
  return { ...model, graph: replaced(graph, graph.inputs.map(declared), opset, () => undefined) };
}

type Find = (name: string) => Info | undefined;

function replaced(graph: Graph, inputs: readonly Info[], opset: number, outer: Find): Graph {
  const find = inferGraph(graph, inputs, opset, outer);
  const initializers = { ...graph.initializers };
  const inBodies = (node: Node): Node => {
    const attributes = Object.entries(node.attributes).map(([key, of]): [string, Attribute] => [
      key,
      of.type === "graph"
        ? { type: "graph", value: replaced(of.value, of.value.inputs.map(declared), opset, find) }
        : of,
    ]);
    return { ...node, attributes: Object.fromEntries(attributes) };
  };
  const nodes = graph.nodes.map(inBodies).flatMap((node): readonly Node[] => {
    const [name] = node.inputs;
    const info = name === undefined ? undefined : find(name);
    if (node.domain !== undefined || !Object.hasOwn(INSTEAD, node.op) || info?.dtype !== "float64") return [node];
    const [output] = node.outputs;
    const g = graphBuilder(node.op);
    g.output("y", INSTEAD[node.op]!(g.input("x", "float64", info.shape)));
    const inside = g.graph();
    const to = (inner: string) => (inner === "x" ? name! : inner === "y" ? output! : `${output}/${inner}`);
    for (const [inner, value] of Object.entries(inside.initializers)) initializers[to(inner)] = value;
    return inside.nodes.map((inner) => renamedNode(inner, to));
  });
  return { ...graph, nodes, initializers };
}
