/**
 * Ops that ONNX Runtime lacks for a dtype (float64 most often), as ops that it has.
 *
 *     Atan(x)  →  float32's answer, corrected by atan x = y + atan((x − tan y)/(1 + x·tan y))
 *
 * A graph that is written for messages is in float64; the file that is run must not name what the runtime lacks.
 */
import { graphBuilder } from "./builder.js";
import {
  abs,
  add,
  and,
  cast,
  cos,
  div,
  exp,
  greater,
  log,
  mul,
  not,
  op,
  or,
  reciprocal,
  sign,
  sin,
  sqrt,
  sub,
  where,
} from "./functions.js";
import type { Attribute, Dtype, Graph, Model, Node } from "./ir.js";
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

interface Instead {
  /** The input by whose dtype the runtime has the op or lacks it, and the dtype that it lacks. */
  readonly lacks: readonly [input: number, dtype: Dtype];
  readonly by: (...inputs: Value[]) => Value;
}

const float64 = (by: Instead["by"]): Instead => ({ lacks: [0, "float64"], by });

/** What stands for an op. */
const INSTEAD: { readonly [op: string]: Instead } = {
  Atan: float64(atan),
  Tan: float64((x) => div(sin(x), cos(x))),
  Asin: float64((x) => atan(div(x, root(x)))),
  Acos: float64((x) => sub(Math.PI / 2, atan(div(x, root(x))))),
  Sinh: float64((x) => half(sub(exp(x), exp(sub(0, x))))),
  Cosh: float64((x) => half(add(exp(x), exp(sub(0, x))))),
  Asinh: float64((x) => mul(sign(x), log(add(abs(x), sqrt(add(mul(x, x), 1)))))),
  Acosh: float64((x) => log(add(x, sqrt(sub(mul(x, x), 1))))),
  Atanh: float64((x) => half(log(div(add(x, 1), sub(1, x))))),
  Where: {
    lacks: [1, "bool"],
    by: (condition, a, b) => or(and(condition, a), and(not(condition), b)),
  },
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
    if (node.domain !== undefined || !Object.hasOwn(INSTEAD, node.op)) return [node];
    const { lacks, by } = INSTEAD[node.op]!;
    const read = node.inputs.map((name) => find(name));
    if (read[lacks[0]]?.dtype !== lacks[1] || read.includes(undefined)) return [node];
    const [output] = node.outputs;
    const g = graphBuilder(node.op);
    g.output("y", by(...read.map((info, i) => g.input(`x${i}`, info!.dtype, info!.shape))));
    const inside = g.graph();
    const names = new Map<string, string>([["y", output!], ...node.inputs.map((name, i) => [`x${i}`, name] as const)]);
    const to = (inner: string) => names.get(inner) ?? `${output}/${inner}`;
    for (const [inner, value] of Object.entries(inside.initializers)) initializers[to(inner)] = value;
    return inside.nodes.map((inner) => renamedNode(inner, to));
  });
  return { ...graph, nodes, initializers };
}
