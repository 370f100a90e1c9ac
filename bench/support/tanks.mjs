/**
 * Cascaded tanks in free run: a recurrent student with the structure of two tanks (Torricelli's outflow, an upper tank
 * that flows over into the lower one, a sensor that ends at its limit), trained by the error of the simulation over the
 * whole estimation record. Both records start from the same levels, which are learned. The validation record is the test.
 */
import { readFileSync } from "node:fs";
import { rng } from "../../dist/component/rng.js";
import { graphBuilder } from "../../dist/onnx/builder.js";
import { encode } from "../../dist/onnx/codec/index.js";
import { scan } from "../../dist/onnx/control.js";
import { add, max, min, mul, reduceMean, reshape, sqrt, square, sub } from "../../dist/onnx/functions.js";
import { tensor } from "../../dist/onnx/tensor.js";
import { openSession } from "../../dist/session/session.js";
import { cosine } from "../../dist/train/schedules/cosine.js";
import { trainer } from "../../dist/train/trainer.js";

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

/** Levels that the lower tank's sensor shows, [ticks, 1], for valve voltages [ticks, 1]. */
function simulated(p, u) {
  const level = (name) => mul(p[name], LEVEL);
  const root = (x) => sqrt(add(max(x, 0), SMOOTH));
  return scan([level("upper_start"), level("lower_start")], [u], ([upper, lower], [valve]) => {
    const flow = root(upper);
    const filled = sub(sub(add(upper, mul(p.pump, valve)), mul(p.upper_out, flow)), p.upper_leak);
    const brim = level("upper_brim");
    const over = max(sub(filled, brim), 0);
    const gained = add(mul(p.lower_in, flow), mul(p.overflow, over));
    const next = sub(add(sub(lower, mul(p.lower_out, root(lower))), gained), p.lower_leak);
    const shown = min(lower, level("sensor_limit"));
    return { states: [min(filled, brim), min(next, level("sensor_limit"))], outputs: [shown] };
  }).outputs[0];
}

export function tanks(file) {
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
  const column = (c) =>
    tensor(
      "float32",
      [1, rows.length, 1],
      rows.map((r) => r[c]),
    );
  const sequence = (batch) => reshape(batch, [rows.length, 1]);
  return {
    /** RMSE of the free run over the validation record, in volts. */
    async rmse(seed, steps) {
      const draws = rng(seed);
      const parameters = Object.fromEntries(
        Object.entries(START).map(([name, value]) => [
          name,
          tensor("float32", [1], [value * draws.between(1 - SPREAD, 1 + SPREAD)]),
        ]),
      );
      const trained = await trainer({
        environment: (p, { u, y }) => reduceMean(square(sub(simulated(p, sequence(u)), sequence(y)))),
        parameters,
        data: { train: { u: column(0), y: column(2) } },
        schedule: cosine({ floor: 0.01, warmup: 0.02 }),
        rate: 0.01,
        epochs: steps,
        batch: 1,
        seed,
        clip_norm: 1,
        worker: false,
      }).run();
      const g = graphBuilder("tanks");
      const p = Object.fromEntries(
        Object.entries(trained.parameters).map(([name, t]) => [name, g.initializer(name, t)]),
      );
      g.output("level", simulated(p, g.input("valve", "float32", [rows.length, 1])));
      const session = await openSession(encode(g.model()));
      const { level } = await session.run({ valve: { ...column(1), dims: [rows.length, 1] } });
      await session.close();
      const square_error = rows.reduce((sum, row, t) => sum + (level.data[t] - row[3]) ** 2, 0);
      return { rmse: Math.sqrt(square_error / rows.length), train: Math.sqrt(trained.history.at(-1).train_loss) };
    },
  };
}
