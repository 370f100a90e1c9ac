/**
 * One training of ours, timed: `node train-ours.mjs JSON` with `{net, threads, seconds}` prints steps a second.
 *
 * Nets are `{widths, activation}`, or `{filters, pool}` for images of 28 × 28: convolutions of 3 × 3, each with ReLU,
 * that halve the image by their stride or by pooling, and one dense layer behind them. Adam, batches of 64, gathered anew from 4,096 rows.
 */
import { rng } from "../../dist/component/rng.js";
import { gemm, op, relu, reshape, tanh } from "../../dist/onnx/functions.js";
import { tensor } from "../../dist/onnx/tensor.js";
import { crossEntropy } from "../../dist/train/losses/cross-entropy.js";
import { mse } from "../../dist/train/losses/mse.js";
import { trainer } from "../../dist/train/trainer.js";

const { net, threads, seconds } = JSON.parse(process.argv[2]);
const ROWS = 4096;
const BATCH = 64;

const draws = rng(1);
const uniform = (dims, bound) => {
  const data = new Float32Array(dims.reduce((a, b) => a * b));
  for (let i = 0; i < data.length; i++) data[i] = draws.between(-bound, bound);
  return tensor("float32", dims, data);
};
const dense = (from, to, name) => ({
  [`w${name}`]: uniform([to, from], Math.sqrt(3 / from)),
  [`b${name}`]: uniform([to], 0.01),
});

function perceptron({ widths, activation }) {
  const layers = widths.slice(1);
  const bend = { tanh, relu }[activation];
  return {
    parameters: Object.assign({}, ...layers.map((to, i) => dense(widths[i], to, i))),
    data: { x: uniform([ROWS, widths[0]], 1), y: uniform([ROWS, widths.at(-1)], 1) },
    environment: (p, { x, y }) =>
      mse.of(
        layers.reduce((h, _, i) => {
          const z = gemm(h, p[`w${i}`], p[`b${i}`], { transB: 1 });
          return i + 1 < layers.length ? bend(z) : z;
        }, x),
        y,
      ),
  };
}

function convolutional({ filters, pool }) {
  const channels = [1, ...filters];
  const side = filters.reduce((n) => (pool ? Math.floor((n - 2) / 2) : Math.floor((n - 1) / 2)), 28);
  const parameters = Object.assign(
    dense(side * side * filters.at(-1), 10, "out"),
    ...filters.map((to, i) => ({ [`k${i}`]: uniform([to, channels[i], 3, 3], 0.3), [`c${i}`]: uniform([to], 0.01) })),
  );
  return {
    parameters,
    data: {
      x: uniform([ROWS, 1, 28, 28], 1),
      y: tensor(
        "int64",
        [ROWS],
        Array.from({ length: ROWS }, (_, i) => i % 10),
      ),
    },
    environment: (p, { x, y }) => {
      const features = filters.reduce((h, _, i) => {
        const z = relu(op("Conv", [h, p[`k${i}`], p[`c${i}`]], { strides: pool ? [1, 1] : [2, 2] }));
        return pool ? op("MaxPool", [z], { kernel_shape: [2, 2], strides: [2, 2] }) : z;
      }, x);
      return crossEntropy.of(gemm(reshape(features, [BATCH, -1]), p.wout, p.bout, { transB: 1 }), y);
    },
  };
}

const { parameters, data, environment } = net.filters ? convolutional(net) : perceptron(net);
const training = trainer({
  environment,
  parameters,
  data: { train: data },
  batch: BATCH,
  epochs: 100_000,
  seed: 1,
  threads,
  worker: false,
});
// the first third is to warm up
let from;
let rate;
const started = performance.now();
training.progress.subscribe(({ step }) => {
  const now = performance.now();
  if (now - started < 333 * seconds) return;
  if (from === undefined) from = { step, now };
  else if (now - started > 1000 * seconds) {
    rate = (1000 * (step - from.step)) / (now - from.now);
    training.stop();
  }
});
await training.run();
console.log(rate);
