/**
 * Passes over graphs that change no value: what is constant is computed, what is computed twice is computed once, what
 * only passes a value on is left out, and what no output needs is left out.
 *
 *   Add(2, 3) → 5        y = a·b, z = a·b → y = z = a·b        Identity(x) → x
 */
import { isStatic } from "./dims.js";
import { evaluateNode } from "./evaluate.js";
import type { Attribute, Graph, Node, Tensor } from "./ir.js";
import { OPSET } from "./ir.js";
import { capturedNames, pruned, renamedNode } from "./names.js";
import { ops } from "./ops/index.js";
import { inferNode } from "./shape.js";
import { sizeOf, toBytes } from "./tensor.js";

/** Constants of up to this many elements are computed beforehand; larger ones would only make a model larger. */
const MAX_FOLDED = 1024;

/** Ops that take no input and still say nothing else each time. */
const isPure = (node: Node): boolean =>
  !node.op.startsWith("Random") && node.op !== "Bernoulli" && node.op !== "Dropout";

interface Known {
  /** What a name is called instead. */
  readonly names: Map<string, string>;
  readonly constants: Map<string, Tensor>;
  /** Expressions that have a name. */
  readonly computed: Map<string, readonly string[]>;
}

/**
 * The same graph, of fewer ops: inputs and outputs keep their names, and all values their bits.
 *
 * Names must be unique in the whole graph, bodies included, as the builder makes them.
 *
 * @param opset that the graph is written in
 * @example
 * const g = graphBuilder("g");
 * const x = g.input("x", "float32", [2]);
 * g.output("y", add(mul(x, x), mul(x, x)));
 * optimised(g.graph()).nodes.map(({ op }) => op) // ["Mul", "Add", "Identity"]
 */
export const optimised = (graph: Graph, opset: number = OPSET): Graph =>
  pass(graph, opset, { names: new Map(), constants: new Map(), computed: new Map() });

function pass(graph: Graph, opset: number, outer: Known): Graph {
  const known: Known = {
    names: new Map(outer.names),
    constants: new Map(outer.constants),
    computed: new Map(outer.computed),
  };
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const initializers: { [name: string]: Tensor } = {};
  const nodes: Node[] = [];
  const to = (name: string): string => known.names.get(name) ?? name;
  const keep = (name: string, tensor: Tensor): void => {
    // an initializer that is an input too is a default value
    if (!inputs.has(name)) known.constants.set(name, tensor);
    initializers[name] = tensor;
  };
  const same = new Map<string, string>();
  const given = new Set(graph.outputs.map(({ name }) => name));
  for (const [name, tensor] of Object.entries(graph.initializers)) {
    const key = sizeOf(tensor.dims) <= MAX_FOLDED && !inputs.has(name) && !given.has(name) ? keyOf(tensor) : undefined;
    const before = key === undefined ? undefined : same.get(key);
    if (before !== undefined) known.names.set(name, before);
    else keep(name, tensor);
    if (key !== undefined && before === undefined) same.set(key, name);
  }

  for (const original of graph.nodes) {
    const renamed = renamedNode({ ...original, outputs: [] }, to);
    const node: Node = { ...renamed, outputs: original.outputs, attributes: bodies(renamed.attributes, opset, known) };
    const isOutput = node.outputs.some((name) => given.has(name));
    const [only] = node.outputs;
    if (node.op === "Identity" && node.domain === undefined && !isOutput) {
      known.names.set(only!, node.inputs[0]!);
      continue;
    }
    const values = node.inputs.map((name) => known.constants.get(name));
    const hasBody = Object.values(node.attributes).some((a) => a.type === "graph");
    if (
      !hasBody &&
      isPure(node) &&
      node.domain === undefined &&
      node.inputs.every((name, i) => name === "" || values[i] !== undefined)
    ) {
      const results = node.op === "Identity" ? undefined : folded(node, values, opset);
      if (results !== undefined) {
        node.outputs.forEach((name, i) => {
          if (name === "") return;
          // what goes out is the value of a node
          const own = given.has(name) ? `${name}/constant` : name;
          keep(own, results[i]!);
          if (own !== name) nodes.push({ op: "Identity", inputs: [own], outputs: [name], attributes: {} });
        });
        continue;
      }
    }
    if (!hasBody && isPure(node)) {
      const key = expressionOf(node);
      const before = known.computed.get(key);
      if (before !== undefined && !isOutput) {
        node.outputs.forEach((name, i) => {
          known.names.set(name, before[i]!);
        });
        continue;
      }
      if (before === undefined) known.computed.set(key, node.outputs);
    }
    nodes.push(node);
  }
  return pruned({ ...graph, initializers, nodes });
}

/** What a node computes, as text: its op, inputs and attributes. */
const expressionOf = ({ op, domain, inputs, outputs, attributes }: Node): string =>
  JSON.stringify([op, domain, inputs, outputs.map((name) => name === ""), attributes], (_, value) =>
    ArrayBuffer.isView(value)
      ? toBytes(value as Tensor["data"]).join()
      : typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
        ? `number ${Object.is(value, -0) ? "-0" : value}`
        : value,
  );

const keyOf = ({ dtype, dims, data }: Tensor): string => `${dtype}[${dims}]${toBytes(data).join()}`;

function bodies(attributes: Node["attributes"], opset: number, known: Known): { [name: string]: Attribute } {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, a]) => [
      name,
      a.type === "graph" ? { type: "graph" as const, value: pass(a.value, opset, known) } : a,
    ]),
  );
}

/** What a node of constants gives, unless that is large, or an op that is not known. */
function folded(node: Node, inputs: readonly (Tensor | undefined)[], opset: number): Tensor[] | undefined {
  if (inputs.some((t) => t !== undefined && sizeOf(t.dims) > MAX_FOLDED * 16)) return undefined;
  const op = ops.get(node.op);
  if (op === undefined || op.laborious) return undefined;
  const known = inputs.map((t) => t && { dtype: t.dtype, shape: t.dims, constant: t });
  const inferred = inferNode(node, known, opset, () => undefined);
  if (inferred.some(({ shape }) => isStatic(shape) && sizeOf(shape) > MAX_FOLDED)) return undefined;
  const results = evaluateNode(node, inputs, opset);
  return results.every(({ dims }) => sizeOf(dims) <= MAX_FOLDED) ? results : undefined;
}

/** Names that a graph reads of its inputs, bodies included. */
export function readNames(graph: Graph): ReadonlySet<string> {
  return new Set(graph.nodes.flatMap((node) => [...node.inputs, ...capturedNames(node)]));
}
