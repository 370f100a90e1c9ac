/**
 * Joins models: one put inside a graph that is being written, one behind another.
 *
 * Both stand on `attach`: the nodes of a model under prefixed names, fed with values of the builder. Normalisation
 * around a net, and the mean of an ensemble, are written with it.
 */
import { fail } from "../problem/problem.js";
import { type GraphBuilder, graphBuilder } from "./builder.js";
import { type Model, OPSET } from "./ir.js";
import { declared } from "./shape.js";
import type { Value } from "./value.js";

/**
 * Puts `model` into `g`, its names behind `prefix`, its inputs fed by name; gives its outputs by name.
 *
 * Errors: L0811 an input that is not fed, L0815 a model of another opset, L0808 a feed that does not fit.
 *
 * @example
 * const g = graphBuilder("twice");
 * const { y } = attach(g, model, { x: g.input("x", "float32", ["N", 2]) }, "first/");
 * g.output("z", attach(g, model, { x: y }, "second/").y);
 * evaluate(g.model(), { x: tensor("float32", [1, 2], [1, 2]) }).z.data // Float32Array [4, 8]
 */
export function attach(
  g: GraphBuilder,
  model: Model,
  feeds: { readonly [input: string]: Value },
  prefix: string,
): { [output: string]: Value } {
  if (model.opset !== OPSET)
    fail("L0815", { model: `model \`${model.graph.name}\``, reason: `it is of opset ${model.opset}, not ${OPSET}` });
  const inputs = model.graph.inputs.map((input) => {
    const fed =
      (Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined) ??
      fail("L0811", { input: input.name, reason: "nothing feeds it" });
    if (input.dtype !== undefined && fed.dtype !== input.dtype)
      fail("L0811", { input: input.name, reason: `it is ${input.dtype}, and is fed ${fed.dtype}` });
    return fed;
  });
  const outputs = g.include(model.graph, inputs, prefix);
  return Object.fromEntries(model.graph.outputs.map((o, i) => [o.name, outputs[i]]));
}

/**
 * One model behind another: `joins` says which output of `first` feeds which input of `second`. Inputs of `second`
 * that nothing feeds become inputs of the whole; its outputs are those of `second`.
 *
 * Errors: L0806 a join from an output that is not there, L0807 an input name that both have.
 *
 * @example
 * const twice = chain(model, model, { x: "y" });
 * evaluate(twice, { x: tensor("float32", [1, 2], [1, 2]) }).y.data // Float32Array [4, 8]
 */
export function chain(first: Model, second: Model, joins: { readonly [input: string]: string }): Model {
  const g = graphBuilder(second.graph.name);
  const declare = (model: Model, skip: (name: string) => boolean): { [name: string]: Value } =>
    Object.fromEntries(
      model.graph.inputs
        .filter((i) => !skip(i.name))
        .map((i) => {
          const { dtype, shape } = declared(i);
          return [i.name, g.input(i.name, dtype, shape)];
        }),
    );
  const given = attach(
    g,
    first,
    declare(first, () => false),
    "first/",
  );
  const own = declare(second, (name) => Object.hasOwn(joins, name));
  const joined = Object.entries(joins).map(([input, output]) => [
    input,
    (Object.hasOwn(given, output) ? given[output] : undefined) ??
      fail("L0806", { name: output, reader: `input \`${input}\`` }),
  ]);
  const outputs = attach(g, second, { ...own, ...Object.fromEntries(joined) }, "second/");
  for (const [name, value] of Object.entries(outputs)) g.output(name, value);
  return g.model({ ...first.metadata, ...second.metadata });
}
