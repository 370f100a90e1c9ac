/** Gemm: α·A′·B′ + β·C, where A′ and B′ may be transposed and C is broadcast to the product. */
import { broadcast, broadcastOffsets, mayEqual, showShape } from "../dims.js";
import { add, matmul, mul, gemm as product, transpose } from "../functions.js";
import type { Shape } from "../ir.js";
import { product as writtenProduct } from "../javascript/product.js";
import { literal } from "../javascript/text.js";
import { allocate, readable, writer } from "../tensor.js";
import { unbroadcast } from "../unbroadcast.js";
import type { Value } from "../value.js";
import { aligned } from "./batching.js";
import { sameDtype } from "./elementwise.js";
import { type BatchInput, info, type NodeContext, type Op } from "./op.js";

function plan(c: NodeContext, a: Shape, b: Shape, bias: Shape | undefined) {
  const [transA, transB] = [c.int("transA", 0) !== 0, c.int("transB", 0) !== 0];
  if (a.length !== 2 || b.length !== 2)
    return c.refuse(`it takes two matrices, not ${showShape(a)} and ${showShape(b)}`);
  const [m, k] = transA ? [a[1], a[0]] : a;
  const [l, n] = transB ? [b[1], b[0]] : b;
  if (!mayEqual(k, l))
    c.refuse(`${showShape(a)}${transA ? "ᵀ" : ""} × ${showShape(b)}${transB ? "ᵀ" : ""} does not fit`);
  if (bias !== undefined) {
    const joint = broadcast(bias, [m, n]);
    if (joint === undefined || joint.length > 2 || !mayEqual(joint[0], m) || !mayEqual(joint[1], n))
      c.refuse(`C of shape ${showShape(bias)} does not broadcast to ${showShape([m, n])}`);
  }
  return { transA, transB, m, k, n, alpha: c.float("alpha", 1), beta: c.float("beta", 1) };
}

export const gemm: Op = {
  name: "Gemm",
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: { alpha: "float", beta: "float", transA: "int", transB: "int" },
  infer(c) {
    const { m, n } = plan(c, c.input(0).shape, c.input(1).shape, c.inputs[2]?.shape);
    return [info(sameDtype(c, "number"), [m, n])];
  },
  evaluate(c) {
    const [a, b, bias] = [c.input(0), c.input(1), c.inputs[2]];
    const p = plan(c, a.dims, b.dims, bias?.dims);
    const [m, k, n] = [p.m as number, p.k as number, p.n as number];
    const [x, y, z] = [readable(a), readable(b), bias && readable(bias)];
    const at = bias && broadcastOffsets(bias.dims, [m, n]);
    const [ri, ci] = p.transA ? [1, m] : [k, 1];
    const [rj, cj] = p.transB ? [1, k] : [n, 1];
    const data = allocate(a.dtype, m * n);
    const write = writer(a.dtype, data);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += x[i * ri + l * ci] * y[l * rj + j * cj];
        write(i * n + j, p.alpha * sum + (z && at ? p.beta * z[at[i * n + j]] : 0));
      }
    return [{ dtype: a.dtype, dims: [m, n], data }];
  },
  javascript(c) {
    const [a, b, bias] = [c.input(0), c.input(1), c.inputs[2]];
    const { transA, transB, alpha, beta, ...p } = plan(c, a.dims, b.dims, bias?.dims);
    const [m, k, n] = [p.m as number, p.k as number, p.n as number];
    return [
      writtenProduct(c.code, {
        a,
        b,
        dtype: a.dtype,
        dims: [m, n],
        m,
        k,
        n,
        starts: [[0], [0]],
        steps: [
          ...(transA ? ([1, m] as const) : ([k, 1] as const)),
          ...(transB ? ([1, k] as const) : ([n, 1] as const)),
        ],
        extra: bias && { x: bias, at: broadcastOffsets(bias.dims, [m, n]) },
        finish: (sum, z) => `${literal(alpha)} * (${sum}) + ${z === undefined ? "0" : `${literal(beta)} * ${z}`}`,
      }),
    ];
  },
  batch(c) {
    const [a, b, bias] = [c.input(0), c.input(1), c.inputs[2]];
    const { transA, transB, alpha, beta } = plan(c, a.shape, b.shape, bias?.shape);
    const turned = (x: BatchInput, turn: boolean): Value =>
      !turn ? x.value : transpose(x.value, x.batched ? [0, 2, 1] : [1, 0]);
    const y = matmul(turned(a, transA), turned(b, transB));
    const scaled = alpha === 1 ? y : mul(y, alpha);
    if (bias === undefined) return [scaled];
    const added = aligned(bias, 2);
    return [add(scaled, beta === 1 ? added : mul(added, beta))];
  },
  gradient(c) {
    const [a, b, bias] = [c.input(0), c.input(1), c.inputs[2]];
    const { transA, transB, alpha, beta } = plan(c, a.shape, b.shape, bias?.shape);
    const g = c.gradient;
    const flag = (on: boolean): number => (on ? 1 : 0);
    const byA = () =>
      transA
        ? product(b, g, undefined, { alpha, transA: flag(transB), transB: 1 })
        : product(g, b, undefined, { alpha, transB: flag(!transB) });
    const byB = () =>
      transB
        ? product(g, a, undefined, { alpha, transA: 1, transB: flag(transA) })
        : product(a, g, undefined, { alpha, transA: flag(!transA) });
    const byC = () => {
      const summed = unbroadcast(g, bias!);
      return beta === 1 ? summed : mul(summed, beta);
    };
    return [
      c.wants(0) ? byA() : undefined,
      c.wants(1) ? byB() : undefined,
      bias && c.wants(2) ? byC() : undefined,
    ].slice(0, c.inputs.length);
  },
};
