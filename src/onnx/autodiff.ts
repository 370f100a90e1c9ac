/**
 * Reverse-mode differentiation: graph in, the same graph with gradients added.
 *
 * Walks the ops of a scope backwards and adds, for each, the ops that its gradient is made of; gradients that meet at
 * a value are summed (Griewank & Walther, Evaluating Derivatives, 2008, chapter 3). Only what depends on the wanted
 * values and reaches the outputs is differentiated.
 */
import { fail } from "../problem/problem.js";
import { graphBuilder } from "./builder.js";
import { opOf, own } from "./evaluate.js";
import { add } from "./functions.js";
import { type Model, OPSET } from "./ir.js";
import { nodeContext, titleOf } from "./ops/context.js";
import { declared } from "./shape.js";
import { isFloat, scalar } from "./tensor.js";
import { expandLike } from "./unbroadcast.js";
import { atWrittenOpset } from "./upgrade.js";
import type { Applied, Scope, Value } from "./value.js";

/**
 * Gradients by `by` of Σ seed·output over the ops of `scope`; undefined where nothing depends.
 *
 * Errors: L0813 when an op on the way has no gradient.
 *
 * @example
 * const g = graphBuilder("g");
 * const w = g.input("w", "float32", [2]);
 * const [dw] = vectorJacobian(g, [square(w)], [g.input("seed", "float32", [2])], [w]);
 * g.output("dw", dw!);
 * const feeds = { w: tensor("float32", [2], [1, -3]), seed: tensor("float32", [2], [1, 10]) };
 * evaluate(g.model(), feeds).dw.data // Float32Array [2, -60]
 */
export function vectorJacobian(
  scope: Scope,
  outputs: readonly Value[],
  seeds: readonly (Value | undefined)[],
  by: readonly Value[],
): (Value | undefined)[] {
  const tape = [...scope.applied];
  const depends = new Set(by.map((v) => v.name));
  const reads = (a: Applied): Value[] => [...a.inputs.filter((v) => v !== undefined), ...a.captured];
  for (const a of tape) if (reads(a).some((v) => depends.has(v.name))) for (const o of a.outputs) depends.add(o.name);

  const gradients = new Map<string, Value>();
  const contribute = (value: Value, gradient: Value): void => {
    const sum = gradients.get(value.name);
    gradients.set(value.name, sum === undefined ? gradient : add(sum, gradient));
  };
  outputs.forEach((output, i) => {
    const seed = seeds[i];
    if (seed !== undefined && isFloat(output.dtype) && depends.has(output.name)) contribute(output, seed);
  });

  for (const a of tape.reverse()) {
    const given = a.outputs.map((o) => gradients.get(o.name));
    const wants = (v: Value | undefined): boolean => v !== undefined && isFloat(v.dtype) && depends.has(v.name);
    if (!given.some((g) => g !== undefined) || !reads(a).some(wants)) continue;
    const op = opOf(a.node);
    if (op.gradient === undefined) fail("L0813", { op: titleOf(a.node), reason: "the op has no gradient" });
    const context = nodeContext(a.node, OPSET);
    const results = op.gradient({
      ...context,
      inputs: a.inputs,
      input: (i) => a.inputs[i] ?? context.refuse(`its input ${i + 1} is missing`),
      outputs: a.outputs,
      gradients: given,
      gradient: given[0]!,
      wants: (i) => wants(a.inputs[i]),
      captured: a.captured.filter(wants),
      contribute,
      differentiate: vectorJacobian,
    });
    a.inputs.forEach((input, i) => {
      const gradient = results[i];
      if (input !== undefined && gradient !== undefined && wants(input)) contribute(input, gradient);
    });
  }
  return by.map((v) => gradients.get(v.name));
}

/**
 * Gradients of a scalar by values of the same scope; zeros where it does not depend on them.
 *
 * @example
 * const g = graphBuilder("slope");
 * const w = g.input("w", "float32", [2]);
 * const [dw] = gradient(reduceSum(square(w)), [w]);
 * g.output("dw", dw);
 * evaluate(g.model(), { w: tensor("float32", [2], [1, -3]) }).dw.data // Float32Array [2, -6]
 */
export function gradient(loss: Value, by: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) fail("L0813", { op: loss.name, reason: "only a scalar can be differentiated" });
  const { scope } = loss;
  const one = scope.constant(scalar(loss.dtype, 1));
  return vectorJacobian(scope, [loss], [one], by).map(
    (g, i) => g ?? expandLike(scope.constant(scalar(by[i].dtype, 0)), by[i]),
  );
}

/**
 * A model with one more output for each name in `by`: the gradient of output `loss`, a scalar, by that input or
 * initializer, named `gradient.<name>`.
 *
 * Errors: L0806 when a name is not in the model, L0813 when an op has no gradient.
 *
 * @example
 * const g = graphBuilder("energy");
 * g.output("loss", reduceSum(square(g.input("w", "float32", [2]))));
 * const both = differentiate(g.model(), "loss", ["w"]);
 * evaluate(both, { w: tensor("float32", [2], [1, -3]) })["gradient.w"].data // Float32Array [2, -6]
 */
export function differentiate(foreign: Model, loss: string, by: readonly string[]): Model {
  const model = atWrittenOpset(foreign);
  const g = graphBuilder(model.graph.name);
  const inputs = model.graph.inputs.map((i) => {
    const { dtype, shape } = declared(i);
    return g.input(i.name, dtype, shape);
  });
  const given = new Map(inputs.map((v) => [v.name, v]));
  for (const name of by)
    if (!given.has(name)) {
      const t = own(model.graph.initializers, name) ?? fail("L0806", { name, reader: "differentiate" });
      given.set(name, g.initializer(name, t));
    }
  const names = [...given.keys()];
  const graph = { ...model.graph, inputs: names.map((name) => ({ name })) };
  const outputs = g.include(graph, [...given.values()], "forward/");
  outputs.forEach((v, i) => {
    g.output(model.graph.outputs[i].name, v);
  });
  const at = model.graph.outputs.findIndex((o) => o.name === loss);
  if (at < 0) fail("L0806", { name: loss, reader: "differentiate" });
  gradient(
    outputs[at],
    by.map((name) => given.get(name)!),
  ).forEach((v, i) => {
    g.output(`gradient.${by[i]}`, v);
  });
  return g.model(model.metadata);
}
