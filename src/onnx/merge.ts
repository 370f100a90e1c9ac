/**
 * Joins models: one put inside a graph that is being written, one behind another.
 *
 * Both stand on `attach`: the nodes of a model under prefixed names, fed with values of the builder. Normalisation
 * around a net, and the mean of an ensemble, are written with it.
 */
import { fail } from "../problem/problem.js";
import { type GraphBuilder, graphBuilder } from "./builder.js";
import type { Graph, Model, ValueInfo } from "./ir.js";
import { declared } from "./shape.js";
import { atWrittenOpset } from "./upgrade.js";
import type { Value } from "./value.js";

/**
 * Puts `model` into `g`, its names behind `prefix`, its inputs fed by name; gives its outputs by name. Weights that are
 * declared as inputs too, as older exporters do, need no feed. A model of another opset is brought to the one written here.
 *
 * Errors: L0811 an input that is not fed or is fed another dtype, L0803 and L0815 an opset or an op that cannot be
 * brought here, L0805 and L0808 an op that is not known or does not fit.
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
  const { graph } = atWrittenOpset(model);
  const fed = (name: string): Value | undefined => (Object.hasOwn(feeds, name) ? feeds[name] : undefined);
  const inputs = openInputs(graph, (name) => fed(name) !== undefined);
  const values = inputs.map((input) => {
    const value = fed(input.name) ?? fail("L0811", { input: input.name, reason: "nothing feeds it" });
    if (input.dtype !== undefined && value.dtype !== input.dtype)
      fail("L0811", { input: input.name, reason: `it is ${input.dtype}, and is fed ${value.dtype}` });
    return value;
  });
  const outputs = g.include({ ...graph, inputs }, values, prefix);
  return Object.fromEntries(graph.outputs.map((o, i) => [o.name, outputs[i]]));
}

/** The inputs of a graph that no initializer stands in for, and those that are wanted all the same. */
const openInputs = (graph: Graph, wanted: (name: string) => boolean): ValueInfo[] =>
  graph.inputs.filter(({ name }) => wanted(name) || !Object.hasOwn(graph.initializers, name));

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
      openInputs(model.graph, () => false)
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
