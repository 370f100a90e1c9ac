/**
 * Writes graphs: inputs and constants here, operators from `functions.ts`, inference at every step.
 *
 * Names are made by counting and are unique in the whole model, bodies included, so that the same calls give the same
 * bytes and no body hides a name.
 */
import { fail } from "../problem/problem.js";
import { opOf } from "./evaluate.js";
import type { Attribute, AttributeType, Dtype, Graph, Model, Node, Shape, Tensor, ValueInfo } from "./ir.js";
import { DOMAINS, OPSET } from "./ir.js";
import { capturedNames, definedNames, domainsOf, pruned, renamedNode } from "./names.js";
import { ops } from "./ops/index.js";
import { inferNode, infoOf } from "./shape.js";
import { spelt } from "./spelt.js";
import { sizeOf, toBytes } from "./tensor.js";
import { type Applied, type Attributes, type Body, type Info, type Scope, symbolic, type Value } from "./value.js";

/** Constants of up to this many elements are kept once. */
const MAX_SHARED = 16;

export interface GraphBuilder extends Scope {
  /** Declares an input. Errors: L0807 when the name is taken. */
  input(name: string, dtype: Dtype, shape: Shape): Value;
  /** A named constant: weights, statistics. Errors: L0807 when the name is taken. */
  initializer(name: string, tensor: Tensor): Value;
  /** Declares an output that gives `value`. Errors: L0807 when the name is taken. */
  output(name: string, value: Value): void;
  /** Puts another graph's nodes here under prefixed names; `inputs` are its inputs, in order. Gives its outputs. */
  include(graph: Graph, inputs: readonly Value[], prefix: string): Value[];
  /** The graph so far, without what no output needs. */
  graph(): Graph;
  model(metadata?: { readonly [key: string]: string }): Model;
}

/** What all scopes of one model share. */
interface Shared {
  readonly taken: Set<string>;
  readonly values: Map<string, Value>;
  count: number;
}

interface Inner extends Body, GraphBuilder {
  graph(outputs?: readonly Value[]): Graph;
}

/**
 * A new graph, written at opset 18.
 *
 * @example
 * const g = graphBuilder("double");
 * g.output("y", mul(g.input("x", "float32", ["N", 2]), 2));
 * g.model().graph.nodes.map(({ op }) => op) // ["Mul", "Identity"]
 */
export const graphBuilder = (name: string): GraphBuilder =>
  scope(name, 0, { taken: new Set(), values: new Map(), count: 0 });

function scope(graphName: string, depth: number, shared: Shared): Inner {
  const applied: Applied[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const initializers: { [name: string]: Tensor } = {};
  const constants = new Map<string, Value>();

  const claim = (name: string): string => {
    if (name === "" || shared.taken.has(name)) fail("L0807", { name });
    shared.taken.add(name);
    return name;
  };
  const fresh = (stem: string): string => {
    let name: string;
    do name = `${stem}_${++shared.count}`;
    while (shared.taken.has(name));
    return name;
  };
  const value = (name: string, known: Info): Value => {
    const made: Value = symbolic({ ...known, name: claim(name), scope: self });
    shared.values.set(name, made);
    return made;
  };
  const apply = (node: Node, read: readonly (Value | undefined)[]): Value[] => {
    const inferred = inferNode(node, read, OPSET, (name) => shared.values.get(name));
    // an output that is left out has no name
    const given = node.outputs.map((name, i) =>
      name === "" ? { ...inferred[i], name: fresh("unused"), scope: self } : value(name, inferred[i]),
    );
    const captured = capturedNames(node).map(
      (name) => shared.values.get(name) ?? fail("L0806", { name, reader: node.op }),
    );
    applied.push({ node, inputs: read, outputs: given, captured });
    return given;
  };

  const self: Inner = {
    depth,
    applied,
    input(name, dtype, shape) {
      const made = value(name, { dtype, shape });
      inputs.push({ name, dtype, shape });
      return made;
    },
    initializer(name, tensor) {
      const made = value(name, infoOf(tensor));
      initializers[name] = tensor;
      return made;
    },
    output(name, from) {
      const node: Node = { op: "Identity", inputs: [from.name], outputs: [name], attributes: {} };
      apply(node, [from]);
      outputs.push({ name, dtype: from.dtype, shape: from.shape });
    },
    constant(tensor) {
      if (sizeOf(tensor.dims) > MAX_SHARED) return self.initializer(fresh("constant"), tensor);
      const key = `${tensor.dtype}[${tensor.dims}]${toBytes(tensor.data).join()}`;
      const known = constants.get(key) ?? self.initializer(fresh("constant"), tensor);
      constants.set(key, known);
      return known;
    },
    emit(op, read, given = {}, count = 1) {
      const { name, domain } = ops.get(op) ?? { name: op };
      const node: Node = {
        op: name,
        ...(domain !== undefined && { domain }),
        inputs: read.map((v) => v?.name ?? ""),
        outputs: Array.from({ length: count }, () => fresh(name.toLowerCase())),
        attributes: {},
      };
      return apply({ ...node, attributes: typed(node, given) }, read);
    },
    parameter: (stem, dtype, shape) => self.input(fresh(stem), dtype, shape),
    body: (name) => scope(name, depth + 1, shared),
    inline: (graph, given) => self.include(graph, given, `${fresh("inline")}/`),
    include(graph, given, prefix) {
      const names = new Map<string, Value>();
      graph.inputs.forEach((input, i) => {
        names.set(input.name, given[i]);
      });
      const inner = new Set([...Object.keys(graph.initializers), ...definedNames(graph)]);
      const to = (name: string): string => names.get(name)?.name ?? (inner.has(name) ? `${prefix}${name}` : name);
      const at = (name: string): Value => shared.values.get(to(name)) ?? fail("L0806", { name, reader: graph.name });
      for (const [name, tensor] of Object.entries(graph.initializers))
        if (!names.has(name)) self.initializer(to(name), tensor);
      for (const node of graph.nodes)
        apply(
          renamedNode(node, to),
          node.inputs.map((name) => (name === "" ? undefined : at(name))),
        );
      return graph.outputs.map((o) => at(o.name));
    },
    graph(results) {
      for (const result of results ?? []) {
        // a body's output must be a value of its own, given once
        const own =
          result.scope === self &&
          !inputs.some((i) => i.name === result.name) &&
          !outputs.some((o) => o.name === result.name);
        const last =
          own && !Object.hasOwn(initializers, result.name)
            ? result
            : apply({ op: "Identity", inputs: [result.name], outputs: [fresh("identity")], attributes: {} }, [
                result,
              ])[0];
        outputs.push({ name: last.name, dtype: last.dtype, shape: last.shape });
      }
      return pruned({
        name: graphName,
        inputs,
        outputs,
        initializers: { ...initializers },
        nodes: applied.map((a) => a.node),
      });
    },
    model(metadata = {}) {
      const graph = self.graph();
      const domains = Object.fromEntries([...domainsOf(graph)].sort().map((domain) => [domain, DOMAINS[domain]]));
      return { graph, opset: OPSET, domains, producer: "limbeck", metadata };
    },
  };
  return self;
}

const isWhole = (x: unknown): boolean => Number.isSafeInteger(x);
const isNumber = (x: unknown): boolean => typeof x === "number";
const listOf = (is: (x: unknown) => boolean) => (value: unknown) =>
  (Array.isArray(value) || ArrayBuffer.isView(value)) && Array.from(value as ArrayLike<unknown>).every(is);

/** What an author may write for an attribute of a type. */
const FORMS: { readonly [type in AttributeType]?: { readonly name: string; fits(value: unknown): boolean } } = {
  int: { name: "a whole number", fits: isWhole },
  ints: { name: "a list of whole numbers", fits: listOf(isWhole) },
  float: { name: "a number", fits: isNumber },
  floats: { name: "a list of numbers", fits: listOf(isNumber) },
  string: { name: "a text", fits: (x) => typeof x === "string" },
};

/** Attributes in ONNX's form, of the types in the op's table. */
function typed(node: Node, given: Attributes): { [name: string]: Attribute } {
  const { attributes } = opOf(node);
  const out: { [name: string]: Attribute } = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const type: AttributeType | undefined = attributes[name];
    if (type === undefined) fail("L0808", { node: node.op, reason: `it has no attribute ${name}` });
    const form = FORMS[type];
    if (form !== undefined && !form.fits(value))
      fail("L0808", { node: node.op, reason: `its attribute ${name} is ${form.name}, not ${spelt(value)}` });
    // a file keeps floats in 32 bits; a model that was never a file must mean the same
    const kept =
      type === "float"
        ? Math.fround(value as number)
        : type === "floats"
          ? Array.from(value as readonly number[], Math.fround)
          : value;
    out[name] = { type, value: kept } as Attribute;
  }
  return out;
}
