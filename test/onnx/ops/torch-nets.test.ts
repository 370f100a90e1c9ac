/** Ops of nets and their gradients against PyTorch, in float64: the same layers, weights carried over to ONNX's order. */
import { describe, expect, test } from "vitest";
import { gradient } from "../../../src/onnx/autodiff.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import * as f from "../../../src/onnx/functions.js";
import { numbers, tensor } from "../../../src/onnx/tensor.js";
import type { Value } from "../../../src/onnx/value.js";
import { pythonWith, runPython } from "../../support/python.js";

interface Layer {
  readonly name: string;
  /** Inputs, by which the loss is differentiated; the elements are made from their places. */
  readonly inputs: { readonly [name: string]: readonly number[] };
  /** What PyTorch computes, of its inputs by name. */
  readonly python: string;
  build(inputs: { readonly [name: string]: Value }): Value;
}

/** Rows of weights in blocks, one a gate, put in another order. */
const gates = (v: Value, order: readonly number[], axis = 0): Value => {
  const size = (v.shape[axis] as number) / order.length;
  return f.concat(
    order.map((k) => f.slice(v, [k * size], [(k + 1) * size], [axis])),
    axis,
  );
};
const direction = (v: Value): Value => f.unsqueeze(v, [0]);
/** PyTorch's weights of one direction as ONNX's: gates in their order, both biases in one. */
const weights = (i: { readonly [name: string]: Value }, suffix: string, order: readonly number[]): Value[] => [
  direction(gates(i[`w${suffix}`], order)),
  direction(gates(i[`r${suffix}`], order)),
  direction(f.concat([gates(i[`bw${suffix}`], order), gates(i[`br${suffix}`], order)], 0)),
];
const recurrentInputs = (rows: number, suffix = "") => ({
  [`w${suffix}`]: [rows, 3],
  [`r${suffix}`]: [rows, 2],
  [`bw${suffix}`]: [rows],
  [`br${suffix}`]: [rows],
});
const [GRU, LSTM] = [
  [1, 0, 2],
  [0, 3, 1, 2],
];

const layers: readonly Layer[] = [
  {
    name: "Conv: strides, dilations, groups, pads",
    inputs: { x: [2, 4, 7, 6], w: [6, 2, 3, 2], b: [6] },
    python: "F.conv2d(x, w, b, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2)",
    build: ({ x, w, b }) => f.conv(x, w, b, { strides: [2, 1], pads: [1, 2, 1, 2], dilations: [1, 2], group: 2 }),
  },
  {
    name: "Conv, one group",
    inputs: { x: [3, 2, 6, 6], w: [4, 2, 3, 3], b: [4] },
    python: "F.conv2d(x, w, b, stride=2, padding=1)",
    build: ({ x, w, b }) => f.conv(x, w, b, { strides: [2, 2], pads: [1, 1, 1, 1] }),
  },
  {
    name: "Conv along one axis",
    inputs: { x: [2, 3, 9], w: [4, 3, 3], b: [4] },
    python: "F.conv1d(x, w, b, dilation=2, padding=2)",
    build: ({ x, w, b }) => f.conv(x, w, b, { dilations: [2], pads: [2, 2] }),
  },
  {
    name: "ConvTranspose: strides, output padding, groups",
    inputs: { x: [2, 4, 3, 4], w: [4, 3, 3, 2], b: [6] },
    python: "F.conv_transpose2d(x, w, b, stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2)",
    build: ({ x, w, b }) =>
      f.convTranspose(x, w, b, { strides: [2, 3], pads: [1, 0, 1, 0], output_padding: [1, 2], group: 2 }),
  },
  {
    name: "MaxPool, side by side, more elements than kernels",
    inputs: { x: [2, 3, 7, 6] },
    python: "F.max_pool2d(x, 2)",
    build: ({ x }) => f.maxPool(x, [2, 2], { strides: [2, 2] }),
  },
  {
    name: "MaxPool over one another, padded, dilated",
    inputs: { x: [2, 3, 9, 8] },
    python: "F.max_pool2d(x, 3, stride=2, padding=1, dilation=2)",
    build: ({ x }) => f.maxPool(x, [3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [2, 2] }),
  },
  {
    name: "MaxPool of equal elements: the first counts",
    inputs: { ties: [2, 2, 6, 6] },
    python: "F.max_pool2d(ties, 2) + F.max_pool2d(ties, 3, stride=2)[:, :, :1, :1]",
    build: ({ ties }) => {
      const over = f.maxPool(ties, [3, 3], { strides: [2, 2] });
      return f.add(f.maxPool(ties, [2, 2], { strides: [2, 2] }), f.slice(over, [0, 0], [1, 1], [2, 3]));
    },
  },
  {
    name: "AveragePool, padding counted and not",
    inputs: { x: [2, 3, 7, 6] },
    python:
      "F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=True) + 2 * F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)",
    build: ({ x }) => {
      const walk = { strides: [2, 2], pads: [1, 1, 1, 1] };
      return f.add(
        f.averagePool(x, [3, 3], { ...walk, count_include_pad: 1 }),
        f.mul(f.averagePool(x, [3, 3], walk), 2),
      );
    },
  },
  {
    name: "LayerNormalization",
    inputs: { x: [2, 3, 4], s: [3, 4], b: [3, 4] },
    python: "F.layer_norm(x, (3, 4), s, b, eps=1 / 128)",
    build: ({ x, s, b }) => f.layerNormalization(x, s, b, { axis: 1, epsilon: 1 / 128 }),
  },
  {
    name: "BatchNormalization",
    inputs: { x: [4, 3, 5], s: [3], b: [3], m: [3], v: [3] },
    python: "(x - m[:, None]) / torch.sqrt(v.abs() + 1 + 1 / 128)[:, None] * s[:, None] + b[:, None]",
    build: ({ x, s, b, m, v }) => f.batchNormalization(x, s, b, m, f.add(f.abs(v), 1), { epsilon: 1 / 128 }),
  },
  {
    name: "BatchNormalization that trains",
    inputs: { x: [4, 3, 5], s: [3], b: [3] },
    python: "F.batch_norm(x, None, None, s, b, training=True, eps=1 / 128)",
    build: ({ x, s, b }) =>
      x.scope.emit("BatchNormalization", [x, s, b, b, s], { training_mode: 1, epsilon: 1 / 128 }, 3)[0],
  },
  {
    name: "InstanceNormalization",
    inputs: { x: [2, 3, 5], s: [3], b: [3] },
    python: "F.instance_norm(x, weight=s, bias=b, eps=1 / 128)",
    build: ({ x, s, b }) => f.op("InstanceNormalization", [x, s, b], { epsilon: 1 / 128 }),
  },
  {
    name: "Softmax and LogSoftmax along an axis",
    inputs: { x: [2, 4, 3] },
    python: "F.softmax(x, 1) + 3 * F.log_softmax(x, 2)",
    build: ({ x }) => f.add(f.softmax(x, 1), f.mul(f.logSoftmax(x, 2), 3)),
  },
  {
    name: "TopK",
    inputs: { x: [3, 6] },
    python: "torch.topk(x, 2, dim=1)[0]",
    build: ({ x }) => f.topK(x, 2, { axis: 1 }).values,
  },
  {
    name: "Einsum: attention",
    inputs: { q: [2, 3, 2, 4], k: [2, 3, 5, 4] },
    python: "torch.einsum('bhid,bhjd->bhij', q, k)",
    build: ({ q, k }) => f.einsum("bhid,bhjd->bhij", [q, k]),
  },
  {
    name: "Einsum: a diagonal, an ellipsis",
    inputs: { a: [2, 3, 3], b: [2, 3] },
    python: "torch.einsum('...ii,...i->...i', a, b)",
    build: ({ a, b }) => f.einsum("...ii,...i->...i", [a, b]),
  },
  {
    name: "GRU",
    inputs: { x: [4, 2, 3], h: [1, 2, 2], ...recurrentInputs(6) },
    python: "torch.gru(x, h, [w, r, bw, br], True, 1, 0.0, False, False, False)[0]",
    build: (i) => {
      const [w, r, bias] = weights(i, "", GRU);
      return f.squeeze(f.gru(i.x, w, r, { bias, initial: i.h, linear_before_reset: 1 }).all, [1]);
    },
  },
  {
    name: "LSTM in both directions",
    inputs: {
      x: [4, 2, 3],
      h: [2, 2, 2],
      c: [2, 2, 2],
      ...recurrentInputs(8),
      ...recurrentInputs(8, "2"),
    },
    python: "torch.lstm(x, (h, c), [w, r, bw, br, w2, r2, bw2, br2], True, 1, 0.0, False, True, False)[0]",
    build: (i) => {
      const [one, two] = [weights(i, "", LSTM), weights(i, "2", LSTM)];
      const [w, r, bias] = one.map((v, k) => f.concat([v, two[k]], 0));
      const { all } = f.lstm(i.x, w, r, { bias, initial: i.h, initialCell: i.c, direction: "bidirectional" });
      return f.reshape(f.transpose(all, [0, 2, 1, 3]), [4, 2, 4]);
    },
  },
];

/** Elements between −1 and 1, all different; `ties` are rounded. */
const elements = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + 12.9898 * i + 78.233 * seed));
const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

const program = `
import json, sys, warnings
warnings.filterwarnings("ignore")
import torch
import torch.nn.functional as F
out = []
for case in json.loads(sys.argv[1]):
    values = {k: torch.tensor(v, dtype=torch.float64).reshape(d).requires_grad_() for k, (d, v) in case["inputs"].items()}
    y = eval(case["python"], {"torch": torch, "F": F, **values})
    weights = 1 + torch.arange(y.numel(), dtype=torch.float64).remainder(7) / 8
    (y * weights.reshape(y.shape)).sum().backward()
    out.append({"y": y.flatten().tolist(), "dims": list(y.shape), "d": {k: v.grad.flatten().tolist() for k, v in values.items()}})
print(json.dumps(out))
`;

interface Answer {
  readonly y: readonly number[];
  readonly dims: readonly number[];
  readonly d: { readonly [name: string]: readonly number[] };
}

const python = pythonWith("torch");

describe.skipIf(python === undefined)("PyTorch says the same", () => {
  const given = layers.map((l) =>
    Object.fromEntries(
      Object.entries(l.inputs).map(([name, dims], k) => [
        name,
        [dims, elements(count(dims), k).map((v) => (name === "ties" ? Math.round(v) : v))] as const,
      ]),
    ),
  );
  const answers =
    python === undefined
      ? []
      : runPython<readonly Answer[]>(python, program, [
          JSON.stringify(layers.map((l, i) => ({ inputs: given[i], python: l.python }))),
        ]);

  test.each(layers.map((l, i) => [l.name, i] as const))("%s", (_, i) => {
    const g = graphBuilder("layer");
    const names = Object.keys(layers[i].inputs);
    const inputs = Object.fromEntries(names.map((name) => [name, g.input(name, "float64", layers[i].inputs[name])]));
    const y = layers[i].build(inputs);
    const size = count(y.shape as number[]);
    const weights = tensor(
      "float64",
      y.shape as number[],
      Array.from({ length: size }, (_, k) => 1 + (k % 7) / 8),
    );
    g.output("y", y);
    gradient(f.reduceSum(f.mul(y, g.constant(weights))), Object.values(inputs)).forEach((d, k) => {
      g.output(`d.${names[k]}`, d);
    });
    const feeds = Object.fromEntries(
      names.map((name) => [name, tensor("float64", given[i][name][0], given[i][name][1])]),
    );
    const found = evaluate(g.model(), feeds);
    expect(found.y.dims).toEqual(answers[i].dims);
    const near = (ours: readonly number[], theirs: readonly number[]): void => {
      expect(ours.length).toBe(theirs.length);
      ours.forEach((v, k) => {
        if (!(Math.abs(v - theirs[k]) <= 1e-12 * Math.max(1, Math.abs(v))))
          throw new Error(`element ${k} is ${v}, PyTorch says ${theirs[k]}`);
      });
    };
    near(numbers(found.y), answers[i].y);
    for (const name of names) near(numbers(found[`d.${name}`]), answers[i].d[name]);
  });
});
