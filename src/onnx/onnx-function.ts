/** An ONNX file as a function of values: what was trained elsewhere is a part of a graph that is written here. */
import { fail } from "../problem/problem.js";
import { assertModel } from "./check.js";
import { decode } from "./codec/index.js";
import { scopeOf } from "./functions/base.js";
import { atWrittenOpset } from "./upgrade.js";
import type { Value } from "./value.js";

type Values = { readonly [name: string]: Value };

/**
 * Reads a model, of opset 11 to 21, and gives the function of its inputs, by name, to its outputs, by name. Its state, if it
 * has one, is an input and an output of it: a tensor step keeps it.
 *
 * Errors: those of reading a file; of a call, L0811 an input that is not given or has another dtype, L0808 shapes that do not fit.
 *
 * @example
 * const g = graphBuilder("leak");
 * const next = add(mul(g.input("h", "float32", ["N", 1]), 0.5), g.input("x", "float32", ["N", 1]));
 * g.output("h_next", next);
 * const leak = onnxFunction(encode(g.model()));
 * const own = graphBuilder("two rows");
 * const { h_next } = leak({ x: own.input("x", "float32", [2, 1]), h: own.input("h", "float32", [2, 1]) });
 * h_next.shape // [2, 1]
 */
export function onnxFunction(file: Uint8Array): (inputs: Values) => Values {
  const { graph } = atWrittenOpset(assertModel(decode(file)));
  // a file may declare its weights as inputs too
  const inputs = graph.inputs.filter(({ name }) => !Object.hasOwn(graph.initializers, name));
  return (given) => {
    const values = inputs.map(({ name, dtype }) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined) return fail("L0811", { input: name, reason: "nothing feeds it" });
      if (dtype !== undefined && value.dtype !== dtype)
        fail("L0811", { input: name, reason: `it is ${dtype}, and is fed ${value.dtype}` });
      return value;
    });
    const outputs = scopeOf(values).inline({ ...graph, inputs }, values);
    return Object.fromEntries(graph.outputs.map(({ name }, i) => [name, outputs[i]!]));
  };
}
