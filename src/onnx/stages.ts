/**
 * A graph cut into stages that follow each other: small arithmetic, which generated code is quickest at, and nets, which
 * a runtime with kernels for matrices is.
 *
 *     inputs ─► code ─► net ─► code ─► outputs
 *
 * A node is in the earliest stage of its kind that comes after all it reads. What lies between two layers of a net
 * belongs to the net.
 */
import type { Attribute, Graph, Model, Node, ValueInfo } from "./ir.js";
import { capturedNames, pruned } from "./names.js";
import { inferModel } from "./shape.js";
import { sizeOf } from "./tensor.js";

export interface Stage {
  readonly kind: "code" | "net";
  /** Its inputs are those of the whole and outputs of stages before it; each begins with the batch, as its outputs do. */
  readonly graph: Graph;
}

/** Layers of nets: what costs a product a weight. */
const LAYERS = new Set(["MatMul", "Gemm", "Einsum", "Conv", "ConvTranspose", "GRU", "LSTM", "RNN"]);
/** A net begins with a layer of as many weights; a smaller one that comes after it belongs to it, and is arithmetic elsewhere. */
const MANY = 256;

/**
 * The stages of a model, in order; at most one kind follows the other.
 *
 * @example
 * const g = graphBuilder("policy");
 * const x = g.input("x", "float32", ["N", 32]);
 * const w = g.initializer("w", tensor("float32", [32, 16], new Float32Array(512)));
 * g.output("y", mul(matmul(sin(x), w), 2));
 * stagesOf(g.model()).map(({ kind }) => kind) // ["code", "net", "code"]
 */
export function stagesOf(model: Model): readonly Stage[] {
  const { graph } = model;
  const net = inNets(graph);
  // what hangs on no input is computed wherever it is read
  const stageOf = new Map<string, number>(graph.inputs.map(({ name }) => [name, -1]));
  const of = new Map<Node, number>();
  for (const node of graph.nodes) {
    const read = readsOf(node).flatMap((name) => stageOf.get(name) ?? []);
    if (read.length === 0) continue;
    const kind = net.has(node) ? 1 : 0;
    const last = Math.max(0, ...read);
    const stage = last % 2 === kind ? last : last + 1;
    of.set(node, stage);
    for (const name of node.outputs) stageOf.set(name, stage);
  }
  const count = 1 + Math.max(0, ...of.values());
  const facts = inferModel(model);
  const info = (name: string): ValueInfo => {
    const { dtype, shape } = facts(name)!;
    return { name, dtype, shape };
  };
  const outside = new Set(graph.outputs.map(({ name }) => name));
  const needed = (stage: number): Set<string> =>
    new Set(graph.nodes.flatMap((node) => ((of.get(node) ?? -1) > stage ? readsOf(node) : [])));
  return Array.from({ length: count }, (_, stage): Stage => {
    const later = needed(stage);
    const said = [...stageOf].filter(([name, s]) => s === stage && (later.has(name) || outside.has(name)));
    // what comes from no node is passed on by the first
    const passed =
      stage > 0
        ? []
        : graph.outputs.flatMap(({ name }) => (stageOf.has(name) && stageOf.get(name)! >= 0 ? [] : [name]));
    const nodes = graph.nodes.filter((node) => (of.get(node) ?? stage) === stage);
    const own = new Set(nodes.flatMap(({ outputs }) => outputs));
    const read = new Set(nodes.flatMap(readsOf).concat(passed));
    const inputs = [...stageOf.keys()].filter((name) => read.has(name) && !own.has(name));
    const outputs = [...said.map(([name]) => name), ...passed];
    return {
      kind: stage % 2 === 0 ? "code" : "net",
      graph: pruned({ ...graph, inputs: inputs.map(info), outputs: outputs.map(info), nodes }),
    };
  }).filter(({ graph: { outputs } }) => outputs.length > 0);
}

const readsOf = (node: Node): string[] => [...node.inputs.filter((name) => name !== ""), ...capturedNames(node)];

/** Layers, and what lies between two of them. */
function inNets(graph: Graph): ReadonlySet<Node> {
  const weights = new Map(Object.entries(graph.initializers).map(([name, { dims }]) => [name, sizeOf(dims)]));
  const layers = new Set<Node>();
  const behind = new Set<Node>();
  const after = new Set<string>();
  for (const node of graph.nodes) {
    if (readsOf(node).some((name) => after.has(name))) behind.add(node);
    if (weightsOf(node, weights) >= (behind.has(node) ? 1 : MANY)) layers.add(node);
    if (layers.has(node) || behind.has(node)) for (const name of node.outputs) after.add(name);
  }
  const before = new Set<string>();
  const between = new Set(layers);
  for (const node of graph.nodes.toReversed()) {
    const leads = node.outputs.some((name) => before.has(name));
    if (leads && behind.has(node)) between.add(node);
    if (leads || layers.has(node)) for (const name of readsOf(node)) before.add(name);
  }
  return between;
}

/** The most weights that a layer in a node has; 0 for what is none. */
function weightsOf(node: Node, known: ReadonlyMap<string, number>): number {
  const bodies = Object.values(node.attributes).flatMap((a: Attribute) => (a.type === "graph" ? [a.value] : []));
  const inside = bodies.flatMap((body) => {
    const own = new Map(Object.entries(body.initializers).map(([name, { dims }]) => [name, sizeOf(dims)]));
    return body.nodes.map((inner) => weightsOf(inner, new Map([...known, ...own])));
  });
  if (node.op.startsWith("TreeEnsemble")) return MANY;
  const own = LAYERS.has(node.op) ? node.inputs.map((name) => known.get(name) ?? 0) : [];
  return Math.max(0, ...inside, ...own);
}
