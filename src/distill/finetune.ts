/**
 * Fine-tuning through the closed loop: the student's weights move along the gradient of what the loop costs, through the
 * lowered graph and the lowered world.
 *
 *   starts ─► states [N] ─ Scan over ticks: world ─► nodes, the student among them ─► squared errors ─► mean cost
 *                              ▲ weights ────────────────────────── gradient ◄──────────────────────────┘
 *
 * Back-propagation through time of a controller and its plant (Werbos 1990).
 */
import type { Component } from "../component/component.js";
import type { Evaluate } from "../graph/ir.js";
import { parseRef } from "../graph/ref.js";
import type { TypedGraph } from "../graph/typed.js";
import { type LoweredLoop, lowerLoop, sameStep } from "../lower/loop.js";
import { graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { scan } from "../onnx/control.js";
import { add, cast, div, reduceMean, square, sub } from "../onnx/functions.js";
import type { Dtype, Graph, Model, Tensor, Tensors } from "../onnx/ir.js";
import { allocate, scalar, sizeOf, tensor } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { fail } from "../problem/problem.js";
import { drawStart } from "../runtime/draw.js";
import { episodeSeed } from "../runtime/evaluate.js";
import { openSession } from "../session/session.js";
import type { Environment, StepValues } from "../train/environment.js";
import { adam } from "../train/optimisers/adam.js";
import { cosine } from "../train/schedules/cosine.js";
import { type Progress, trainer } from "../train/trainer.js";
import type { Teacher } from "./teacher.js";
import type { Vary } from "./workbench.js";

export interface FineTuneOptions {
  readonly vary: Vary;
  readonly spec: Evaluate;
  readonly teacher: Teacher;
  /** The student in the teacher's place, and its model. */
  readonly component: Component;
  readonly model: Model;
  /** Models of other nodes of the graph. */
  readonly stored: (reference: string, sha256?: string) => Model;
  readonly seed: number;
  /** Starts that are drawn from the training set, a quarter of them for validation (default 64). */
  readonly starts?: number;
  /** Virtual time that a start is followed for (default 2 s). */
  readonly horizon_s?: number;
  /** Default 20. */
  readonly epochs?: number;
  /** Default 3e-3. */
  readonly rate?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly now: () => number;
}

export interface FineTuned {
  readonly model: Model;
  /** Mean squared error of the metrics over the validation starts, before and after. */
  readonly before: number;
  readonly after: number;
  readonly interrupted: boolean;
}

/** Name of the student in the graph; users cannot write it. */
const STUDENT = "model:fine-tuned#";
const STARTS = 64;
const HORIZON_S = 2;
const EPOCHS = 20;
const RATE = 3e-3;
/** Rows of one step. */
const BATCH = 16;
/** Starts that are kept apart: one of so many. */
const APART = 4;
const CLIP_NORM = 1;
/** Normalisation belongs to the data, and constants to the student's form. */
const FIXED = /^(?:(?:input|output)\.(?:mean|scale|deviation)|constant_\d+)$/;

/**
 * The student with weights that the loop likes better, on starts that it was not tuned on; the best that was met.
 *
 * @throws LimbeckError L0940 without something to tune or to measure, L0873 for a world that cannot be lowered, L0860 to L0868
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuned> {
  const { model, seed, signal, now, epochs = EPOCHS, starts = STARTS } = options;
  const names = Object.entries(model.graph.initializers)
    .filter(([name, { dtype }]) => dtype === "float32" && !FIXED.test(name))
    .map(([name]) => name);
  if (names.length === 0) fail("L0940", { reason: "the student has no weights that a gradient could move" });
  const { loops, node } = loopsOf(options, starts);
  const [loop] = loops as [LoweredLoop, ...LoweredLoop[]];
  const given = (name: string) => `${node}/${name}`;
  const parameters = Object.fromEntries(
    names.map((name) => [given(name), loop.model.graph.initializers[given(name)]!]),
  );
  const ticks = Math.max(1, Math.round(((options.horizon_s ?? HORIZON_S) * 1e9) / loop.base.period_ns));
  const apart = loops.filter((_, i) => i % APART === 0);
  const rows = loops.filter((_, i) => i % APART !== 0);
  const environment = costOf(loop, pairsOf(options.spec), ticks, Object.keys(parameters));
  const training = trainer({
    environment,
    parameters,
    data: { train: columns(rows), validation: columns(apart) },
    optimiser: adam(),
    schedule: cosine({ floor: 0.05, warmup: 0.1 }),
    rate: options.rate ?? RATE,
    epochs,
    batch: Math.min(BATCH, rows.length),
    clip_norm: CLIP_NORM,
    seed,
    now,
  });
  if (options.onProgress !== undefined) training.progress.subscribe(options.onProgress);
  const result = await training.run(signal);
  const tuned = Object.fromEntries(names.map((name) => [name, result.parameters[given(name)]!]));
  return {
    model: { ...model, graph: { ...model.graph, initializers: { ...model.graph.initializers, ...tuned } } },
    before: await costAt(environment, parameters, columns(apart)),
    after: await costAt(environment, result.parameters, columns(apart)),
    interrupted: result.ended === "interrupted",
  };
}

/** The loop from as many starts of the training set as are wanted: one step, other states. */
function loopsOf(options: FineTuneOptions, count: number): { loops: LoweredLoop[]; node: string } {
  const { vary, spec, teacher, component, model, stored, seed } = options;
  const name = Object.hasOwn(spec.starts, "training") ? "training" : Object.keys(spec.starts)[0];
  if (name === undefined) return fail("L0940", { reason: "the graph names no starts (`evaluate: starts:`)" });
  const outputs = [...new Set(pairsOf(spec).flat())];
  const rewrites = [teacher.substitute(STUDENT)];
  const reference = "model" in component ? (component.model as string) : "";
  let node: string | undefined;
  const loops = Array.from({ length: count }, (_, k): LoweredLoop => {
    const set = drawStart(spec.starts[name]!, episodeSeed(seed, `tune/${name}`, k));
    const varied = vary({ set, rewrites, recorders: false, components: { [STUDENT]: component } });
    node ??= studentOf(varied.typed);
    return lowerLoop(varied.typed, {
      component: varied.component,
      model: (wanted, sha256) => (wanted === reference ? model : stored(wanted, sha256)),
      outputs,
    });
  });
  const other = loops.findIndex((loop) => !sameStep(loops[0]!, loop));
  if (other >= 0) fail("L0940", { reason: `the starts \`${name}\` change more than where the world begins` });
  return { loops, node: node! };
}

const studentOf = (typed: TypedGraph): string =>
  typed.vertices.find((vertex) => "node" in vertex && vertex.node.component === STUDENT)!.id;

/** What the metrics compare, with their ports in full. */
const pairsOf = (spec: Evaluate): (readonly [string, string])[] =>
  Object.values(spec.metrics).flatMap((metric) =>
    Object.values(metric).map(([measured, against]) => [full(measured!), full(against!)] as const),
  );

const full = (ref: string): string => {
  const { id, port, field } = parseRef(ref)!;
  return [port === undefined ? id : `${id}.${port}`, ...field].join(":");
};

/** Where a row goes on from: never anew. */
const RESET = "reset";
/** A zero of every row, for what is the same in all of them. */
const ZERO = "zero";

/** States of all loops, a row each. */
function columns(loops: readonly LoweredLoop[]): Tensors {
  const states = loops[0]!.state.map(({ name, dtype, dims }, s): [string, Tensor] => {
    const size = sizeOf(dims);
    const data = allocate(dtype, loops.length * size);
    for (const [row, loop] of loops.entries())
      (data as Float64Array).set(loop.state[s]!.initial.data as Float64Array, row * size);
    return [`state_in.${name}`, { dtype, dims: [loops.length, ...dims], data }];
  });
  const same = (dtype: Dtype): Tensor => ({ dtype, dims: [loops.length], data: allocate(dtype, loops.length) });
  return { ...Object.fromEntries(states), [RESET]: same("bool"), [ZERO]: same("float64") };
}

/** Runs the loop for some ticks and says what it costs: the mean over ticks, rows and numbers of squared errors. */
function costOf(
  { model, state, base }: LoweredLoop,
  pairs: readonly (readonly [string, string])[],
  ticks: number,
  weights: readonly string[],
): Environment {
  const graph = withInputs(model.graph, weights);
  const series = (of: (tick: number) => number): Tensor =>
    tensor(
      "float64",
      [ticks, 1],
      Array.from({ length: ticks }, (_, k) => of(k)),
    );
  return (parameters, batch) => {
    const { scope } = batch[ZERO]!;
    const times = scope.constant(series((k) => (base.phase_ns + k * base.period_ns) / 1e9));
    const steps = scope.constant(series((k) => (k === 0 ? 0 : base.period_ns / 1e9)));
    const begin = state.map(({ name }) => batch[`state_in.${name}`]!);
    const { outputs } = scan(begin, [times, steps], (states, [time, dt], body) => {
      const feeds: { readonly [name: string]: Value } = {
        ...parameters,
        ...Object.fromEntries(state.map(({ name }, i) => [`state_in.${name}`, states[i]!])),
        [RESET]: batch[RESET]!,
        time: add(batch[ZERO]!, time!),
        dt: add(batch[ZERO]!, dt!),
      };
      const said = body.inline(
        graph,
        graph.inputs.map(({ name }) => feeds[name]!),
      );
      const value = (name: string): Value => said[graph.outputs.findIndex((output) => output.name === name)]!;
      const errors = pairs.map(([a, b]) => reduceMean(square(sub(value(`act.${a}`), value(`act.${b}`)))));
      const cost = div(
        errors.reduce((sum, error) => add(sum, error)),
        errors.length,
      );
      return { states: state.map(({ name }) => value(`state_out.${name}`)), outputs: [cast(cost, "float32")] };
    });
    return { loss: reduceMean(outputs[0]!) };
  };
}

/** The cost under these weights, over all rows. */
async function costAt(environment: Environment, parameters: Tensors, data: Tensors): Promise<number> {
  const g = graphBuilder("cost");
  const weights = Object.entries(parameters).map(([name, t]) => [name, g.initializer(name, t)] as const);
  const batch = Object.entries(data).map(([name, { dtype, dims }]) => [name, g.input(name, dtype, dims)] as const);
  const step: StepValues = {
    training: false,
    number: g.constant(scalar("float32", 1)),
    rate: g.constant(scalar("float32", 0)),
    dropout: (x) => x,
  };
  const outcome = environment(Object.fromEntries(weights), Object.fromEntries(batch), step);
  g.output("loss", "loss" in outcome ? outcome.loss : outcome);
  const session = await openSession(encode(g.model()));
  const read = new Set(session.inputs.map(({ name }) => name));
  const { loss } = await session.run(Object.fromEntries(Object.entries(data).filter(([name]) => read.has(name))));
  await session.close();
  return Number(loss!.data[0]);
}

/** Weights come as inputs, so that they can be trained. */
const withInputs = (graph: Graph, names: readonly string[]): Graph => ({
  ...graph,
  inputs: [
    ...graph.inputs,
    ...names.map((name) => ({ name, dtype: graph.initializers[name]!.dtype, shape: graph.initializers[name]!.dims })),
  ],
  initializers: Object.fromEntries(Object.entries(graph.initializers).filter(([name]) => !names.includes(name))),
});
