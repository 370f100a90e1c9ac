/**
 * Training a policy-sized net: MLP 8-64-64-4 with tanh, mini-batches of 64, Adam, mean squared error, float32.
 *
 * Limbeck: K steps inside one ONNX `Scan`, one thread. Peer: PyTorch eager at one thread, if a `python3` has it.
 * Both sides gather their mini-batches from the same number of rows and take the same number of steps.
 */
import { spawnSync } from "node:child_process";
import { rng } from "../dist/component/rng.js";
import { gemm, tanh } from "../dist/onnx/functions.js";
import { tensor } from "../dist/onnx/tensor.js";
import { constant } from "../dist/train/schedules/constant.js";
import { train } from "../dist/train/train.js";

const WIDTHS = [8, 64, 64, 4];
const BATCH = 64;
const ROWS = 64 * BATCH;
const EPOCHS = 150;
const RUNS = 5;

const draws = rng(1);
const uniform = (count) => Float32Array.from({ length: count }, () => draws.between(-0.3, 0.3));
const matrix = (rows, width) => ({ rows, width, data: uniform(rows * width) });
const layers = WIDTHS.slice(1).map((_, i) => i);
const parameters = Object.fromEntries(
  layers.flatMap((i) => [
    [`w${i}`, tensor("float32", [WIDTHS[i + 1], WIDTHS[i]], uniform(WIDTHS[i + 1] * WIDTHS[i]))],
    [`b${i}`, tensor("float32", [WIDTHS[i + 1]], uniform(WIDTHS[i + 1]))],
  ]),
);
const forward = (x, p) =>
  layers.reduce((h, i) => {
    const z = gemm(h, p[`w${i}`], p[`b${i}`], { transB: 1 });
    return i + 1 < layers.length ? tanh(z) : z;
  }, x);
const split = (rows) => ({ x: matrix(rows, WIDTHS[0]), y: matrix(rows, WIDTHS.at(-1)) });
const data = { train: split(ROWS), validation: split(1) };

const PEER = `
import time, sys, torch
torch.set_num_threads(1)
torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Linear(8, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 4))
x, y = torch.randn(${ROWS}, 8), torch.randn(${ROWS}, 4)
optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
def run(epochs):
    start = time.perf_counter()
    for _ in range(epochs):
        order = torch.randperm(${ROWS})
        for batch in order.view(-1, ${BATCH}):
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(net(x[batch]), y[batch]).backward()
            optimiser.step()
    return epochs * ${ROWS / BATCH} / (time.perf_counter() - start)
run(2)
print(torch.__version__, run(20))
`;

const PYTHONS = ["python3", "/usr/bin/python3"];

/** Steps a second of PyTorch, or undefined without it. */
function peer() {
  for (const python of PYTHONS) {
    const { status, stdout } = spawnSync(python, ["-c", PEER], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (status !== 0) continue;
    const [version, rate] = stdout.trim().split(" ");
    return { version, rate: Number(rate) };
  }
  return undefined;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const name = "train";

export async function run() {
  const ours = [];
  const theirs = [];
  let version;
  for (let i = 0; i < RUNS; i++) {
    const { steps_per_s } = await train({
      forward,
      parameters,
      data,
      schedule: constant,
      rate: 1e-3,
      epochs: EPOCHS,
      batch: BATCH,
      seed: 1,
      now: () => performance.now(),
    });
    ours.push(steps_per_s);
    const found = i === 0 || version !== undefined ? peer() : undefined;
    if (found === undefined) continue;
    version = found.version;
    theirs.push(found.rate);
  }
  const rate = theirs.length > 0 ? median(theirs) : null;
  return [
    {
      name: "train/mlp-8-64-64-4",
      unit: "steps/s",
      ours: median(ours),
      peer: rate,
      peer_name:
        version === undefined ? "PyTorch eager, 1 thread: not on this machine" : `PyTorch ${version} eager, 1 thread`,
      ratio: rate === null ? null : median(ours) / rate,
      runs: { ours, peer: theirs },
    },
  ];
}

export default run;
