/**
 * One case for every op in the list: how to draw inputs that it takes, away from where it has no gradient.
 *
 * The same cases hold the reference evaluation against ONNX Runtime and the gradients against finite differences, so
 * an op that is added without a case fails a test.
 */
import fc from "fast-check";
import { scan as scanLoop } from "../../../src/onnx/control.js";
import * as f from "../../../src/onnx/functions.js";
import { scalar, tensor } from "../../../src/onnx/tensor.js";
import {
  any,
  binary,
  broadcastable,
  type Case,
  comparison,
  dim,
  drawn,
  fill,
  grid,
  nonzero,
  positive,
  reduction,
  shape,
  subset,
  unary,
} from "./draw.js";
import { indexingCases } from "./indexing_cases.js";
import { netCases } from "./net_cases.js";
import { pointwiseCases } from "./pointwise_cases.js";

export const cases: readonly Case[] = [
  ...netCases,
  ...pointwiseCases,
  ...indexingCases,
  unary("Abs", f.abs, nonzero),
  binary("Add", f.add),
  unary("Atan", f.atan),
  unary("Cast", (x) => f.mul(f.cast(f.cast(x, "int32"), x.dtype), x), fc.oneof(grid(0.1, 0.9), grid(1.1, 1.9))),
  unary("Clip", (x) => f.clip(x, -1, 1), fc.oneof(grid(-2, -1.1), grid(-0.9, 0.9), grid(1.1, 2))),
  {
    op: "Concat",
    draw: fc
      .tuple(shape([1, 3]), fc.array(dim, { minLength: 1, maxLength: 3 }), fc.nat(2))
      .chain(([d, sizes, pick]) => {
        const axis = pick % d.length;
        return drawn(
          sizes.map((s) => d.with(axis, s)),
          [any],
          (xs) => [f.concat(xs, axis - d.length)],
        );
      }),
  },
  unary("Constant", (x) => f.mul(x, x.scope.emit("Constant", [], { value: scalar(x.dtype, 1.5) })[0])),
  unary("Cos", f.cos),
  binary("Div", f.div, any, nonzero),
  comparison("Equal", (a, b) => f.equal(f.cast(a, "int32"), f.cast(b, "int32"))),
  unary("Exp", f.exp),
  { op: "Expand", draw: broadcastable(2).chain(([from, to]) => drawn([from], [any], ([x]) => [f.expand(x, to)])) },
  {
    op: "Gather",
    draw: fc.tuple(shape([1, 3]), shape([0, 2]), fc.nat(2)).chain(([d, at, pick]) => {
      const axis = pick % d.length;
      return fill(at, fc.integer({ min: -d[axis], max: d[axis] - 1 })).chain((indices) =>
        drawn([d], [any], ([x]) => [f.gather(x, x.scope.constant(tensor("int64", at, indices)), axis)]),
      );
    }),
  },
  {
    op: "Gemm",
    draw: fc
      .tuple(dim, dim, dim, fc.boolean(), fc.boolean(), fc.constantFrom("none", "row", "full", "scalar"), grid(-1, 1))
      .chain(([m, k, n, ta, tb, bias, alpha]) => {
        const c = { none: [], row: [[n]], full: [[m, n]], scalar: [[]] }[bias] as number[][];
        const attributes = { alpha, beta: 0.5, transA: Number(ta), transB: Number(tb) };
        return drawn([ta ? [k, m] : [m, k], tb ? [n, k] : [k, n], ...c], [any], ([a, b, z]) => [
          f.gemm(a, b, z, attributes),
        ]);
      }),
  },
  comparison("Greater", f.greater),
  unary("Identity", f.identity),
  comparison("Less", f.less),
  unary("Log", f.log, positive),
  {
    op: "MatMul",
    draw: fc
      .tuple(dim, dim, dim, broadcastable(2), fc.constantFrom("mm", "vm", "mv", "vv"))
      .chain(([m, k, n, [p, q], kind]) => {
        const a = kind[0] === "v" ? [k] : [...p, m, k];
        const b = kind[1] === "v" ? [k] : [...q, k, n];
        return drawn([a, b], [any], ([x, y]) => [f.matmul(x, y)]);
      }),
  },
  binary("Max", (a, b) => f.max(a, f.add(b, 0.001))),
  binary("Min", (a, b) => f.min(a, f.add(b, 0.001))),
  binary("Mul", f.mul),
  unary("Neg", f.neg),
  {
    op: "Pad",
    draw: shape([1, 3]).chain((d) =>
      fc
        .tuple(
          fc.constantFrom("constant", "edge", "reflect", "wrap"),
          ...[0, 1].map(() => fc.array(fc.nat(2), { minLength: d.length, maxLength: d.length })),
        )
        .chain(([mode, ...drawnPads]) => {
          // ONNX Runtime reflects and wraps less than the whole axis
          const pads = drawnPads.map((p) => p.map((w, i) => (mode === "constant" ? w : Math.min(w, d[i] - 1))));
          return drawn([d], [any], ([x]) => [
            f.op("Pad", [x, x.scope.constant(tensor("int64", [2 * d.length], pads.flat()))], { mode }),
          ]);
        }),
    ),
  },
  binary("Pow", f.pow, positive, any),
  reduction("ReduceMean", f.reduceMean),
  reduction("ReduceSum", f.reduceSum),
  unary("Relu", f.relu, nonzero),
  {
    op: "Reshape",
    draw: fc
      .tuple(shape([1, 3]), fc.boolean())
      .chain(([d, flat]) => drawn([d], [any], ([x]) => [f.reshape(x, flat ? [-1] : [...d].reverse())])),
  },
  {
    op: "Scan",
    draw: fc
      .tuple(dim, dim, fc.constantFrom<0 | 1>(0, 1), fc.constantFrom<0 | 1>(0, 1))
      .chain(([steps, width, into, out]) =>
        drawn([[width], [steps, width], [width]], [any], ([state, xs, weight]) => {
          const { states, outputs } = scanLoop(
            [state],
            [xs],
            ([s], [x]) => {
              const next = f.tanh(f.add(f.mul(s, weight), x));
              return { states: [next], outputs: [f.mul(next, x)] };
            },
            { inputs: [into], outputs: [out] },
          );
          return [states[0], outputs[0]];
        }),
      ),
  },
  unary("Shape", (x) => f.mul(x, f.add(f.cast(f.reduceSum(f.shapeOf(x)), x.dtype), 1))),
  unary("Sigmoid", f.sigmoid),
  unary("Sign", (x) => f.mul(x, f.sign(x)), nonzero),
  unary("Sin", f.sin),
  {
    op: "Slice",
    draw: shape([1, 3]).chain((d) =>
      fc
        .tuple(...d.map((s) => fc.tuple(fc.integer({ min: -s, max: s - 1 }), fc.integer({ min: -s, max: s + 2 }))))
        .chain((cuts) =>
          drawn([d], [any], ([x]) => [
            f.slice(
              x,
              cuts.map(([start]) => start),
              cuts.map(([, end]) => end),
              cuts.map((_, i) => i),
            ),
          ]),
        ),
    ),
  },
  unary("Softplus", f.softplus),
  {
    op: "Split",
    draw: fc
      .tuple(shape([1, 3]), fc.array(dim, { minLength: 2, maxLength: 3 }), fc.nat(2))
      .chain(([d, sizes, pick]) => {
        const axis = pick % d.length;
        return drawn(
          [
            d.with(
              axis,
              sizes.reduce((a, b) => a + b),
            ),
          ],
          [any],
          ([x]) => f.split(x, sizes, axis).slice(1),
        );
      }),
  },
  unary("Sqrt", f.sqrt, positive),
  {
    op: "Squeeze",
    draw: shape([1, 3]).chain((d) =>
      subset(d.length).chain((ones) =>
        drawn([d.map((s, i) => (ones.includes(i) ? 1 : s))], [any], ([x]) => [f.squeeze(x, ones)]),
      ),
    ),
  },
  binary("Sub", f.sub),
  unary("Tanh", f.tanh),
  {
    op: "Transpose",
    draw: shape([1, 3]).chain((d) =>
      fc
        .shuffledSubarray(
          d.map((_, i) => i),
          { minLength: d.length },
        )
        .chain((perm) => drawn([d], [any], ([x]) => [f.transpose(x, perm)])),
    ),
  },
  {
    op: "Unsqueeze",
    draw: shape([1, 2]).chain((d) =>
      subset(d.length + 1).chain((axes) =>
        drawn([d], [any], ([x]) => [
          f.unsqueeze(
            x,
            axes.filter((a) => a <= d.length),
          ),
        ]),
      ),
    ),
  },
  {
    op: "Where",
    draw: broadcastable(3).chain(([c, a, b]) =>
      fill(c, fc.constantFrom(0, 1)).chain((condition) =>
        drawn([a, b], [any], ([x, y]) => [f.where(x.scope.constant(tensor("bool", c, condition)), x, y)]),
      ),
    ),
  },
];
