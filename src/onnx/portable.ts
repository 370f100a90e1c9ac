/**
 * Ops that ONNX Runtime lacks for a dtype (float64 most often), as ops that it has.
 *
 *     Atan(x)   →  float32's answer, corrected by atan x = y + atan((x − tan y)/(1 + x·tan y))
 *     Max(a, b) →  of int16: in int64, and back
 *
 * A graph that is written for messages is in float64; the file that is run must not name what the runtime lacks.
 */
import { graphBuilder } from "./builder.js";
import { scan } from "./control.js";
import { elementType } from "./functions/base.js";
import {
  abs,
  add,
  and,
  cast,
  cos,
  div,
  equal,
  exp,
  greater,
  less,
  log,
  min,
  mul,
  not,
  op,
  or,
  reciprocal,
  sign,
  sin,
  sqrt,
  sub,
  tanh,
  where,
} from "./functions.js";
import type { Attribute, Dtype, Graph, Model, Node, Tensor } from "./ir.js";
import { renamedNode } from "./names.js";
import { declared, inferGraph } from "./shape.js";
import { tensor } from "./tensor.js";
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
/** A function of |x| with the sign of x. */
const odd = (x: Value, f: (size: Value) => Value): Value => mul(sign(x), f(abs(x)));

/** ln(1 + x), exact for small x too (Kahan). */
function log1p(x: Value): Value {
  const whole = add(x, 1);
  const exact = sub(whole, 1);
  const near = less(abs(x), 1);
  const safe = where(equal(exact, 0), 1, exact);
  return where(near, where(equal(exact, 0), x, mul(log(whole), div(x, safe))), log(whole));
}

/** eˣ − 1, exact for small x too. */
function expm1(x: Value): Value {
  const near = less(abs(x), 1);
  const t = tanh(half(where(near, x, 0)));
  return where(near, div(mul(t, 2), sub(1, t)), sub(exp(x), 1));
}

/** Beyond this, 1 is nothing beside the square of a number. */
const VAST = 1e8;

const asinh = (size: Value): Value => {
  const square = mul(size, size);
  const near = log1p(add(size, div(square, add(sqrt(add(square, 1)), 1))));
  return where(greater(size, VAST), add(log(size), Math.LN2), near);
};

function acosh(x: Value): Value {
  const above = sub(x, 1);
  const near = log1p(add(above, sqrt(add(mul(above, 2), mul(above, above)))));
  return where(greater(x, VAST), add(log(x), Math.LN2), near);
}

function sinh(x: Value): Value {
  const small = expm1(where(less(abs(x), 1), x, 0));
  const near = half(add(small, div(small, add(small, 1))));
  // halves of exponents, so that nothing overflows before the result does
  const e = exp(half(x));
  const far = sub(mul(half(e), e), div(div(0.5, e), e));
  return where(less(abs(x), 1), near, far);
}

/** Terms of the series and of the continued fraction, enough for every last bit. */
const TERMS = 60;

/** The error function as `special.ts` has it: a series for small x, the continued fraction of its complement for large. */
function erf(x: Value): Value {
  const size = min(abs(x), 6);
  const square = mul(size, size);
  const ones = exp(mul(size, 0));
  const list = (of: (n: number) => number): Value =>
    x.scope.constant(
      tensor(
        "float64",
        [TERMS],
        Array.from({ length: TERMS }, (_, i) => of(TERMS - i)),
      ),
    );
  const series = scan([ones], [list((n) => 2 / (2 * n + 1))], ([sum], [c]) => ({
    states: [add(mul(sum!, mul(square, c!)), 1)],
  })).states[0]!;
  const fraction = scan([size], [list((n) => n / 2)], ([f], [c]) => ({ states: [add(size, div(c!, f!))] })).states[0]!;
  const power = exp(sub(0, square));
  const near = mul(mul(mul(size, series), power), 2 / Math.sqrt(Math.PI));
  const far = sub(1, div(power, mul(fraction, Math.sqrt(Math.PI))));
  return mul(sign(x), where(less(size, 2.5), near, far));
}

interface Instead {
  /** The input by whose dtype the runtime has the op or lacks it, and the dtype that it lacks. */
  readonly lacks: readonly [input: number, dtype: Dtype];
  readonly by: (...inputs: Value[]) => Value;
}

const float64 = (by: Instead["by"]): Instead => ({ lacks: [0, "float64"], by });

const SMALL = ["int8", "int16", "uint8", "uint16", "uint32"] as const;
const SUMS = [...SMALL, "uint64"] as const;
const ORDERS = ["int16", "uint16", "uint32"] as const;

/** Ops that the runtime lacks for whole numbers of these dtypes, and has in int64, where they come to the same. */
const IN_INT64: { readonly [op: string]: readonly Dtype[] } = {
  Where: ["int8", "int16", "uint16", "uint32", "uint64"],
  Min: ["int16", "uint16"],
  Max: ["int16", "uint16"],
  Clip: ["int16", "uint16"],
  Pad: ["int16", "uint16"],
  MatMul: ["int8", "int16", "uint8", "uint16"],
  ReduceSum: SUMS,
  ReduceProd: SUMS,
  CumSum: SUMS,
  ReduceMean: SMALL,
  ReduceMax: ORDERS,
  ReduceMin: ORDERS,
  ArgMax: ORDERS,
  ArgMin: ORDERS,
  TopK: ["uint16", "uint32"],
};

/** What stands for an op. */
const INSTEAD: { readonly [op: string]: Instead } = {
  Atan: float64(atan),
  Tan: float64((x) => div(sin(x), cos(x))),
  Asin: float64((x) => atan(div(x, root(x)))),
  Acos: float64((x) => mul(atan(sqrt(div(sub(1, x), add(x, 1)))), 2)),
  Sinh: float64(sinh),
  Cosh: float64((x) => {
    const e = exp(half(abs(x)));
    return add(mul(half(e), e), div(div(0.5, e), e));
  }),
  Asinh: float64((x) => odd(x, asinh)),
  Acosh: float64(acosh),
  Atanh: float64((x) => odd(x, (size) => half(log1p(div(mul(size, 2), sub(1, size)))))),
  Erf: float64(erf),
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
 * portable(g.model()).graph.nodes.some((node) => node.op === "Sin") // true
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
    const wide = inInt64(node, find) ?? oneHot(node, find, initializers);
    if (wide !== undefined) return wide;
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

/** The node between casts to int64 and back; undefined where the runtime has it as it is. */
function inInt64(node: Node, find: Find): readonly Node[] | undefined {
  if (node.domain !== undefined || !Object.hasOwn(IN_INT64, node.op)) return undefined;
  const lacked = IN_INT64[node.op]!;
  const dtypes = node.inputs.map((name) => find(name)?.dtype);
  const narrow = dtypes.find((dtype) => dtype !== undefined && lacked.includes(dtype));
  if (narrow === undefined) return undefined;
  const cast = (from: string, to: string, dtype: Dtype): Node => ({
    op: "Cast",
    inputs: [from],
    outputs: [to],
    attributes: { to: { type: "int", value: elementType[dtype] } },
  });
  const inputs = node.inputs.map((name, i) => (dtypes[i] === narrow ? `${node.outputs[0]}/wide${i}` : name));
  const outputs = node.outputs.map((name) => (find(name)?.dtype === narrow ? `${name}/wide` : name));
  return [
    ...node.inputs.flatMap((name, i) => (inputs[i] === name ? [] : [cast(name, inputs[i]!, "int64")])),
    { ...node, inputs, outputs },
    ...node.outputs.flatMap((name, i) => (outputs[i] === name ? [] : [cast(outputs[i]!, name, narrow)])),
  ];
}

/** Dtypes that the runtime has `OneHot` for. */
const HOT: readonly (Dtype | undefined)[] = ["float32", "int64"];

/** Places 0 and 1 of the values in the place of a `OneHot` of them. */
function oneHot(node: Node, find: Find, initializers: { [name: string]: Tensor }): readonly Node[] | undefined {
  if (node.domain !== undefined || node.op !== "OneHot") return undefined;
  const [indices, depth, values] = node.inputs as [string, string, string];
  if (HOT.includes(find(values)?.dtype) || find(indices)?.dtype !== "int64") return undefined;
  const [output] = node.outputs as [string];
  const places = `${output}/places`;
  initializers[places] = tensor("int64", [2], [0, 1]);
  return [
    { ...node, inputs: [indices, depth, places], outputs: [`${output}/place`] },
    {
      op: "Gather",
      inputs: [values, `${output}/place`],
      outputs: [output],
      attributes: { axis: { type: "int", value: 0 } },
    },
  ];
}
