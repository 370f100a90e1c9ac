/**
 * A lowered loop held against runs of the graph: what it says at its ticks must be what they said there.
 *
 * A loop that amplifies every difference parts from its own double, too, whose weights are the next float32 numbers: by
 * as much as those two are apart, and some more, it may differ from the run.
 */
import { rng } from "../component/rng.js";
import { tickAt } from "../lower/clocks.js";
import { follow } from "../lower/follow.js";
import type { LoweredLoop } from "../lower/loop.js";
import { graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { cast } from "../onnx/functions.js";
import type { Tensor, Tensors } from "../onnx/ir.js";
import { sizeOf, tensor } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { openSession } from "../session/session.js";
import { numbersOf, partName } from "./loop-cost.js";

/** Largest difference, in shares of the port's largest value (of 1 where that is less). */
export const TOLERANCE = 1e-5;
/** How many times as far as its double a loop may be from the run. */
const SLACK = 100;
/** Of a float32: one bit more or less. */
const LAST_BIT = 2 ** -23;

interface Held {
  /** Of all starts, as `startRows` gives them. */
  readonly rows: Tensors;
  /** Of each start. */
  readonly said: readonly Tensors[];
  readonly weights: Tensors;
  readonly ticks: number;
  /** Number of the first start (default 0). */
  readonly from?: number;
}

/**
 * The largest difference, in shares of the ports' sizes.
 *
 * @throws LimbeckError L0941 with the port, the start and the time where the two part
 */
export async function agreement(loop: LoweredLoop, { rows, said, weights, ticks, from = 0 }: Held): Promise<number> {
  const own = loop.outputs
    .filter(({ vertex }) => loop.inside.has(vertex))
    .flatMap((port) => numbersOf(port.type).map(({ path, dims }) => ({ port, dims, name: partName(port.name, path) })));
  const g = graphBuilder("loop");
  const inputs = (tensors: Tensors) =>
    Object.fromEntries(Object.entries(tensors).map(([name, { dtype, dims }]) => [name, g.input(name, dtype, dims)]));
  const given = inputs(weights);
  const { outputs } = follow(
    loop,
    inputs(rows),
    ticks,
    (output) => own.map(({ name }) => cast(output(name), "float64")),
    given,
  );
  for (const [i, { name }] of own.entries()) g.output(name, outputs[i]!);
  const session = await openSession(encode(g.model()));
  const read = new Set(session.inputs.map(({ name }) => name));
  const run = (weights: Tensors) =>
    session.run(Object.fromEntries(Object.entries({ ...rows, ...weights }).filter(([name]) => read.has(name))));
  const [loops, doubles] = [await run(weights), await run(nudged(weights))];
  await session.close();

  let worst = 0;
  for (const { port, dims, name } of own)
    for (const [start, tensors] of said.entries()) {
      const size = sizeOf(dims);
      const series = tensors[name]!.data as Float64Array;
      const there = tensors[`${port.name}.there`]!.data as Uint8Array;
      const scale = series.reduce((most, x) => Math.max(most, Math.abs(Number(x))), 1);
      let apart = 0;
      for (let k = 0; k < ticks; k++)
        for (let i = 0; i < size; i++) {
          const at = (k * said.length + start) * size + i;
          const [loop_, double] = [Number(loops[name]!.data[at]), Number(doubles[name]!.data[at])];
          apart = Math.max(apart, Math.abs(loop_ - double));
          if (there[k] === 0) continue;
          const run_ = Number(series[k * size + i]);
          const difference = Math.abs(loop_ - run_);
          if (Object.is(loop_, run_)) continue;
          if (!(difference <= TOLERANCE * scale + SLACK * apart))
            fail("L0941", {
              port: port.ref,
              start: from + start,
              time_s: tickAt(loop.base, k) / 1e9,
              loop: loop_,
              run: run_,
            });
          worst = Math.max(worst, difference / scale);
        }
    }
  return worst;
}

/** The same weights, each one bit off. */
function nudged(weights: Tensors): Tensors {
  const draws = rng(0);
  return Object.fromEntries(
    Object.entries(weights).map(([name, { dtype, dims, data }]): [string, Tensor] => [
      name,
      tensor(
        dtype,
        dims,
        Array.from(data as Float32Array, (w) => w * (1 + (draws.uniform() < 0.5 ? LAST_BIT : -LAST_BIT))),
      ),
    ]),
  );
}
