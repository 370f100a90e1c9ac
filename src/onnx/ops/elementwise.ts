/** What the ops that work element by element share: broadcasting, dtype rules, and the loop. */
import { broadcast, broadcastOffsets, showShape } from "../dims.js";
import type { Dtype, Tensor } from "../ir.js";
import { allocate, isFloat, readable, sizeOf, writer } from "../tensor.js";
import type { Value } from "../value.js";
import type { EvaluateContext, GradientContext, InferContext, Op } from "./op.js";
import { info } from "./op.js";

type Kind = "float" | "number" | "bool" | "any";

const accepts = (kind: Kind, dtype: Dtype): boolean =>
  kind === "any" || (kind === "float" ? isFloat(dtype) : kind === "bool" ? dtype === "bool" : dtype !== "bool");

/** All inputs present, of one dtype that the op takes. */
export function sameDtype(c: InferContext, kind: Kind): Dtype {
  const { dtype } = c.input(0);
  c.inputs.forEach((input, i) => {
    if (input !== undefined && input.dtype !== dtype)
      c.refuse(`its inputs must be of one dtype: input 1 is ${dtype}, input ${i + 1} is ${input.dtype}`);
  });
  if (!accepts(kind, dtype)) c.refuse(`it takes ${kind} values, not ${dtype}`);
  return dtype;
}

/** The common shape of all inputs. */
export function commonShape(c: InferContext) {
  const shapes = c.inputs.filter((i) => i !== undefined).map((i) => i.shape);
  return broadcast(...shapes) ?? c.refuse(`shapes ${shapes.map(showShape).join(" and ")} do not broadcast`);
}

/** Applies `f` to the elements of the inputs, broadcast to their common shape. */
export function zip(inputs: readonly Tensor[], dtype: Dtype, f: (...x: number[]) => number): Tensor {
  const dims = broadcast(...inputs.map((t) => t.dims)) as number[];
  const size = sizeOf(dims);
  const data = allocate(dtype, size);
  const write = writer(dtype, data);
  const from = inputs.map(readable);
  const at = inputs.map((t) => broadcastOffsets(t.dims, dims));
  const [a, b] = from;
  const [ia, ib] = at;
  if (inputs.length === 1) for (let i = 0; i < size; i++) write(i, f(a[i]));
  else if (inputs.length === 2) for (let i = 0; i < size; i++) write(i, f(a[ia[i]], b[ib[i]]));
  else for (let i = 0; i < size; i++) write(i, f(...from.map((x, k) => x[at[k][i]])));
  return { dtype, dims, data };
}

/** The inputs of an evaluation, none of which may be left out. */
export const all = (c: EvaluateContext): Tensor[] => c.inputs.map((_, i) => c.input(i));

/** An op of one input; its gradient is given the input, the output, and the gradient by the output. */
export const unary = (
  name: string,
  kind: Kind,
  f: (x: number) => number,
  gradient?: (x: Value, y: Value, g: Value) => Value,
): Op => ({
  name,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  infer: (c) => [info(sameDtype(c, kind), c.input(0).shape)],
  evaluate: (c) => [zip([c.input(0)], c.input(0).dtype, f)],
  ...(gradient && { gradient: (c) => [gradient(c.input(0), c.outputs[0], c.gradient)] }),
});

/** An op of two broadcast inputs. */
export const binary = (
  name: string,
  kind: Kind,
  f: (a: number, b: number) => number,
  options: { result?: Dtype; gradient?: (c: GradientContext) => (Value | undefined)[] } = {},
): Op => ({
  name,
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const dtype = sameDtype(c, kind);
    return [info(options.result ?? dtype, commonShape(c))];
  },
  evaluate: (c) => [zip(all(c), options.result ?? c.input(0).dtype, f)],
  ...(options.gradient && { gradient: options.gradient }),
});
