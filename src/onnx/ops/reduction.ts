/** What the reductions share: which axes, what is left, and the loop. */
import { stridesOf, UNKNOWN, walk } from "../dims.js";
import { ints } from "../functions/base.js";
import { cast, div, equal, gather, mul, op, reduceSum, shapeOf, unsqueeze } from "../functions.js";
import type { Dim, Dtype, Shape, Tensor } from "../ir.js";
import { literal } from "../javascript/text.js";
import { allocate, isBig, readable, scalar, sizeOf, writer } from "../tensor.js";
import type { Info, Value } from "../value.js";
import { onlyFirst } from "./batching.js";
import { integers, normalised, openCount } from "./given.js";
import { type GradientContext, info, type NodeContext, type Op } from "./op.js";
import { attributeAsInput } from "./upgrades.js";

type Context = NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] };

/** The axes to reduce: the second input, or the attribute of older opsets; all when neither names any. */
export function reducedAxes(c: Context, rank: number): number[] {
  const given = integers(c, 1, "axes") ?? [];
  if (given.length > 0) return normalised(c, given, rank).sort((a, b) => a - b);
  return c.int("noop_with_empty_axes", 0) !== 0 ? [] : Array.from({ length: rank }, (_, i) => i);
}

const left = (shape: Shape, axes: readonly number[], keep: boolean): Dim[] =>
  keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));

/** How many elements each output is made of, or `"?"`. */
export const reducedCount = (shape: Shape, axes: readonly number[]): Dim =>
  axes.reduce<Dim>((n, a) => (typeof n === "number" && typeof shape[a] === "number" ? n * shape[a] : UNKNOWN), 1);

/** A value of the reduced shape with the reduced axes back in it, of size one. */
function kept(c: GradientContext, value: Value): Value {
  const { shape } = c.input(0);
  return c.int("keepdims", 1) !== 0 ? value : unsqueeze(value, reducedAxes(c, shape.length));
}
/** The gradient with the reduced axes back in it. */
export const keptGradient = (c: GradientContext): Value => kept(c, c.gradient);
/** The output with the reduced axes back in it. */
export const keptOutput = (c: GradientContext): Value => kept(c, c.outputs[0]);

/** A value over the number of elements that each output is made of, which is read when the graph runs if need be. */
export function overCount(c: GradientContext, value: Value): Value {
  const x = c.input(0);
  const axes = reducedAxes(c, x.shape.length);
  const count = reducedCount(x.shape, axes);
  if (typeof count === "number") return div(value, count);
  return axes.reduce(
    (v, axis) => div(v, cast(gather(shapeOf(x), x.scope.constant(scalar("int64", axis))), x.dtype)),
    value,
  );
}

/** Elements taken in one by one, in row-major order and double precision. */
interface Fold {
  readonly start: number | ((dtype: Dtype) => number);
  readonly step: (sum: number, x: number) => number;
  /** What becomes of the last sum of so many elements. */
  readonly finish?: (sum: number, count: number) => number;
}

interface Reduction extends Partial<Fold> {
  /** The elements of one output, in row-major order and double precision, to its value; or they are folded. */
  combine?(elements: Float64Array, dtype: Dtype): number;
  /** The same for integers of 64 bits, where the result is one. */
  exact?(elements: bigint[]): bigint;
  /** The gradient by the input. */
  gradient(c: GradientContext): Value;
  /** Whether truth values are reduced too, as 0 and 1 (opset 20). */
  readonly bools?: boolean;
}

/** A reduction over some axes. */
export function reduction(name: string, given: Reduction): Op {
  const { exact, gradient, bools = false } = given;
  const { start, step, finish } = given as Fold;
  const from = (dtype: Dtype): number => (typeof start === "function" ? start(dtype) : start);
  const combine =
    given.combine ??
    ((elements: Float64Array, dtype: Dtype): number => {
      let sum = from(dtype);
      for (const x of elements) sum = step(sum, x);
      return finish === undefined ? sum : finish(sum, elements.length);
    });
  /** Which elements are reduced to which output. */
  const grid = (c: Context, of: readonly number[]) => {
    const axes = reducedAxes(c, of.length);
    const strides = stridesOf(of);
    const rest = of.map((_, i) => i).filter((i) => !axes.includes(i));
    const pickDims = (indices: readonly number[], values: readonly number[]) => indices.map((i) => values[i]);
    return {
      dims: left(of, axes, c.int("keepdims", 1) !== 0) as number[],
      starts: walk(pickDims(rest, of), pickDims(rest, strides)),
      inner: walk(pickDims(axes, of), pickDims(axes, strides)),
    };
  };
  return {
    name,
    inputs: [1, 2],
    outputs: [1, 1],
    attributes: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
    upgrade: (c) => [attributeAsInput(c, "axes")],
    infer(c) {
      const { dtype, shape } = c.input(0);
      if (dtype === "bool" && !(bools && c.opset >= 20)) c.refuse("it takes number values, not bool");
      const keep = c.int("keepdims", 1) !== 0;
      // the rank stays, however many axes it will be
      const named = c.inputs[1];
      const count = named?.constant === undefined && named?.shape.length === 1 ? named.shape[0] : 0;
      if (keep && typeof count === "string")
        return [
          info(
            dtype,
            shape.map(() => UNKNOWN),
          ),
        ];
      const open = openCount(c, 1);
      if (open === undefined) return [info(dtype, left(shape, reducedAxes(c, shape.length), keep))];
      if (open === 0 && c.int("noop_with_empty_axes", 0) !== 0) return [info(dtype, shape)];
      const rank = keep ? shape.length : open === 0 ? 0 : Math.max(0, shape.length - open);
      return [info(dtype, new Array<Dim>(rank).fill(open === 0 ? 1 : UNKNOWN))];
    },
    evaluate(c) {
      const x = c.input(0);
      const { dims, starts, inner } = grid(c, x.dims);
      const data = allocate(x.dtype, sizeOf(dims));
      if (exact !== undefined && isBig(x.dtype) && inner.length > 0) {
        const values = x.data as BigInt64Array;
        starts.forEach((start, i) => {
          data[i] = exact(Array.from(inner, (offset) => values[start + offset]));
        });
        return [{ dtype: x.dtype, dims, data }];
      }
      const values = readable(x);
      const write = writer(x.dtype, data);
      const elements = new Float64Array(inner.length);
      starts.forEach((start, i) => {
        for (let k = 0; k < inner.length; k++) elements[k] = values[start + inner[k]];
        write(i, combine(elements, x.dtype));
      });
      return [{ dtype: x.dtype, dims, data }];
    },
    batch(c) {
      onlyFirst(c);
      const x = c.input(0);
      const axes = reducedAxes(c, x.shape.length).map((a) => a + 1);
      // of no axis, each element is an output of its own
      if (axes.length === 0) return [op(name, [unsqueeze(x.value, [1]), ints(x.value, [1])], { keepdims: 0 })];
      return [op(name, [x.value, ints(x.value, axes)], { keepdims: c.int("keepdims", 1) })];
    },
    javascript(c) {
      const x = c.input(0);
      const { dtype } = x;
      const { code } = c;
      if (c.inputs[1] !== undefined && c.inputs[1].constant === undefined) return undefined;
      const { dims, starts, inner } = grid(c as unknown as Context, x.dims);
      const count = String(inner.length);
      if (given.combine !== undefined || dtype === "bool") return undefined;
      const first = literal(from(dtype));
      const last = (sum: string) => (finish === undefined ? sum : code.textOf(finish, [`(${sum})`, count]));
      if (starts.length <= code.small && inner.length <= code.small)
        return [
          code.ofAtoms(
            dtype,
            dims,
            Array.from(starts, (start) => {
              const elements = Array.from(inner, (offset) => code.element(x, start + offset));
              const sum = elements.reduce((text, { text: more }) => code.textOf(step, [text, more]), first);
              return code.expression(last(sum), dtype, elements);
            }),
          ),
        ];
      const result = code.array(
        dtype,
        dims,
        [x],
        (out, [array]) => `for (let i = 0; i < ${starts.length}; i++) {
  let sum = ${first};
  for (let k = 0; k < ${inner.length}; k++) sum = ${code.textOf(step, ["sum", `${array}[${code.bind(starts)}[i] + ${code.bind(inner)}[k]]`])};
  ${out}[i] = ${code.rounded(last("sum"), dtype, exact && (() => 0n))};
}`,
      );
      return [result];
    },
    gradient: (c) => [gradient(c), undefined].slice(0, c.inputs.length),
  };
}

/** The elements that are the output, with equal ones sharing the gradient evenly: what Max and Min give back. */
export function shared(c: GradientContext): Value {
  const x = c.input(0);
  const chosen = cast(equal(x, keptOutput(c)), x.dtype);
  const axes = reducedAxes(c, x.shape.length);
  const count = axes.length === 0 ? chosen : reduceSum(chosen, { axes, keepdims: true });
  return mul(chosen, div(keptGradient(c), count));
}
