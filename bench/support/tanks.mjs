/**
 * Cascaded tanks in free run: a student with the structure of two tanks (Torricelli's outflow, an upper tank that flows
 * over into the lower one, a sensor that ends at its limit), trained by the error of the simulation over the whole
 * estimation record. It is a student like those of `src/distill/students`: rows in, a policy with memory out. Both records
 * start from the same levels, which are learned, and from which the policy begins anew. The validation record is the test.
 */
import { readFileSync } from "node:fs";
import { rng } from "../../dist/component/rng.js";
import { recurrentModel } from "../../dist/distill/students/policy.js";
import { predict } from "../../dist/distill/students/predict.js";
import { scan } from "../../dist/onnx/control.js";
import { add, max, min, mul, reduceMean, reshape, sqrt, square, sub } from "../../dist/onnx/functions.js";
import { tensor } from "../../dist/onnx/tensor.js";
import { asTensor } from "../../dist/train/matrix.js";
import { cosine } from "../../dist/train/schedules/cosine.js";
import { trainer } from "../../dist/train/trainer.js";
import { block, matrix } from "./rows.mjs";

/** Levels are learned in tens of volts, so that all parameters are about one. */
const LEVEL = 10;
/** Keeps the slope of a root finite at an empty tank. */
const SMOOTH = 1e-3;

/**
 * Before training, each times a factor that the seed draws: about where Gauss and Newton's method ends on the estimation
 * record, which by small steps alone is a long way.
 */
const START = {
  upper_out: 0.175,
  pump: 0.22,
  lower_in: 0.155,
  lower_out: 0.185,
  overflow: 0.6,
  upper_brim: 1.4,
  upper_leak: 0.09,
  lower_leak: 0.05,
  sensor_limit: 1,
  upper_start: 0.86,
  lower_start: 0.52,
};
/** The seed's factors lie about one by as much. */
const SPREAD = 0.05;

/** Gradient steps over the whole estimation record: its own error falls no more. */
const STEPS = 200;

const level = (p, name) => mul(p[name], LEVEL);

/** What the sensor shows of the lower tank, and the levels a tick later; all [rows, 1]. */
function tick(p, [upper, lower], valve) {
  const root = (x) => sqrt(add(max(x, 0), SMOOTH));
  const flow = root(upper);
  const filled = sub(sub(add(upper, mul(p.pump, valve)), mul(p.upper_out, flow)), p.upper_leak);
  const brim = level(p, "upper_brim");
  const over = max(sub(filled, brim), 0);
  const gained = add(mul(p.lower_in, flow), mul(p.overflow, over));
  const next = sub(add(sub(lower, mul(p.lower_out, root(lower))), gained), p.lower_leak);
  const limit = level(p, "sensor_limit");
  return { shown: min(lower, limit), levels: [min(filled, brim), min(next, limit)] };
}

/** The student: `train` is one episode of valve voltages and levels, all of which counts. */
export const twoTanks = {
  name: "two tanks",
  async fit(data, { seed, signal, now, checkpoints, steps = STEPS }) {
    const draws = rng(seed);
    const parameters = Object.fromEntries(
      Object.entries(START).map(([name, value]) => [
        name,
        tensor("float32", [1, 1], [value * draws.between(1 - SPREAD, 1 + SPREAD)]),
      ]),
    );
    const { rows } = data.train.x;
    const episode = ({ dtype, data }) => ({ dtype, dims: [1, rows, 1], data });
    const { parameters: trained, history } = await trainer({
      environment: (p, { u, y }) => {
        const begin = [level(p, "upper_start"), level(p, "lower_start")];
        const { outputs } = scan(begin, [reshape(u, [rows, 1, 1])], (levels, [valve]) => {
          const { shown, levels: next } = tick(p, levels, valve);
          return { states: next, outputs: [shown] };
        });
        return reduceMean(square(sub(reshape(outputs[0], [1, rows, 1]), y)));
      },
      parameters,
      data: { train: { u: episode(asTensor(data.train.x)), y: episode(asTensor(data.train.y)) } },
      schedule: cosine({ floor: 0.01, warmup: 0.02 }),
      rate: 0.01,
      epochs: steps,
      batch: 1,
      seed,
      clip_norm: 1,
      worker: false,
      now,
      ...(checkpoints && { checkpoints }),
    }).run(signal);
    const raw = { mean: Float32Array.of(0), deviation: Float32Array.of(1), scale: Float32Array.of(1) };
    const states = ["upper", "lower"].map((name) => ({ name, width: 1 }));
    const model = recurrentModel("two_tanks", data, raw, raw, states, (g, valve, _, { states, begin }) => {
      const p = Object.fromEntries(Object.entries(trained).map(([name, t]) => [name, g.initializer(name, t)]));
      const levels = ["upper", "lower"].map((name) => begin(level(p, `${name}_start`), states[name]));
      const { shown, levels: next } = tick(p, levels, valve);
      return { output: shown, next: { upper: next[0], lower: next[1] } };
    });
    const train_rmse = Math.sqrt(history.at(-1).train_loss);
    return { name: "two tanks", model, history: [], details: { steps, train_rmse } };
  },
};

export function tanks(file) {
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
  const column = (c) => matrix(rows.map((row) => [row[c]]));
  const part = (x, y) => ({ x: column(x), y: column(y) });
  const estimation = part(0, 2);
  const held = part(1, 3);
  return {
    data: { inputs: [block("valve", 1)], outputs: [block("level", 1)], train: estimation, validation: estimation },
    /** RMSE of the model's free run over the validation record, in volts. */
    async rmse(model) {
      const { data } = await predict(model, held.x);
      const sum = data.reduce((total, v, t) => total + (v - held.y.data[t]) ** 2, 0);
      return Math.sqrt(sum / data.length);
    },
  };
}
