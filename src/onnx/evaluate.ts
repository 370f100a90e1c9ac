/**
 * Reference evaluation: what a model means, computed op by op in TypeScript.
 *
 * It is there to hold ONNX Runtime, the JavaScript generator and the gradients to account, and to fold constants;
 * speed is not its aim.
 */
import { fail } from "../problem/problem.js";
import type { Graph, Model, Node, Tensor, Tensors } from "./ir.js";
import { nodeContext, titleOf } from "./ops/context.js";
import { ops, qualified } from "./ops/index.js";
import type { Op } from "./ops/op.js";

/** A tensor by name; never something that all objects have. */
export const own = (tensors: Tensors, name: string): Tensor | undefined =>
  Object.hasOwn(tensors, name) ? tensors[name] : undefined;

type Find = (name: string) => Tensor | undefined;

/** The op of a node, or L0805 with the nearest name. */
export function opOf(node: Node): Op {
  const op = ops.get(qualified(node.op, node.domain));
  return op ?? fail("L0805", { op: node.op, domain: node.domain, node: titleOf(node), known: [...ops.keys()] });
}

/** Evaluates one node. `find` gives values of the graphs around, for its bodies. */
export function evaluateNode(
  node: Node,
  inputs: readonly (Tensor | undefined)[],
  opset: number,
  find: Find = () => undefined,
): Tensor[] {
  const context = nodeContext(node, opset);
  const op = opOf(node);
  // what an attribute of another opset means must not be left out without a word
  for (const name of Object.keys(node.attributes))
    if (!Object.hasOwn(op.attributes, name)) context.refuse(`it has no attribute ${name}`);
  return op.evaluate({
    ...context,
    inputs,
    input: (i) => inputs[i] ?? context.refuse(`its input ${i + 1} is missing`),
    evaluateBody: (body, values) => evaluateGraph(body, values, opset, find),
  });
}

/** Evaluates a graph on the values of its inputs, in their order; gives its outputs in theirs. */
function evaluateGraph(graph: Graph, inputs: readonly Tensor[], opset: number, outer: Find): Tensor[] {
  const values = new Map<string, Tensor>(Object.entries(graph.initializers));
  graph.inputs.forEach((input, i) => {
    values.set(input.name, inputs[i]);
  });
  const find: Find = (name) => values.get(name) ?? outer(name);
  const get = (name: string, reader: string): Tensor => find(name) ?? fail("L0806", { name, reader });
  for (const node of graph.nodes) {
    const read = node.inputs.map((name) => (name === "" ? undefined : get(name, titleOf(node))));
    const results = evaluateNode(node, read, opset, find);
    node.outputs.forEach((name, i) => {
      if (name !== "") values.set(name, results[i]);
    });
  }
  return graph.outputs.map((o) => get(o.name, `output \`${o.name}\``));
}

/**
 * Evaluates a model: tensors by input name in, tensors by output name out.
 *
 * Errors: L0805 unknown op, L0806 dangling name, L0808 an op that refuses its inputs, L0811 missing or wrong feed.
 *
 * @example
 * evaluate(model, { x: tensor("float32", [1, 2], [0.5, -1]) }).y.data // Float32Array [1, -2]
 */
export function evaluate(model: Model, feeds: Tensors): { [name: string]: Tensor } {
  const { graph, opset } = model;
  const inputs = graph.inputs.map((input) => {
    const given = own(feeds, input.name) ?? own(graph.initializers, input.name);
    if (given === undefined) return fail("L0811", { input: input.name, reason: "it is missing" });
    if (input.dtype !== undefined && given.dtype !== input.dtype)
      return fail("L0811", { input: input.name, reason: `it must be ${input.dtype}, not ${given.dtype}` });
    return given;
  });
  const outputs = evaluateGraph(graph, inputs, opset, () => undefined);
  return Object.fromEntries(graph.outputs.map((o, i) => [o.name, outputs[i]]));
}
