/** Gradients against PyTorch's, in double precision, over broadcast patterns: one interpreter for all of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gradient } from "../../../src/onnx/autodiff.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import * as f from "../../../src/onnx/functions.js";
import { numbers, tensor } from "../../../src/onnx/tensor.js";
import type { Attributes, Value } from "../../../src/onnx/value.js";
import { pythonWith, runPython } from "../../support/python.js";

type Dims = readonly number[];
interface Entry {
  readonly name: string;
  /** The same in PyTorch, of `a`, `b` and `c`; `i` is an index tensor. */
  readonly python: string;
  build(x: Value[], index: Value): Value;
  readonly dims: readonly Dims[];
  /** Bounds of the inputs' values. */
  readonly range?: readonly [number, number];
}

const PAIRS: readonly (readonly [Dims, Dims])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [2]],
  [
    [3, 1, 2],
    [2, 1],
  ],
];
const pairs = (
  name: string,
  python: string,
  apply: (a: Value, b: Value) => Value,
  range?: readonly [number, number],
): Entry[] =>
  PAIRS.flatMap(([a, b]) => [
    [a, b],
    [b, a],
  ]).map((dims) => ({
    name,
    python,
    build: ([a, b]) => apply(a, b),
    dims,
    ...(range && { range }),
  }));
const one = (
  name: string,
  python: string,
  apply: (x: Value, index: Value) => Value,
  range: readonly [number, number] = [-2, 2],
  dims: Dims = [2, 3],
): Entry => ({ name, python, build: ([x], index) => apply(x, index), dims: [dims], range });
const op = (name: string, python: string, attributes: Attributes = {}, range?: readonly [number, number]): Entry =>
  one(name, python, (x) => f.op(name, [x], attributes), range);

const reductions = (
  [
    ["ReduceSum", "sum", f.reduceSum],
    ["ReduceMean", "mean", f.reduceMean],
    ["ReduceMax", "amax", f.reduceMax],
    ["ReduceMin", "amin", f.reduceMin],
    ["ReduceL1", "norm(p=1,", f.reduceL1],
    ["ReduceL2", "norm(p=2,", f.reduceL2],
    ["ReduceLogSumExp", "logsumexp", f.reduceLogSumExp],
  ] as const
).flatMap(([name, torch, apply]) =>
  [[0], [1, 2], [0, 2]].flatMap((axes) =>
    [true, false].map((keepdims) => {
      const call = torch.includes("(") ? `a.${torch} ` : `a.${torch}(`;
      return one(
        name,
        `${call}dim=(${axes},), keepdim=${keepdims ? "True" : "False"})`,
        (x) => apply(x, { axes, keepdims }),
        [0.2, 2],
        [2, 3, 2],
      );
    }),
  ),
);

const entries: readonly Entry[] = [
  ...pairs("Add", "a + b", f.add),
  ...pairs("Sub", "a - b", f.sub),
  ...pairs("Mul", "a * b", f.mul),
  ...pairs("Div", "a / b", f.div, [0.5, 2]),
  ...pairs("Pow", "a ** b", f.pow, [0.5, 2]),
  ...pairs("Mod", "torch.fmod(a, b)", f.fmod, [0.3, 5]),
  ...pairs("Max", "torch.maximum(a, b)", f.max),
  ...pairs("Min", "torch.minimum(a, b)", f.min),
  ...pairs("atan2", "torch.atan2(a, b)", f.atan2),
  ...pairs("Where", "torch.where(a > b, a * b, a - b)", (a, b) => f.where(f.greater(a, b), f.mul(a, b), f.sub(a, b))),
  op("Abs", "a.abs()"),
  op("Neg", "-a"),
  op("Sqrt", "a.sqrt()", {}, [0.1, 3]),
  op("Exp", "a.exp()"),
  op("Log", "a.log()", {}, [0.1, 3]),
  op("Sin", "a.sin()"),
  op("Cos", "a.cos()"),
  op("Tan", "a.tan()", {}, [-1.3, 1.3]),
  op("Asin", "a.asin()", {}, [-0.9, 0.9]),
  op("Acos", "a.acos()", {}, [-0.9, 0.9]),
  op("Atan", "a.atan()"),
  op("Sinh", "a.sinh()"),
  op("Cosh", "a.cosh()"),
  op("Asinh", "a.asinh()"),
  op("Acosh", "a.acosh()", {}, [1.1, 3]),
  op("Atanh", "a.atanh()", {}, [-0.9, 0.9]),
  op("Tanh", "a.tanh()"),
  op("Sigmoid", "a.sigmoid()"),
  op("Relu", "a.relu()"),
  op("LeakyRelu", "F.leaky_relu(a, 0.25)", { alpha: 0.25 }),
  op("Elu", "F.elu(a, 0.5)", { alpha: 0.5 }),
  op("Celu", "F.celu(a, 0.5)", { alpha: 0.5 }),
  op("Softplus", "F.softplus(a)"),
  op("Softsign", "F.softsign(a)"),
  op("Mish", "F.mish(a)"),
  op("Erf", "a.erf()"),
  op("Reciprocal", "1 / a", {}, [0.3, 2]),
  op("Floor", "a.floor() + 0 * a"),
  op("Round", "a.round() + 0 * a"),
  one("gelu", "F.gelu(a)", f.gelu),
  one("asin", "a.asin()", f.asin, [-0.9, 0.9]),
  one("acos", "a.acos()", f.acos, [-0.9, 0.9]),
  one("expm1", "a.expm1()", f.expm1, [-3, 3]),
  one("expm1 near 0", "a.expm1()", f.expm1, [-1e-9, 1e-9]),
  one("log1p", "a.log1p()", f.log1p, [-0.9, 3]),
  one("log1p near 0", "a.log1p()", f.log1p, [-1e-9, 1e-9]),
  one("Clip", "a.clamp(-1, 1)", (x) => f.clip(x, -1, 1)),
  {
    name: "PRelu",
    python: "F.prelu(a, b)",
    build: ([a, b]) => f.op("PRelu", [a, f.reshape(b, [3, 1])]),
    dims: [[2, 3, 2], [3]],
  },
  ...reductions,
  one("ReduceMax of equal ones", "torch.cat([a, a]).amax(0)", (x) => f.reduceMax(f.concat([x, x], 0), { axes: [0] })),
  one("ReduceProd with a zero", "(a * torch.tensor([0.0, 1, 1])).prod(1)", (x) =>
    f.reduceProd(f.mul(x, x.scope.constant(tensor("float64", [3], [0, 1, 1]))), { axes: [1] }),
  ),
  one("CumSum", "a.cumsum(1)", (x) => f.cumSum(x, 1)),
  one("Pad by reflection", "F.pad(a.unsqueeze(0), (2, 1), mode='reflect')[0]", (x) =>
    f.op("Pad", [x, x.scope.constant(tensor("int64", [4], [0, 2, 0, 1]))], { mode: "reflect" }),
  ),
  one("Pad by the edge", "F.pad(a.unsqueeze(0), (2, 1), mode='replicate')[0]", (x) =>
    f.op("Pad", [x, x.scope.constant(tensor("int64", [4], [0, 2, 0, 1]))], { mode: "edge" }),
  ),
  one("Pad by less than nothing", "F.pad(a, (-1, 2, 1, -1), value=3)", (x) =>
    f.op("Pad", [
      x,
      x.scope.constant(tensor("int64", [4], [1, -1, -1, 2])),
      x.scope.constant(tensor("float64", [], [3])),
    ]),
  ),
  one("Slice with steps", "a[:, ::2]", (x) => f.slice(x, [0], [3], [1], [2])),
  one("Slice backwards", "a.flip(1)[:, :2]", (x) => f.slice(x, [-1], [-3], [1], [-1])),
  one("Tile", "a.repeat(2, 3)", (x) => f.tile(x, [2, 3])),
  one("Gather", "a[:, i]", (x, i) => f.gather(x, i, 1)),
  one("Gather of a table", "a.t()[i.view(2, 2)]", (x, i) => f.gather(f.transpose(x), f.reshape(i, [2, 2]))),
  one("GatherElements", "a.gather(0, (i % 2)[:3].view(1, 3))", (x, i) =>
    f.gatherElements(x, f.reshape(f.slice(f.mod(i, 2), [0], [3], [0]), [1, 3]), 0),
  ),
  {
    name: "ScatterElements",
    python: "a.scatter_add(1, i.view(2, 2), b)",
    build: ([a, b], i) => f.scatterElements(a, f.reshape(i, [2, 2]), b, 1, "add"),
    dims: [
      [2, 3],
      [2, 2],
    ],
  },
  {
    name: "Gemm",
    python: "2 * a.t() @ b.t() + 0.5 * c",
    build: ([a, b, c]) => f.gemm(a, b, c, { alpha: 2, beta: 0.5, transA: 1, transB: 1 }),
    dims: [[3, 2], [4, 3], [4]],
  },
  ...(
    [
      [
        [2, 3],
        [3, 4],
      ],
      [[3], [3, 4]],
      [[2, 3], [3]],
      [
        [2, 1, 2, 3],
        [4, 3, 2],
      ],
    ] as const
  ).map((dims): Entry => ({ name: "MatMul", python: "a @ b", build: ([a, b]) => f.matmul(a, b), dims })),
];

const INDEX = [0, 2, 2, 1];
/** Numbers that look random and are the same everywhere. */
const values = (entry: number, input: number, dims: Dims, [low, high]: readonly [number, number] = [-2, 2]): number[] =>
  Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => {
    const x = Math.sin(entry * 12.9898 + input * 78.233 + i * 37.719) * 43758.5453;
    return low + (high - low) * (x - Math.floor(x));
  });

const PROGRAM = `
import json, sys, torch
import torch.nn.functional as F
i = torch.tensor(${JSON.stringify(INDEX)})
out = []
for entry in json.load(open(sys.argv[1])):
    x = [torch.tensor(v, dtype=torch.float64).reshape(d).requires_grad_() for v, d in zip(entry["values"], entry["dims"])]
    y = eval(entry["python"], {"torch": torch, "F": F, "i": i, **dict(zip("abc", x))})
    weights = 1 + torch.arange(y.numel(), dtype=torch.float64).reshape(y.shape) % 7 / 8
    (y * weights).sum().backward()
    zero = lambda v: torch.zeros_like(v) if v.grad is None else v.grad
    out.append({"y": y.flatten().tolist(), "gradients": [zero(v).flatten().tolist() for v in x]})
print(json.dumps(out))
`;

const python = pythonWith("torch");
describe.skipIf(python === undefined)("PyTorch", () => {
  const folder = mkdtempSync(join(tmpdir(), "torch-"));
  const given = entries.map(({ python: code, dims, range }, k) => ({
    python: code,
    dims,
    values: dims.map((d, i) => values(k, i, d, range)),
  }));
  writeFileSync(join(folder, "entries.json"), JSON.stringify(given));
  const theirs =
    python === undefined
      ? []
      : runPython<{ y: number[]; gradients: number[][] }[]>(python, PROGRAM, [join(folder, "entries.json")]);
  rmSync(folder, { recursive: true });

  test.each(entries.map((e, k) => [`${e.name} of ${e.dims.map((d) => `[${d}]`).join(" and ")}`, k] as const))(
    "%s",
    (_, k) => {
      const { dims, build } = entries[k];
      const g = graphBuilder("entry");
      const x = dims.map((d, i) => g.input(`x${i}`, "float64", d));
      const y = build(x, g.constant(tensor("int64", [INDEX.length], INDEX)));
      const weights = y.shape.reduce<number>((n, d) => n * (d as number), 1);
      const weighted = f.mul(
        y,
        g.constant(
          tensor(
            "float64",
            y.shape as number[],
            Array.from({ length: weights }, (_, i) => 1 + (i % 7) / 8),
          ),
        ),
      );
      g.output("y", y);
      gradient(f.reduceSum(weighted), x).forEach((d, i) => {
        g.output(`d${i}`, d);
      });
      const ours = evaluate(
        g.model(),
        Object.fromEntries(dims.map((d, i) => [`x${i}`, tensor("float64", d, given[k].values[i])])),
      );
      const agree = (a: readonly number[], b: readonly number[]): void => {
        expect(a).toHaveLength(b.length);
        a.forEach((v, i) => {
          expect(Math.abs(v - b[i])).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(b[i])));
        });
      };
      agree(numbers(ours.y), theirs[k].y);
      dims.forEach((_, i) => {
        agree(numbers(ours[`d${i}`]), theirs[k].gradients[i]);
      });
    },
  );
});
