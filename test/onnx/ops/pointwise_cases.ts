/** Cases of further ops that work element by element, of logic, and of reductions. */
import fc from "fast-check";
import { cond } from "../../../src/onnx/control.js";
import * as f from "../../../src/onnx/functions.js";
import type { Dtype } from "../../../src/onnx/ir.js";
import { scalar, tensor } from "../../../src/onnx/tensor.js";
import type { Attributes, Value } from "../../../src/onnx/value.js";
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
  unary,
} from "./draw.js";

const plain = (name: string, of = any): Case => unary(name, (x) => f.op(name, [x]), of);
/** With the values that its attributes have when they are left out, and with others. */
const tuned = (name: string, attributes: Attributes, of = nonzero): Case => ({
  op: name,
  draw: fc
    .tuple(shape(), fc.boolean())
    .chain(([d, given]) => drawn([d], [of], ([x]) => [f.op(name, [x], given ? attributes : {})])),
});
/** Steps have no slope: they scale what has one. */
const stepped = (name: string, apply: (x: Value) => Value, of: fc.Arbitrary<number>): Case =>
  unary(name, (x) => f.mul(x, f.add(apply(x), 2)), of);
/** Of truth values: they choose between two values that have a gradient. */
/** What is done to the bits of whole numbers: it has no gradient, and scales what has one. */
const bits = (op: string, dtype: Dtype, apply: (a: Value, b: Value) => Value): Case =>
  binary(
    op,
    (a, b) => {
      const whole = (x: Value) => f.cast(f.mul(x, 7), dtype);
      return f.mul(f.cast(apply(whole(a), whole(b)), a.dtype), f.sub(a, b));
    },
    dtype.startsWith("u") ? positive : any,
  );

const logic = (name: string, apply: (a: Value, b: Value) => Value): Case => ({
  op: name,
  draw: broadcastable(2).chain(([a, b]) =>
    fc
      .tuple(fill(a, fc.constantFrom(0, 1)), fill(b, fc.constantFrom(0, 1)))
      .chain(([p, q]) =>
        drawn([a, b], [any], ([x, y]) => [
          f.where(
            apply(x.scope.constant(tensor("bool", a, p)), x.scope.constant(tensor("bool", b, q))),
            f.mul(x, y),
            f.sub(x, y),
          ),
        ]),
      ),
  ),
});
const inner = grid(-0.9, 0.9);

export const pointwiseCases: readonly Case[] = [
  plain("Acos", inner),
  plain("Acosh", grid(1.1, 3)),
  plain("Asin", inner),
  plain("Asinh"),
  plain("Atanh", inner),
  plain("Cosh"),
  plain("Sinh"),
  plain("Tan", grid(-1.3, 1.3)),
  plain("Erf"),
  plain("Reciprocal", nonzero),
  plain("Softsign", nonzero),
  plain("HardSwish"),
  plain("Mish"),
  tuned("Celu", { alpha: 0.7 }),
  tuned("Elu", { alpha: 0.7 }),
  tuned("HardSigmoid", { alpha: 0.3, beta: 0.4 }, grid(-1.3, 1.3)),
  tuned("LeakyRelu", { alpha: 0.3 }),
  tuned("Selu", { alpha: 1.3, gamma: 0.8 }),
  tuned("ThresholdedRelu", { alpha: 0.5 }, fc.oneof(grid(-2, 0.4), grid(0.6, 0.9), grid(1.1, 2))),
  {
    op: "PRelu",
    draw: shape().chain((d) =>
      fc
        .tuple(fc.nat(d.length), fc.array(fc.boolean(), { minLength: d.length, maxLength: d.length }))
        .map(([drop, ones]) => d.map((s, i) => (ones[i] ? 1 : s)).slice(drop))
        .chain((slope) => drawn([d, slope], [nonzero], ([x, s]) => [f.op("PRelu", [x, s])])),
    ),
  },
  stepped("Floor", f.floor, fc.oneof(grid(-1.9, -1.1), grid(-0.9, -0.1), grid(0.1, 0.9))),
  stepped("Ceil", f.ceil, fc.oneof(grid(-1.9, -1.1), grid(-0.9, -0.1), grid(0.1, 0.9))),
  stepped("Round", f.round, fc.oneof(grid(-1.4, -0.6), grid(-0.4, 0.4), grid(0.6, 1.4), grid(1.6, 2.4))),
  unary("IsNaN", (x) => f.where(f.isNan(x), x, f.square(x))),
  unary("IsInf", (x) => f.where(f.isInf(x), x, f.square(x))),
  unary("Not", (x) => f.where(f.not(f.less(x, 0)), x, f.square(x)), nonzero),
  unary("CastLike", (x) => f.mul(x, f.op("CastLike", [f.op("CastLike", [x, f.cast(x, "int32")]), x])), grid(0.1, 0.9)),
  unary("Size", (x) => f.mul(x, f.cast(f.op("Size", [x]), x.dtype))),
  unary("NonZero", (x) => f.mul(x, f.cast(f.add(f.reduceSum(f.op("NonZero", [x])), 1), x.dtype)), positive),
  unary("Dropout", (x) => f.op("Dropout", [x], { seed: 1 })),
  // away from whole ratios, where the remainder jumps
  binary("Mod", (a, b) => f.fmod(f.add(f.mul(b, f.mul(a, 0.4)), f.mul(b, 3)), b), grid(0.3, 2), nonzero),
  comparison("GreaterOrEqual", f.greaterOrEqual),
  comparison("LessOrEqual", f.lessOrEqual),
  logic("And", f.and),
  logic("Or", f.or),
  logic("Xor", f.xor),
  ...(["Sum", "Mean"] as const).map(
    (op): Case => ({
      op,
      draw: fc
        .integer({ min: 1, max: 3 })
        .chain((n) => broadcastable(n))
        .chain((dims) => drawn(dims, [any], (xs) => [f.op(op, xs)])),
    }),
  ),
  reduction("ReduceMax", f.reduceMax),
  reduction("ReduceMin", f.reduceMin),
  reduction("ReduceProd", f.reduceProd),
  reduction("ReduceL1", (x, options) => f.reduceL1(f.add(x, 3), options)),
  reduction("ReduceL2", f.reduceL2),
  reduction("ReduceSumSquare", f.reduceSumSquare),
  reduction("ReduceLogSum", (x, options) => f.reduceLogSum(f.add(x, 3), options)),
  reduction("ReduceLogSumExp", f.reduceLogSumExp),
  {
    op: "CumSum",
    draw: fc
      .tuple(shape([1, 3]), fc.nat(2), fc.boolean(), fc.boolean())
      .chain(([d, pick, exclusive, reverse]) =>
        drawn([d], [any], ([x]) => [f.cumSum(x, (pick % d.length) - d.length, { exclusive, reverse })]),
      ),
  },
  {
    op: "Range",
    draw: fc.tuple(dim, fc.boolean()).chain(([n, down]) =>
      drawn([[], []], [positive], ([start, step]) => {
        const by = down ? f.neg(step) : step;
        const size = f.add(f.mul(by, n), f.mul(by, -0.5));
        const all = f.op("Range", [start, f.add(start, size), by]);
        return [f.reduceSum(f.sin(all))];
      }),
    ),
  },
  {
    op: "If",
    draw: fc.tuple(shape(), fc.boolean()).chain(([d, known]) =>
      drawn([d, d], [any], ([x, y]) => {
        const held = known ? x.scope.constant(scalar("bool", 1)) : f.greater(f.reduceSum(x), 0);
        return cond(
          held,
          () => [f.mul(x, y), x],
          () => [f.tanh(y), f.sub(x, y)],
        );
      }),
    ),
  },
  unary(
    "Shrink",
    (x) => f.op("Shrink", [x], { bias: 0.25, lambd: 0.5 }),
    fc.oneof(grid(-2, -0.6), grid(-0.4, 0.4), grid(0.6, 2)),
  ),
  ...(["BitwiseAnd", "BitwiseOr", "BitwiseXor"] as const).map((op) => bits(op, "int32", (a, b) => f.op(op, [a, b]))),
  bits("BitwiseNot", "int64", (a, b) => f.sub(f.op("BitwiseNot", [a]), b)),
  bits("BitShift", "uint32", (a, b) =>
    f.op("BitShift", [f.op("BitShift", [a, b], { direction: "LEFT" }), a], { direction: "RIGHT" }),
  ),
];
