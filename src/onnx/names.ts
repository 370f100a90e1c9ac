/** Names inside graphs: which ones a graph reads from outside, and renaming. */
import type { Attribute, Graph, Node } from "./ir.js";

/** The graphs in a node's attributes. */
export const bodiesOf = (node: Node): Graph[] =>
  Object.values(node.attributes).flatMap((a) => (a.type === "graph" ? [a.value] : []));

/** Names that a node's bodies read from the graphs around them. */
export const capturedNames = (node: Node): string[] => [...new Set(bodiesOf(node).flatMap((body) => freeNames(body)))];

/** Operator sets beside ONNX's own that a graph uses, in its bodies too. */
export const domainsOf = (graph: Graph): Set<string> =>
  new Set(
    graph.nodes.flatMap((node) => [
      ...(node.domain === undefined ? [] : [node.domain]),
      ...bodiesOf(node).flatMap((body) => [...domainsOf(body)]),
    ]),
  );

/** Names that a graph reads and does not define. */
export function freeNames(graph: Graph): string[] {
  const own = new Set([...graph.inputs.map((i) => i.name), ...Object.keys(graph.initializers)]);
  const free = new Set<string>();
  for (const node of graph.nodes) {
    for (const name of [...node.inputs, ...capturedNames(node)]) if (name !== "" && !own.has(name)) free.add(name);
    for (const name of node.outputs) own.add(name);
  }
  for (const { name } of graph.outputs) if (!own.has(name)) free.add(name);
  return [...free];
}

/** The same graph with every name, in bodies too, passed through `to`. */
export function renamed(graph: Graph, to: (name: string) => string): Graph {
  return {
    name: graph.name,
    inputs: graph.inputs.map((i) => ({ ...i, name: to(i.name) })),
    outputs: graph.outputs.map((o) => ({ ...o, name: to(o.name) })),
    initializers: Object.fromEntries(Object.entries(graph.initializers).map(([name, t]) => [to(name), t])),
    nodes: graph.nodes.map((node) => renamedNode(node, to)),
  };
}

/** The same node with its inputs, outputs and the names in its bodies passed through `to`. */
export function renamedNode(node: Node, to: (name: string) => string): Node {
  const attribute = (a: Attribute): Attribute =>
    a.type === "graph" ? { type: "graph", value: renamed(a.value, to) } : a;
  const named = (name: string): string => (name === "" ? "" : to(name));
  return {
    ...node,
    ...(node.name === undefined ? {} : { name: to(node.name) }),
    inputs: node.inputs.map(named),
    outputs: node.outputs.map(named),
    attributes: Object.fromEntries(Object.entries(node.attributes).map(([key, a]) => [key, attribute(a)])),
  };
}

/** The nodes and initializers that the outputs need, and no others. */
export function pruned(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((o) => o.name));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.push(node);
    for (const name of [...node.inputs, ...capturedNames(node)]) needed.add(name);
  }
  return {
    ...graph,
    nodes: nodes.reverse(),
    initializers: Object.fromEntries(Object.entries(graph.initializers).filter(([name]) => needed.has(name))),
  };
}

/** Names that the nodes of a graph and of its bodies define, those of nodes included. */
export const definedNames = (graph: Graph): string[] =>
  graph.nodes.flatMap((node) => [
    ...node.outputs,
    ...(node.name === undefined ? [] : [node.name]),
    ...bodiesOf(node).flatMap((body) => [
      ...body.inputs.map((i) => i.name),
      ...Object.keys(body.initializers),
      ...definedNames(body),
    ]),
  ]);

/** Every name that a graph or a body in it uses for a value. */
export const namesOf = (graph: Graph): Set<string> =>
  new Set([
    ...graph.inputs.map((i) => i.name),
    ...Object.keys(graph.initializers),
    ...graph.nodes.flatMap((node) => [
      ...node.inputs,
      ...node.outputs,
      ...bodiesOf(node).flatMap((body) => [...namesOf(body)]),
    ]),
  ]);
