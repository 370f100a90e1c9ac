/** How cases draw what an op takes: shapes, numbers, operands that broadcast. */
import fc from "fast-check";
import * as f from "../../../src/onnx/functions.js";
import type { Value } from "../../../src/onnx/value.js";

/** Inputs to differentiate by, with their values; `build` writes the op on them. */
export interface Drawn {
  readonly dims: readonly (readonly number[])[];
  readonly values: readonly (readonly number[])[];
  build(inputs: Value[]): Value[];
}

export interface Case {
  readonly op: string;
  readonly draw: fc.Arbitrary<Drawn>;
}

export const size = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);
/** Numbers on a grid, so that shrinking is readable and no two are nearly equal. */
export const grid = (low: number, high: number) =>
  fc.integer({ min: Math.round(low * 100), max: Math.round(high * 100) }).map((i) => (i + 0.37) / 100);
export const fill = (dims: readonly number[], of: fc.Arbitrary<number>) =>
  fc.array(of, { minLength: size(dims), maxLength: size(dims) });
export const shape = (rank: readonly [number, number] = [0, 3]) =>
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: rank[0], maxLength: rank[1] });
/** Shapes that broadcast together: one shape, and for each operand a tail of it with some axes of size one. */
export const broadcastable = (count: number) =>
  shape().chain((full) =>
    fc.tuple(
      ...Array.from({ length: count }, () =>
        fc
          .tuple(fc.nat(full.length), fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }))
          .map(([drop, ones]) => full.map((d, i) => (ones[i] ? 1 : d)).slice(drop)),
      ),
    ),
  );

export const drawn = (
  dims: readonly (readonly number[])[],
  of: readonly fc.Arbitrary<number>[],
  build: (inputs: Value[]) => Value[],
): fc.Arbitrary<Drawn> =>
  fc.tuple(...dims.map((d, i) => fill(d, of[i % of.length]))).map((values) => ({ dims, values, build }));

export const any = grid(-2, 2);
export const positive = grid(1, 3);
/** At least 0.1 away from zero. */
export const nonzero = fc.oneof(grid(-2, -0.1), grid(0.1, 2));

export const unary = (op: string, apply: (x: Value) => Value, of = any): Case => ({
  op,
  draw: shape().chain((d) => drawn([d], [of], ([x]) => [apply(x)])),
});
export const binary = (op: string, apply: (a: Value, b: Value) => Value, a = any, b = a): Case => ({
  op,
  draw: broadcastable(2).chain((dims) => drawn(dims, [a, b], ([x, y]) => [apply(x, y)])),
});
/** Comparisons give no gradient of their own: they choose between two values that have one. */
export const comparison = (op: string, apply: (a: Value, b: Value) => Value): Case =>
  binary(op, (a, b) => f.where(apply(a, f.add(b, 0.001)), f.mul(a, b), f.sub(a, b)));

export const dim = fc.integer({ min: 1, max: 3 });
export const subset = (rank: number) => fc.subarray(Array.from({ length: rank }, (_, i) => i));

export const reduction = (op: string, apply: typeof f.reduceSum): Case => ({
  op,
  draw: shape([1, 3]).chain((d) =>
    fc
      .tuple(fc.option(subset(d.length).filter((s) => s.length > 0)), fc.boolean())
      .chain(([axes, keepdims]) =>
        drawn([d], [any], ([x]) => [
          apply(x, { keepdims, ...(axes === null ? {} : { axes: axes.map((a) => a - d.length) }) }),
        ]),
      ),
  ),
});
