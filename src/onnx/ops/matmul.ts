/** MatMul: matrix product over the last two axes, the others broadcast; a vector counts as a row or a column. */
import { broadcast, broadcastOffsets, mayEqual, showShape } from "../dims.js";
import { reshape, squeeze, matmul as times, transpose, unsqueeze } from "../functions.js";
import type { Dim, Shape } from "../ir.js";
import { product } from "../javascript/product.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import { unbroadcast } from "../unbroadcast.js";
import type { Value } from "../value.js";
import { aligned } from "./batching.js";
import { sameDtype } from "./elementwise.js";
import { type BatchInput, info, type NodeContext, type Op } from "./op.js";

/** The shapes as batches of matrices, and the shape of the result. */
function plan(c: NodeContext, a: Shape, b: Shape) {
  if (a.length === 0 || b.length === 0) c.refuse("it takes vectors and matrices, not scalars");
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  const [m, k, l, n] = [...left.slice(-2), ...right.slice(-2)];
  if (batch === undefined || !mayEqual(k, l)) return c.refuse(`${showShape(a)} × ${showShape(b)} does not fit`);
  const out: Dim[] = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
  return { left, right, batch, m, k, n, out };
}

const swapped = (x: Value): Value => {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return transpose(x, perm);
};

export const matmul: Op = {
  name: "MatMul",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  infer: (c) => [info(sameDtype(c, "number"), plan(c, c.input(0).shape, c.input(1).shape).out)],
  evaluate(c) {
    const [a, b] = [c.input(0), c.input(1)];
    const p = plan(c, a.dims, b.dims);
    const [m, k, n] = [p.m as number, p.k as number, p.n as number];
    const batch = p.batch as number[];
    if (k !== p.right.at(-2)) c.refuse(`${showShape(a.dims)} × ${showShape(b.dims)} does not fit`);
    const [x, y] = [readable(a), readable(b)];
    const ia = broadcastOffsets(p.left.slice(0, -2) as number[], batch);
    const ib = broadcastOffsets(p.right.slice(0, -2) as number[], batch);
    const data = allocate(a.dtype, sizeOf(p.out as number[]));
    const write = writer(a.dtype, data);
    for (let s = 0, at = 0; s < ia.length; s++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) sum += x[ia[s] * m * k + i * k + l] * y[ib[s] * k * n + l * n + j];
          write(at++, sum);
        }
    return [{ dtype: a.dtype, dims: p.out as number[], data }];
  },
  javascript(c) {
    const [a, b] = [c.input(0), c.input(1)];
    const p = plan(c, a.dims, b.dims);
    const [m, k, n] = [p.m as number, p.k as number, p.n as number];
    const batch = p.batch as number[];
    const starts = (of: Shape, size: number) =>
      broadcastOffsets(of.slice(0, -2) as number[], batch).map((start) => start * size);
    return [
      product(c.code, {
        a,
        b,
        dtype: a.dtype,
        dims: p.out as number[],
        m,
        k,
        n,
        starts: [starts(p.left, m * k), starts(p.right, k * n)],
        steps: [k, 1, n, 1],
      }),
    ];
  },
  batch(c) {
    const [a, b] = [c.input(0), c.input(1)];
    // many rows by one matrix are one product
    if (!a.batched && b.batched && a.shape.length === 2 && b.shape.length === 1)
      return [times(b.value, transpose(a.value))];
    if (a.batched && !b.batched && a.shape.length <= 2 && b.shape.length <= 2) return [times(a.value, b.value)];
    const matrix = (x: BatchInput, vector: number): BatchInput =>
      x.shape.length > 1
        ? x
        : {
            ...x,
            value: unsqueeze(x.value, [(x.batched ? 1 : 0) + vector]),
            shape: vector === 0 ? [1, ...x.shape] : [...x.shape, 1],
          };
    const [left, right] = [matrix(a, 0), matrix(b, 1)];
    const rank = Math.max(left.shape.length, right.shape.length);
    const y = times(aligned(left, rank), aligned(right, rank));
    const lacking = [...(a.shape.length === 1 ? [-2] : []), ...(b.shape.length === 1 ? [-1] : [])];
    return [squeeze(y, lacking)];
  },
  gradient(c) {
    const [a, b] = [c.input(0), c.input(1)];
    const left = a.shape.length === 1 ? unsqueeze(a, [0]) : a;
    const right = b.shape.length === 1 ? unsqueeze(b, [1]) : b;
    const lacking = [...(a.shape.length === 1 ? [-2] : []), ...(b.shape.length === 1 ? [-1] : [])];
    const g = lacking.length === 2 ? reshape(c.gradient, [1, 1]) : unsqueeze(c.gradient, lacking);
    const back = (full: Value, like: Value, input: Value): Value => {
      const summed = unbroadcast(full, like);
      return input === like ? summed : squeeze(summed, [input === a ? 0 : 1]);
    };
    return [
      c.wants(0) ? back(times(g, swapped(right)), left, a) : undefined,
      c.wants(1) ? back(times(swapped(left), g), right, b) : undefined,
    ];
  },
};
