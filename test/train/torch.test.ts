/** Losses, optimisers and schedules beside PyTorch's, on the same numbers, in one python process. */
import { describe, expect, test } from "vitest";
import { rng } from "../../src/component/rng.js";
import { gradient } from "../../src/onnx/autodiff.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { gemm, tanh } from "../../src/onnx/functions.js";
import type { Tensor, Tensors } from "../../src/onnx/ir.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import type { Loss } from "../../src/train/loss.js";
import { crossEntropy } from "../../src/train/losses/cross-entropy.js";
import { gaussianNll } from "../../src/train/losses/gaussian-nll.js";
import { huber } from "../../src/train/losses/huber.js";
import { kl } from "../../src/train/losses/kl.js";
import { mae } from "../../src/train/losses/mae.js";
import { mse } from "../../src/train/losses/mse.js";
import { softTargets } from "../../src/train/losses/soft-targets.js";
import type { Optimiser } from "../../src/train/optimiser.js";
import { adam } from "../../src/train/optimisers/adam.js";
import { adamW } from "../../src/train/optimisers/adamw.js";
import { sgd } from "../../src/train/optimisers/sgd.js";
import type { Schedule } from "../../src/train/schedule.js";
import { constant } from "../../src/train/schedules/constant.js";
import { cosine } from "../../src/train/schedules/cosine.js";
import { cyclic } from "../../src/train/schedules/cyclic.js";
import { oneCycle } from "../../src/train/schedules/one-cycle.js";
import { type TrainerOptions, trainer } from "../../src/train/trainer.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("torch");
const draws = rng(11);
const normal = (dims: number[], scale = 1): Tensor =>
  tensor(
    "float64",
    dims,
    Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => scale * draws.normal()),
  );
const nested = (t: Tensor): unknown => {
  const cut = (dims: readonly number[], from: readonly number[]): unknown =>
    dims.length === 0
      ? from[0]
      : Array.from({ length: dims[0] }, (_, i) => {
          const size = from.length / dims[0];
          return cut(dims.slice(1), from.slice(i * size, (i + 1) * size));
        });
  return cut(t.dims, numbers(t));
};
const softmaxRows = (t: Tensor): Tensor => {
  const [rows, classes] = t.dims;
  const out = numbers(t).map(Math.exp);
  for (let r = 0; r < rows; r++) {
    const sum = out.slice(r * classes, (r + 1) * classes).reduce((a, b) => a + b);
    for (let c = 0; c < classes; c++) out[r * classes + c] /= sum;
  }
  return tensor("float64", t.dims, out);
};

const [y, t, logits, teacher] = [normal([6, 4]), normal([6, 4]), normal([6, 5], 3), normal([6, 5], 3)];
const labels = tensor("int64", [6], [0, 4, 2, 2, 1, 3]);
const both = normal([6, 8]);
const losses: readonly (readonly [string, Loss, Tensor, Tensor, string])[] = [
  ["mse", mse, y, t, "F.mse_loss(y, t)"],
  ["mae", mae, y, t, "F.l1_loss(y, t)"],
  ["huber 1", huber(), y, t, "F.huber_loss(y, t)"],
  ["huber 0.3", huber(0.3), y, t, "F.huber_loss(y, t, delta=0.3)"],
  ["cross-entropy of indices", crossEntropy, logits, labels, "F.cross_entropy(y, t)"],
  ["cross-entropy of probabilities", crossEntropy, logits, softmaxRows(teacher), "F.cross_entropy(y, t)"],
  ["kl", kl, logits, softmaxRows(teacher), "F.kl_div(F.log_softmax(y, -1), t, reduction='batchmean')"],
  ...[0.5, 1, 4].map(
    (T) =>
      [
        `soft targets at ${T}`,
        softTargets({ temperature: T }),
        logits,
        teacher,
        `${T}**2 * F.kl_div(F.log_softmax(y / ${T}, -1), F.softmax(t / ${T}, -1), reduction='batchmean')`,
      ] as const,
  ),
  ["gaussian nll", gaussianNll, both, t, "F.gaussian_nll_loss(y[:, :4], t, torch.exp(y[:, 4:]))"],
];

const optimisers: readonly (readonly [string, Optimiser, string])[] = [
  ["sgd", sgd(), "SGD(p, lr=0.05)"],
  ["sgd with momentum", sgd({ momentum: 0.9 }), "SGD(p, lr=0.05, momentum=0.9)"],
  [
    "sgd with Nesterov and decay",
    sgd({ momentum: 0.8, nesterov: true, weight_decay: 0.1 }),
    "SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.1)",
  ],
  ["adam", adam(), "Adam(p, lr=0.05)"],
  [
    "adam with decay",
    adam({ beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weight_decay: 0.1 }),
    "Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1)",
  ],
  ["adamw", adamW({ weight_decay: 0.1 }), "AdamW(p, lr=0.05, weight_decay=0.1)"],
];

const STEPS = 100;
const schedules: readonly (readonly [string, Schedule, string])[] = [
  ["constant", constant, "S.ConstantLR(o, factor=1)"],
  ["one cycle", oneCycle(), `S.OneCycleLR(o, max_lr=1, total_steps=${STEPS})`],
  [
    "one cycle, other shape",
    oneCycle({ rising: 0.5, start: 0.1, end: 0.001 }),
    `S.OneCycleLR(o, max_lr=1, total_steps=${STEPS}, pct_start=0.5, div_factor=10, final_div_factor=100)`,
  ],
  [
    "triangular",
    cyclic({ low: 0.2, half: 7 }),
    "S.CyclicLR(o, base_lr=0.2, max_lr=1, step_size_up=7, cycle_momentum=False)",
  ],
  [
    "triangular, shrinking",
    cyclic({ low: 0.2, half: 7, shrink: 0.5 }),
    "S.CyclicLR(o, base_lr=0.2, max_lr=1, step_size_up=7, mode='triangular2', cycle_momentum=False)",
  ],
  ["cosine, a step ahead", cosine({ floor: 0.1 }), `ahead(S.CosineAnnealingLR(o, T_max=${STEPS}, eta_min=0.1))`],
];

const [x, target] = [normal([8, 3]), normal([8, 2])];
const start = { w1: normal([5, 3]), b1: normal([5]), w2: normal([2, 5]), b2: normal([2]) };
// weights decay, biases do not
const PROGRAM = `
import json, sys, warnings, torch
import torch.nn.functional as F
import torch.optim.lr_scheduler as S
warnings.simplefilter('ignore')
torch.set_num_threads(1)
given = json.loads(sys.argv[1])
tensor = lambda v: torch.tensor(v, dtype=torch.float64 if isinstance(v[0], list) or isinstance(v[0], float) else torch.int64)
out = {'losses': [], 'optimisers': [], 'schedules': []}
for y, t, code in given['losses']:
    y, t = tensor(y).requires_grad_(), tensor(t)
    loss = eval(code)
    loss.backward()
    out['losses'].append([loss.item(), y.grad.flatten().tolist()])
x, t = tensor(given['x']), tensor(given['target'])
for code, clip in [(c, k) for c in given['optimisers'] for k in (None, 'norm', 'value')]:
    w = {k: torch.nn.Parameter(torch.tensor(v, dtype=torch.float64)) for k, v in given['start'].items()}
    p = [{'params': [w['w1'], w['w2']]}, {'params': [w['b1'], w['b2']], 'weight_decay': 0}]
    o = eval('torch.optim.' + code)
    for _ in range(12):
        o.zero_grad()
        F.mse_loss(F.linear(torch.tanh(F.linear(x, w['w1'], w['b1'])), w['w2'], w['b2']), t).backward()
        if clip == 'norm': torch.nn.utils.clip_grad_norm_(w.values(), 0.5)
        if clip == 'value': torch.nn.utils.clip_grad_value_(w.values(), 0.05)
        o.step()
    out['optimisers'].append({k: v.flatten().tolist() for k, v in w.items()})
def ahead(s):
    o.step(); s.step()
    return s
for code in given['schedules']:
    o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1)
    s = eval(code)
    rates = []
    for _ in range(${STEPS}):
        rates.append(o.param_groups[0]['lr'])
        o.step()
        try: s.step()
        except ValueError: break
    out['schedules'].append(rates)
print(json.dumps(out))
`;
interface Theirs {
  readonly losses: readonly (readonly [number, readonly number[]])[];
  readonly optimisers: readonly { readonly [name: string]: readonly number[] }[];
  readonly schedules: readonly (readonly number[])[];
}
let answer: Theirs | undefined;
const theirs = (): Theirs =>
  (answer ??= runPython<Theirs>(python!, PROGRAM, [
    JSON.stringify({
      losses: losses.map(([, , a, b, code]) => [nested(a), nested(b), code]),
      optimisers: optimisers.map(([, , code]) => code),
      schedules: schedules.map(([, , code]) => code),
      x: nested(x),
      target: nested(target),
      start: Object.fromEntries(Object.entries(start).map(([name, v]) => [name, nested(v)])),
    }),
  ]));

const expectClose = (ours: readonly number[], known: readonly number[], within: number): void => {
  expect(ours.length).toBe(known.length);
  ours.forEach((v, i) => {
    expect(Math.abs(v - known[i])).toBeLessThanOrEqual(within * Math.max(1, Math.abs(known[i])));
  });
};

describe.skipIf(python === undefined)("as PyTorch has it", () => {
  test.each(losses.map(([name], i) => [name, i] as const))("loss and gradient: %s", (_, i) => {
    const [, loss, a, b] = losses[i];
    const g = graphBuilder("loss");
    const prediction = g.input("prediction", a.dtype, a.dims);
    const value = loss.of(prediction, g.input("target", b.dtype, b.dims));
    g.output("loss", value);
    g.output("gradient", gradient(value, [prediction])[0]);
    const found = evaluate(g.model(), { prediction: a, target: b });
    expectClose(numbers(found.loss), [theirs().losses[i][0]], 1e-12);
    expectClose(numbers(found.gradient), theirs().losses[i][1], 1e-12);
  });

  const float32 = (of: Tensors): Tensors =>
    Object.fromEntries(Object.entries(of).map(([name, v]) => [name, tensor("float32", v.dims, numbers(v))]));
  const clips: readonly (readonly [string, Partial<TrainerOptions>])[] = [
    ["", {}],
    [", clipped by norm", { clip_norm: 0.5 }],
    [", clipped by value", { clip_value: 0.05 }],
  ];
  test.each(optimisers.flatMap(([name], i) => clips.map(([how], k) => [`${name}${how}`, i, k] as const)))(
    "twelve steps: %s",
    async (_, i, k) => {
      for (const [kind, within] of [
        [(v: Tensors) => v, 2e-6],
        [float32, 2e-5],
      ] as const) {
        const { parameters } = await trainer({
          environment: (p, { x, y }) =>
            mse.of(gemm(tanh(gemm(x, p.w1, p.b1, { transB: 1 })), p.w2, p.b2, { transB: 1 }), y),
          parameters: kind(start),
          data: { train: kind({ x, y: target }) },
          optimiser: optimisers[i][1],
          rate: 0.05,
          batch: 8,
          epochs: 12,
          seed: 1,
          worker: false,
          ...clips[k][1],
        }).run();
        for (const [name, known] of Object.entries(theirs().optimisers[3 * i + k]))
          expectClose(numbers(parameters[name]), known, within);
      }
    },
  );

  test.each(schedules.map(([name], i) => [name, i] as const))("schedule: %s", (_, i) => {
    const known = theirs().schedules[i];
    expect(known.length).toBe(STEPS);
    const ours = known.map((_, step) => schedules[i][1].factor(step + 1, STEPS));
    expectClose(ours, known, 1e-12);
  });
});
