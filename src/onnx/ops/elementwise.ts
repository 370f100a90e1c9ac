/** What the ops that work element by element share: broadcasting, dtype rules, and the loop. */
import { broadcast, broadcastOffsets, showShape } from "../dims.js";
import type { Dtype, Tensor } from "../ir.js";
import type { Exact } from "../javascript/elements.js";
import type { Scalar } from "../javascript/text.js";
import { allocate, isBig, isFloat, isHalf, readable, sizeOf, writer } from "../tensor.js";
import type { Value } from "../value.js";
import type {
  Elementwise,
  ElementwiseContext,
  EvaluateContext,
  GradientContext,
  InferContext,
  NodeContext,
  Op,
} from "./op.js";
import { info } from "./op.js";

type Kind = "float" | "number" | "bool" | "any";

const accepts = (kind: Kind, dtype: Dtype): boolean =>
  kind === "any" ||
  (kind === "float" ? isFloat(dtype) || isHalf(dtype) : kind === "bool" ? dtype === "bool" : dtype !== "bool");

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

export type { Exact } from "../javascript/elements.js";

/** The common shape of all tensors: what inference left open may turn out not to fit. */
export function commonDims(c: EvaluateContext): number[] {
  const all = c.inputs.filter((t) => t !== undefined).map((t) => t.dims);
  return (broadcast(...all) ?? c.refuse(`shapes ${all.map(showShape).join(" and ")} do not broadcast`)) as number[];
}

/** Applies `f` to the elements of the inputs, broadcast to their common shape; `exact` to integers of 64 bits. */
export function zip(inputs: readonly Tensor[], dtype: Dtype, f: Scalar, exact?: Exact): Tensor {
  const dims = broadcast(...inputs.map((t) => t.dims)) as number[];
  const size = sizeOf(dims);
  const data = allocate(dtype, size);
  const at = inputs.map((t) => broadcastOffsets(t.dims, dims));
  if (exact !== undefined && inputs.every((t) => isBig(t.dtype))) {
    const from = inputs.map((t) => t.data as BigInt64Array);
    const plain = dtype === "bool";
    for (let i = 0; i < size; i++) {
      const result = exact(...from.map((x, k) => x[at[k][i]]));
      data[i] = plain ? Number(result) : (result as bigint);
    }
    return { dtype, dims, data };
  }
  const write = writer(dtype, data);
  const from = inputs.map(readable);
  const [a, b] = from;
  const [ia, ib] = at;
  if (inputs.length === 1) for (let i = 0; i < size; i++) write(i, Number(f(a[i])));
  else if (inputs.length === 2) for (let i = 0; i < size; i++) write(i, Number(f(a[ia[i]], b[ib[i]])));
  else for (let i = 0; i < size; i++) write(i, Number(f(...from.map((x, k) => x[at[k][i]]))));
  return { dtype, dims, data };
}

/** The inputs of an evaluation, none of which may be left out. */
export const all = (c: EvaluateContext): Tensor[] => c.inputs.map((_, i) => c.input(i));

/** An op that is what it does to each element: its evaluation, and the definition that the rest is made of. */
export const pointwise = (
  elementwise: (c: ElementwiseContext) => Elementwise,
): Pick<Op, "evaluate"> & Required<Pick<Op, "elementwise">> => ({
  elementwise,
  evaluate(c) {
    const { dtype, f, exact } = elementwise(c);
    commonDims(c);
    return [
      zip(
        c.inputs.filter((x) => x !== undefined),
        dtype,
        f,
        exact,
      ),
    ];
  },
});

/** An op of one input; its gradient is given the input, the output, and the gradient by the output. */
export const unary = (
  name: string,
  kind: Kind,
  f: (x: number) => number | boolean,
  gradient?: (x: Value, y: Value, g: Value) => Value | undefined,
  options: { result?: Dtype; exact?: Exact; since?: number } = {},
): Op => ({
  name,
  ...(options.since !== undefined && { since: options.since }),
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const dtype = sameDtype(c, kind);
    return [info(options.result ?? dtype, c.input(0).shape)];
  },
  ...pointwise((c) => ({ dtype: options.result ?? c.input(0).dtype, f, exact: options.exact })),
  ...(gradient && { gradient: (c) => [gradient(c.input(0), c.outputs[0], c.gradient)] }),
});

/** Values of an op's float attributes. */
type Settings<S extends string> = { readonly [name in S]: number };

/**
 * An op of one float input with float attributes, which have these values when they are left out; `f` and the gradient
 * are given the attributes' values.
 */
export function tuned<S extends string>(
  name: string,
  defaults: Settings<S>,
  f: (x: number, settings: Settings<S>) => number,
  gradient: (x: Value, y: Value, g: Value, settings: Settings<S>) => Value,
  options: { since?: number } = {},
): Op {
  const names = Object.keys(defaults) as S[];
  // a file keeps floats in 32 bits, and what is left out means what it would mean if it were written
  const settings = (c: NodeContext) =>
    Object.fromEntries(names.map((key) => [key, c.float(key, Math.fround(defaults[key]))])) as Settings<S>;
  return {
    ...unary(name, "float", (x) => x, undefined, options),
    attributes: Object.fromEntries(names.map((key) => [key, "float" as const])),
    ...pointwise((c) => {
      const set = settings(c);
      return { dtype: c.input(0).dtype, f: (x) => f(x, set) };
    }),
    gradient: (c) => [gradient(c.input(0), c.outputs[0], c.gradient, settings(c))],
  };
}

/** An op of two broadcast inputs. */
export const binary = (
  name: string,
  kind: Kind,
  f: (a: number, b: number) => number | boolean,
  options: {
    result?: Dtype;
    exact?: Exact;
    since?: number;
    gradient?: (c: GradientContext) => (Value | undefined)[];
  } = {},
): Op => ({
  name,
  ...(options.since !== undefined && { since: options.since }),
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const dtype = sameDtype(c, kind);
    return [info(options.result ?? dtype, commonShape(c))];
  },
  ...pointwise((c) => ({ dtype: options.result ?? c.input(0).dtype, f, exact: options.exact })),
  ...(options.gradient && { gradient: options.gradient }),
});

/** A relation of two broadcast inputs, as bool; it has no gradient. */
export const relation = (
  name: string,
  kind: Kind,
  holds: <T extends number | bigint>(a: T, b: T) => boolean,
  options: { since?: number } = {},
): Op =>
  binary(name, kind, holds<number>, {
    ...options,
    result: "bool",
    exact: (a, b) => holds(a, b),
    gradient: () => [undefined, undefined],
  });
