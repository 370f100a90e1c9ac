/** Inference: dtype and shape of every value of a graph, symbolic sizes and folded constants included. */
import { fail } from "../problem/problem.js";
import { isStatic } from "./dims.js";
import { evaluateNode, opOf } from "./evaluate.js";
import type { Graph, Model, Node, Tensor, ValueInfo } from "./ir.js";
import { nodeContext, titleOf } from "./ops/context.js";
import { sizeOf, tensor } from "./tensor.js";
import type { Info } from "./value.js";

/** Constants of up to this many elements are folded: shapes, axes, small tables; not weights. */
const MAX_FOLDED = 1024;

type Find = (name: string) => Info | undefined;

/** What is known of a tensor that is part of the model. */
export const infoOf = (t: Tensor): Info => ({
  dtype: t.dtype,
  shape: t.dims,
  ...(sizeOf(t.dims) <= MAX_FOLDED && { constant: t }),
});

/**
 * What a node's outputs are, given what its inputs are. `find` knows the values around, for its bodies.
 *
 * Errors: L0805 unknown op, L0808 with the reason.
 */
export function inferNode(node: Node, inputs: readonly (Info | undefined)[], opset: number, find: Find): Info[] {
  const op = opOf(node);
  const context = nodeContext(node, opset);
  const { refuse } = context;
  const between = ([low, high]: readonly [number, number], n: number, what: string) => {
    if (n < low || n > high) refuse(`it has ${n} ${what}, and takes ${low === high ? low : `${low} to ${high}`}`);
  };
  if (op.since !== undefined && op.domain === undefined && opset < op.since)
    refuse(`it is an op of opset ${op.since}, and this is opset ${opset}`);
  between(op.inputs, inputs.length, "inputs");
  between(op.outputs, node.outputs.length, "outputs");
  for (const [name, { type }] of Object.entries(node.attributes)) {
    const wanted = Object.hasOwn(op.attributes, name) ? op.attributes[name] : refuse(`it has no attribute ${name}`);
    if (type !== wanted) refuse(`its attribute ${name} is of type ${type}, not ${wanted}`);
  }
  const inferred = op.infer({
    ...context,
    inputs,
    input: (i) => inputs[i] ?? refuse(`its input ${i + 1} is missing`),
    inferBody: (body, given) => {
      const values = inferGraph(body, given, opset, find);
      return body.outputs.map((o) => values(o.name) ?? fail("L0806", { name: o.name, reader: `output \`${o.name}\`` }));
    },
  });
  const constants = inputs.map((i) => i?.constant);
  const settled = inferred.map(asConstant);
  const foldable =
    !op.laborious &&
    inputs.every((input, i) => input === undefined || constants[i] !== undefined) &&
    inferred.every(
      ({ shape }) => shape.every((d) => typeof d === "number") && sizeOf(shape as number[]) <= MAX_FOLDED,
    ) &&
    !Object.values(node.attributes).some((a) => a.type === "graph");
  return foldable ? evaluateNode(node, constants, opset).map(infoOf) : settled;
}

/** Integers all of which are known are a constant. */
function asConstant(known: Info): Info {
  const { dtype, shape, sizes } = known;
  if (sizes === undefined || known.constant !== undefined || dtype === "bool" || !isStatic(sizes) || !isStatic(shape))
    return known;
  return { ...known, constant: tensor(dtype, shape, sizes) };
}

/** What an input of a graph is declared to be; L0808 when its dtype or shape is left open. */
export function declared(input: ValueInfo): Info {
  if (input.dtype === undefined || input.shape === undefined)
    return fail("L0808", { node: `input \`${input.name}\``, reason: "its dtype or its shape is not declared" });
  return { dtype: input.dtype, shape: input.shape };
}

/** Infers a graph, given what its inputs are; returns the look-up of its values and those around it. */
export function inferGraph(graph: Graph, inputs: readonly Info[], opset: number, outer: Find): Find {
  const values = new Map<string, Info>();
  for (const [name, t] of Object.entries(graph.initializers)) values.set(name, infoOf(t));
  graph.inputs.forEach((input, i) => {
    values.set(input.name, inputs[i]);
  });
  const find: Find = (name) => values.get(name) ?? outer(name);
  for (const node of graph.nodes) {
    const read = node.inputs.map((name) =>
      name === "" ? undefined : (find(name) ?? fail("L0806", { name, reader: titleOf(node) })),
    );
    const results = inferNode(node, read, opset, find);
    node.outputs.forEach((name, i) => {
      if (name !== "") values.set(name, results[i]);
    });
  }
  return find;
}

/**
 * Dtype and shape of the values of a model, by name.
 *
 * @example
 * inferModel(model)("y") // { dtype: "float32", shape: ["N", 2] }
 */
export const inferModel = (model: Model): Find =>
  inferGraph(model.graph, model.graph.inputs.map(declared), model.opset, () => undefined);
