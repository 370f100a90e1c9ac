/**
 * A gated recurrent unit (Cho et al. 2014): a student with a memory of its own, for teachers that remember.
 *
 *   x ─► r, z, n ─► h′ = z·h + (1 − z)·n ─► A·[h′, x] + c′,   c′ = c + B·[h′, x]
 *
 * A gate forgets a little at every tick, so that no gated state is an integrator for long. What a teacher sums up has a
 * place of its own: `c`, one number an output; it is there only where the validation rows are better told with it.
 *
 * The net starts as the best linear map of the last rows (and of their sums), in closed form, and learns the rest by
 * unrolling over episodes, from an initial state that is learned too. Update gates start spread over time scales from two
 * ticks to a whole window (Tallec & Ollivier 2018). The policy carries its state and begins anew on `reset`.
 */
import { rng, seedOf } from "../../component/rng.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import { scan } from "../../onnx/control.js";
import {
  add,
  concat,
  div,
  expand,
  gemm,
  mul,
  reduceSum,
  reshape,
  sigmoid,
  split,
  sub,
  tanh,
  transpose,
} from "../../onnx/functions.js";
import type { Model, Tensors } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import type { Matrix } from "../../train/matrix.js";
import { adamW } from "../../train/optimisers/adamw.js";
import { cosine } from "../../train/schedules/cosine.js";
import { type Progress, type TrainingResult, trainer } from "../../train/trainer.js";
import { scaledError } from "./cross-validate.js";
import { checkTrainingData } from "./data.js";
import { headsOf, outputOf, outputStatistics } from "./heads.js";
import { uniform, zeros } from "./initial.js";
import type { Normal } from "./net.js";
import { recurrentModel } from "./policy.js";
import { predict } from "./predict.js";
import { bestLine } from "./ridge.js";
import { normalised, statistics } from "./statistics.js";
import type { Fitted, Part, Student, StudentOptions, TrainingData } from "./student.js";
import { remembering, tapped } from "./taps.js";
import { type Cut, cutFor, windowsOf } from "./windows.js";

export interface GruOptions {
  /** Width of the state (default 32). */
  readonly state: number;
  /** Rows that it sees at once, this one among them: delays need not be remembered (default 8, fewer of wide inputs). */
  readonly taps: number;
  /** Ticks of the longest episode that is unrolled whole (default 2,048). */
  readonly whole: number;
  /** Ticks of the windows that a longer one is cut into (default 256). */
  readonly unroll: number;
  /** Gradient steps of one net (default 1,500). */
  readonly steps: number;
  /** Windows of a mini-batch (default 16, fewer of long ones: 4,096 ticks together, but two at least). */
  readonly windows: number;
  readonly rate: number;
  readonly weight_decay: number;
  readonly clip_norm: number;
  /** Number of nets that are averaged (default 1). */
  readonly ensemble: number;
  readonly worker: boolean;
}

type Options = StudentOptions & Partial<GruOptions>;

const WHOLE = 2_048;
/** Ticks of a mini-batch. */
const TICKS = 4_096;

type Values = { readonly [name: string]: Value };

/**
 * The student that is a recurrent net. Errors: L0951 data that cannot be fitted on; those of training.
 *
 * @example
 * const { model } = await gru.fit(data, { state: 4, steps: 10, worker: false, seed: 7, now: () => 0 });
 * model.graph.outputs.map(({ name }) => name) // ["act.y", "state_out.h1", "state_out.window"]
 */
export const gru: Student<GruOptions> = { name: "gru", fit };

async function fit(raw: TrainingData, options: Options): Promise<Fitted> {
  checkTrainingData(raw);
  const { taps = tapsFor(raw.train.x.width) } = options;
  const data = taps > 1 ? tapped(raw, taps) : raw;
  const { ensemble = 1, state = 32, whole = WHOLE, unroll = 256 } = options;
  const normal = { x: statistics(data.train.x), y: outputStatistics(data.train.y, data.outputs) };
  const cut = cutFor([data.train, data.validation], whole, unroll);
  const task = { data, normal, cut, state, start: await linearStart(data, normal, cut) };
  const nets: TrainingResult[] = [];
  for (let i = 0; i < ensemble; i++)
    nets.push(
      await trainOne(task, { ...options, seed: seedOf(options.seed, `gru/${i}`) }, (progress) =>
        options.onProgress?.({ ...progress, student: "gru", fraction: (i + progress.fraction) / ensemble }),
      ),
    );
  const trained = gruModel(task, nets);
  // where the teacher is linear, what training starts from is the answer
  const plain = gruModel(task, [{ parameters: initial(task, options.seed) }]);
  const [error, plainError] = [await errorOf(trained, data), await errorOf(plain, data)];
  const model = plainError < error ? plain : trained;
  return {
    name: "gru",
    model: taps > 1 ? remembering(model, raw, taps) : model,
    history: nets.flatMap((n, i) =>
      n.history.map((record) => ({ ...record, member: i + 1, validation_loss: record.validation_loss! })),
    ),
    details: {
      state,
      taps,
      ticks: cut.ticks,
      warmup: cut.warmup,
      ensemble,
      sums: task.start.sums !== undefined,
      linear: plainError < error,
      validation_loss: Math.min(error, plainError),
      best_epochs: nets.map((n) => n.best_epoch),
      validation_losses: nets.map((n) => n.best_loss),
      ended: nets.map((n) => n.ended),
    },
    ...(nets.some((n) => n.ended === "interrupted") && { interrupted: true }),
  };
}

const windowsFor = ({ ticks }: Cut): number => Math.max(2, Math.min(16, Math.floor(TICKS / ticks)));

const tapsFor = (width: number): number => Math.max(1, Math.min(8, Math.floor(256 / width)));

interface Task {
  readonly data: TrainingData;
  readonly normal: Normal;
  readonly cut: Cut;
  readonly state: number;
  readonly start: Start;
}

const errorOf = async (model: Model, { train, validation }: TrainingData): Promise<number> =>
  scaledError(await predict(model, validation.x, validation.stretches), validation.y, train.y);

function trainOne(task: Task, options: Options, onProgress: (progress: Progress) => void): Promise<TrainingResult> {
  const { data, normal, cut } = task;
  const columns = (part: Part): Tensors => {
    const { count, x, y, counts } = windowsOf(normalisedPart(part, normal), cut);
    const column = (values: Float32Array, dims: readonly number[]) =>
      tensor("float32", [count, cut.ticks, ...dims], values);
    return { x: column(x, [part.x.width]), y: column(y, [part.y.width]), counts: column(counts, []) };
  };
  const train = columns(data.train);
  const output = outputOf(data.outputs, normal.y);
  const { steps = 1_500, windows = windowsFor(cut), seed, signal, now, checkpoints } = options;
  const perEpoch = Math.ceil(train.x.dims[0] / windows);
  const training = trainer({
    environment(p, { x, y, counts }) {
      const errors = output.errors(unrolled(x, p), reshape(y, [-1, data.train.y.width]));
      const counted = reshape(counts, [-1]);
      const weight = reduceSum(counted);
      return { loss: div(reduceSum(mul(errors, counted)), weight), weight };
    },
    parameters: initial(task, seed),
    data: { train, validation: columns(data.validation) },
    optimiser: adamW({ weight_decay: options.weight_decay ?? 0 }),
    schedule: cosine({ floor: 0.01, warmup: 0.02 }),
    rate: options.rate ?? 5e-3,
    epochs: Math.max(1, Math.round(steps / perEpoch)),
    batch: windows,
    seed,
    clip_norm: options.clip_norm ?? 1,
    worker: options.worker ?? true,
    ...(checkpoints === undefined ? {} : { checkpoints }),
    now,
  });
  training.progress.subscribe(onProgress);
  return training.run(signal);
}

function normalisedPart(part: Part, normal: Normal): Part {
  return {
    x: normalised(part.x, normal.x),
    y: normalised(part.y, normal.y),
    stretches: (part.stretches ?? [{ from: 0, to: part.x.rows }]).map((s) =>
      s.lead === undefined ? s : { ...s, lead: normalised(s.lead, normal.x) },
    ),
  };
}

/** A linear map of the inputs, and of their sums where these tell more. */
interface Start {
  /** [outputs, inputs]. */
  readonly direct: Float32Array;
  readonly bias: Float32Array;
  readonly sums?: Float32Array;
}

/** Validation errors of a line with and without sums differ by more than this share where there is something to sum up. */
const WORTH = 0.2;

/** By ridge; sums only where windows are whole episodes, since in the middle of one nobody knows them. */
async function linearStart({ train, validation, outputs }: TrainingData, normal: Normal, cut: Cut): Promise<Start> {
  const rowsOf = (part: Part) => {
    const { x, y, counts, ticks, count } = windowsOf(normalisedPart(part, normal), cut);
    const [wx, wy] = [part.x.width, part.y.width];
    const seen: number[] = [];
    const sums = new Float32Array(x.length);
    for (let w = 0; w < count; w++)
      for (let t = 0; t < ticks; t++) {
        const at = w * ticks + t;
        for (let i = 0; i < wx; i++)
          sums[at * wx + i] = PER_TICK * x[at * wx + i] + (t === 0 ? 0 : sums[(at - 1) * wx + i]);
        if (counts[at] === 1) seen.push(at);
      }
    const pick = (from: readonly Float32Array[], width: number): Matrix => {
      const data = new Float32Array(seen.length * from.length * width);
      seen.forEach((at, r) => {
        from.forEach((m, k) => {
          data.set(m.subarray(at * width, (at + 1) * width), (r * from.length + k) * width);
        });
      });
      return { rows: seen.length, width: from.length * width, data };
    };
    return { plain: pick([x], wx), both: pick([x, sums], wx), y: pick([y], wy) };
  };
  const [seen, held] = [rowsOf(train), rowsOf(validation)];
  const lineOf = async (which: "plain" | "both") => {
    const s = statistics(seen[which]);
    const line = await bestLine(
      { x: normalised(seen[which], s), y: seen.y },
      { x: normalised(held[which], s), y: held.y },
    );
    return { ...line, ...s };
  };
  const plain = await lineOf("plain");
  const both = cut.warmup === 0 ? await lineOf("both") : undefined;
  const summing = both !== undefined && both.loss < (1 - WORTH) * plain.loss;
  const { weights, mean, scale } = summing ? both : plain;
  const [wx, wy] = [train.x.width, train.y.width];
  const choice = new Set(
    headsOf(outputs).flatMap((h) => (h.kind === "choice" ? Array.from({ length: h.width }, (_, i) => h.from + i) : [])),
  );
  const part = (from: number): Float32Array =>
    Float32Array.from({ length: wy * wx }, (_, k) => {
      const [o, i] = [Math.floor(k / wx), from + (k % wx)];
      return choice.has(o) ? 0 : weights[i * wy + o] * scale[i];
    });
  const bias = Float32Array.from({ length: wy }, (_, o) => {
    if (choice.has(o)) return 0;
    let sum = 0;
    for (let i = 0; i < mean.length; i++) sum -= weights[i * wy + o] * scale[i] * mean[i];
    return sum;
  });
  return { direct: part(0), bias, ...(summing ? { sums: part(wx) } : {}) };
}

/**
 * Weights before training: uniform within ±√(3 / fan-in), the gates' biases by time scale, the outputs' by the line.
 * Gates stand as r, z, n.
 */
function initial({ data, state, start, cut }: Task, seed: number): Tensors {
  const [inputs, outputs] = [data.train.x.width, data.train.y.width];
  const draws = rng(seed);
  const matrix = (rows: number, width: number) => uniform(draws, [rows, width]);
  const bias = new Float32Array(3 * state);
  for (let i = 0; i < state; i++) bias[state + i] = Math.log(draws.between(1, Math.max(2, cut.ticks)));
  // what the state says comes to the line: nothing, at first
  const layer = (line: Float32Array) => {
    const weights = new Float32Array(outputs * (state + inputs));
    for (let o = 0; o < outputs; o++)
      weights.set(line.subarray(o * inputs, (o + 1) * inputs), o * (state + inputs) + state);
    return tensor("float32", [outputs, state + inputs], weights);
  };
  return {
    "input.weight": matrix(3 * state, inputs),
    "input.bias": tensor("float32", [3 * state], bias),
    "state.weight": matrix(3 * state, state),
    "state.bias": zeros([3 * state]),
    "output.weight": layer(start.direct),
    "output.bias": tensor("float32", [outputs], start.bias),
    start: zeros([state]),
    ...(start.sums === undefined ? {} : { "sum.weight": layer(start.sums), "sum.start": zeros([outputs]) }),
  };
}

const drive = (x: Value, p: Values): Value => gemm(x, p["input.weight"], p["input.bias"], { transB: 1 });

/** One tick: `driven` is what the input says to the gates, [rows, 3·state]. */
function tick(h: Value, driven: Value, p: Values): Value {
  const state = p.start.shape[0] as number;
  const recurrent = gemm(h, p["state.weight"], p["state.bias"], { transB: 1 });
  const [gates, candidate] = split(driven, [2 * state, state], 1);
  const [ownGates, ownCandidate] = split(recurrent, [2 * state, state], 1);
  const [r, z] = split(sigmoid(add(gates, ownGates)), [state, state], 1);
  const n = tanh(add(candidate, mul(r, ownCandidate)));
  return add(n, mul(z, sub(h, n)));
}

/** What is added to a sum at one tick: an error in it is as many times an error as there are ticks, so it learns slower. */
const PER_TICK = 0.02;

/** What a tick says by itself, and what it adds to the sums where there are any. */
function answer(h: Value, x: Value, p: Values): { readonly direct: Value; readonly added?: Value } {
  const seen = concat([h, x], 1);
  const direct = gemm(seen, p["output.weight"], p["output.bias"], { transB: 1 });
  const weight: Value | undefined = p["sum.weight"];
  return weight === undefined
    ? { direct }
    : { direct, added: gemm(seen, weight, undefined, { transB: 1, alpha: PER_TICK }) };
}

/** The net over windows: x [rows, ticks, width]. @returns [rows · ticks, outputs] */
function unrolled(x: Value, p: Values): Value {
  const [rows, ticks, width] = x.shape as [number, number, number];
  const inOrder = reshape(transpose(x, [1, 0, 2]), [-1, width]);
  const run = (start: Value, sequence: Value, step: (state: Value, element: Value) => Value): Value => {
    const wide = sequence.shape[1] as number;
    const { outputs } = scan(
      [expand(start, [rows, start.shape[0] as number])],
      [reshape(sequence, [ticks, rows, wide])],
      ([s], [e]) => {
        const next = step(s, e);
        return { states: [next], outputs: [next] };
      },
    );
    return reshape(outputs[0], [-1, start.shape[0] as number]);
  };
  const h = run(p.start, drive(inOrder, p), (s, e) => tick(s, e, p));
  const { direct, added } = answer(h, inOrder, p);
  const said = added === undefined ? direct : add(direct, run(p["sum.start"], added, add));
  const wide = said.shape[1] as number;
  return reshape(transpose(reshape(said, [ticks, rows, wide]), [1, 0, 2]), [-1, wide]);
}

/** The policy of one net, or of the mean of several, each with its own state. */
function gruModel({ data, normal, state, start }: Task, nets: readonly Pick<TrainingResult, "parameters">[]): Model {
  const { predict: said } = outputOf(data.outputs, normal.y);
  const carried = nets.flatMap((_, i) => [
    { name: `h${i + 1}`, width: state },
    ...(start.sums === undefined ? [] : [{ name: `c${i + 1}`, width: data.train.y.width }]),
  ]);
  return recurrentModel("gru", data, normal.x, normal.y, carried, (g, x, _raw, { states, begin }) => {
    const next: { [name: string]: Value } = {};
    const outputs = nets.map(({ parameters }, i) => {
      const p = weightsOf(g, parameters, `net${i + 1}`);
      const h = tick(begin(p.start, states[`h${i + 1}`]), drive(x, p), p);
      next[`h${i + 1}`] = h;
      const { direct, added } = answer(h, x, p);
      if (added === undefined) return said(direct);
      const c = add(begin(p["sum.start"], states[`c${i + 1}`]), added);
      next[`c${i + 1}`] = c;
      return said(add(direct, c));
    });
    return { output: outputs.length === 1 ? outputs[0] : mul(outputs.reduce(add), 1 / outputs.length), next };
  });
}

const weightsOf = (g: GraphBuilder, parameters: Tensors, prefix: string): Values =>
  Object.fromEntries(Object.entries(parameters).map(([name, t]) => [name, g.initializer(`${prefix}/${name}`, t)]));
