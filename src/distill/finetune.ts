/**
 * Fine-tuning through the closed loop: the weights of students move along the gradient of what the loop costs, through the
 * lowered graph and the lowered world.
 *
 *   starts ─► states [N] ─ Scan over ticks: world ─► nodes, students among them ─► squared errors ─► mean cost
 *                              ▲ weights ────────────────────────── gradient ◄──────────────────────────┘
 *
 * Back-propagation through time of a controller and its plant (Werbos 1990).
 */
import type { Component } from "../component/component.js";
import type { Evaluate } from "../graph/ir.js";
import { parseRef } from "../graph/ref.js";
import type { TypedGraph } from "../graph/typed.js";
import { follow, type Outputs } from "../lower/follow.js";
import { type LoweredLoop, lowerLoop } from "../lower/loop.js";
import { type Start, startRows, startUnder } from "../lower/starts.js";
import { graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { add, cast, div, reduceMean, square, sub } from "../onnx/functions.js";
import type { Model, Tensors } from "../onnx/ir.js";
import { scalar } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { drawStart } from "../runtime/draw.js";
import { episodeSeed } from "../runtime/evaluate.js";
import { openSession } from "../session/session.js";
import type { Checkpoints } from "../train/checkpoint.js";
import type { Environment, StepValues } from "../train/environment.js";
import type { EpochRecord } from "../train/events.js";
import { adam } from "../train/optimisers/adam.js";
import { cosine } from "../train/schedules/cosine.js";
import { type Progress, trainer } from "../train/trainer.js";
import type { Teacher } from "./teacher.js";
import type { Varied, Vary } from "./workbench.js";

/** How long and from where; each has a default. */
export interface Tuning {
  /** Default 20. */
  readonly epochs?: number;
  /** Starts that are drawn from the training set, a quarter of them for validation (default 64). */
  readonly starts?: number;
  /** Virtual time that a start is followed for (default 2 s). */
  readonly horizon_ns?: number;
  /** Learning rate (default 3e-3). */
  readonly rate?: number;
}

/** A student in a teacher's place. */
export interface Substitute {
  readonly teacher: Pick<Teacher, "substitute">;
  /** Opens its model by the reference `#NAME`. */
  readonly component: Component & { readonly model?: string };
  readonly model: Model;
}

export interface FineTuneOptions extends Tuning {
  readonly vary: Vary;
  readonly spec: Evaluate;
  /** All that is tuned, together. */
  readonly students: readonly Substitute[];
  /** Models of other nodes of the graph. */
  readonly stored: (reference: string, sha256?: string) => Model;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly now: () => number;
  readonly checkpoints?: Checkpoints;
}

export interface FineTuned {
  /** In the order of the students. */
  readonly models: readonly Model[];
  /** The cost by epoch: over the starts that are trained on, and over those that were kept apart. */
  readonly history: readonly EpochRecord[];
  /** What was done: the options with their defaults, and the cost over the starts that were kept apart, before and after. */
  readonly facts: Required<Tuning> & { readonly cost_before: number; readonly cost_after: number };
  readonly interrupted: boolean;
}

/** Names of the students in the graph; users cannot write them. */
const nameOf = (index: number): string => `model:fine-tuned#${index}`;
const EPOCHS = 20;
const STARTS = 64;
const HORIZON_NS = 2e9;
const RATE = 3e-3;
/** Rows of one step. */
const BATCH = 16;
/** Starts that are kept apart: one of so many. */
const APART = 4;
const CLIP_NORM = 1;
/** Normalisation belongs to the data, and constants to the student's form. */
const FIXED = /(?:^|\/)(?:(?:input|output)\.(?:mean|scale|deviation)|constant_\d+)$/;

/**
 * The students with weights that the loop likes better, on starts that they were not tuned on; the best that was met.
 *
 * @throws LimbeckError L0940 without something to tune or to measure, L0957 a setting out of its range, L0873 for a world
 * that cannot be lowered, L0860 to L0868
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuned> {
  const { students, seed, signal, now } = options;
  const { epochs, starts: count, horizon_ns, rate } = settingsOf(options);
  if (students.every(({ model }) => weightsOf(model).length === 0))
    fail("L0940", { reason: "the student has no weights that a gradient could move" });
  const { loop, starts, nodes } = loopOf(options, count);
  // a student that no metric hangs on is not in the loop
  const parameters = Object.fromEntries(
    students.flatMap(({ model }, i) =>
      weightsOf(model).flatMap((name) => {
        const given = `${nodes[i]}/${name}`;
        const value = loop.model.graph.initializers[given];
        return value === undefined ? [] : [[given, value] as const];
      }),
    ),
  );
  if (Object.keys(parameters).length === 0) noMetric(nodes);
  const ticks = Math.max(1, Math.round(horizon_ns / loop.base.period_ns));
  const apart = starts.filter((_, i) => i % APART === 0);
  const rows = starts.filter((_, i) => i % APART !== 0);
  const environment = costOf(loop, pairsOf(options.spec), ticks);
  const training = trainer({
    environment,
    parameters,
    data: { train: startRows(rows), validation: startRows(apart) },
    optimiser: adam(),
    schedule: cosine({ floor: 0.05, warmup: 0.1 }),
    rate,
    epochs,
    batch: Math.min(BATCH, rows.length),
    clip_norm: CLIP_NORM,
    seed,
    now,
    ...(options.checkpoints === undefined ? {} : { checkpoints: options.checkpoints }),
  });
  if (options.onProgress !== undefined) training.progress.subscribe(options.onProgress);
  const result = await training.run(signal);
  const cost_before = await costAt(environment, parameters, startRows(apart));
  const cost_after = await costAt(environment, result.parameters, startRows(apart));
  return {
    models: students.map(({ model }, i) => {
      const tuned = weightsOf(model).flatMap((name) => {
        const value = result.parameters[`${nodes[i]}/${name}`];
        return value === undefined ? [] : [[name, value] as const];
      });
      const initializers = { ...model.graph.initializers, ...Object.fromEntries(tuned) };
      return { ...model, graph: { ...model.graph, initializers } };
    }),
    history: result.history,
    facts: { epochs, starts: count, horizon_ns, rate, cost_before, cost_after },
    interrupted: result.ended === "interrupted",
  };
}

/** With the defaults. Errors: L0957. */
function settingsOf(tuning: Tuning): Required<Tuning> {
  const { epochs = EPOCHS, starts = STARTS, horizon_ns = HORIZON_NS, rate = RATE } = tuning;
  if (!Number.isSafeInteger(starts) || starts < 2)
    fail("L0957", { option: "starts", found: String(starts), expected: "2 or more: some are kept apart" });
  if (!(horizon_ns > 0)) fail("L0957", { option: "horizon_ns", found: String(horizon_ns), expected: "above 0" });
  return { epochs, starts, horizon_ns, rate };
}

/**
 * That students in the places of these nodes can be fine-tuned, as far as it can be told before there are any: so that nobody
 * trains for an hour to hear that the world does not lower.
 *
 * @throws LimbeckError as `fineTune`
 */
export function checkTuning(
  tuning: Tuning,
  {
    vary,
    spec,
    nodes,
    stored,
  }: Pick<FineTuneOptions, "vary" | "spec" | "stored"> & { readonly nodes: readonly string[] },
): void {
  settingsOf(tuning);
  const name = startsOf(spec);
  const varied = (k: number) =>
    vary({ recorders: false, set: drawStart(spec.starts[name]!, episodeSeed(0, `tune/${name}`, k)) });
  const first = varied(0);
  const { typed, component } = first;
  const reached = above(typed, pairsOf(spec).flat());
  if (!nodes.some((id) => reached.has(id))) noMetric(nodes);
  const paths = nodes.map((id) => typed.byId.get(id)!.path);
  try {
    lowerLoop(typed, { component, model: stored, outputs: [...new Set(pairsOf(spec).flat())] });
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    // what these nodes are does not matter
    const problems = error.problems.filter(
      ({ path }) => !paths.some((own) => path === own || path?.startsWith(`${own}/`)),
    );
    if (problems.length > 0) throw new LimbeckError(problems);
  }
  const others = typed.vertices.filter(({ id }) => !nodes.includes(id));
  startIn({ state: [] }, { ...first, typed: { ...typed, vertices: others } }, varied(1), name);
}

const noMetric = (nodes: readonly string[]): never =>
  fail("L0940", { reason: `no metric hangs on what ${nodes.map((id) => `\`${id}\``).join(", ")} says` });

/** The vertices that these ports hang on, through the world and back. */
function above(typed: TypedGraph, refs: readonly string[]): ReadonlySet<string> {
  const found = new Set(refs.map((ref) => parseRef(ref)!.id));
  for (const id of found) for (const { from } of typed.byId.get(id)?.inputs ?? []) found.add(from.vertex);
  return found;
}

const weightsOf = ({ graph }: Model): string[] =>
  Object.entries(graph.initializers).flatMap(([name, { dtype }]) =>
    dtype === "float32" && !FIXED.test(name) ? [name] : [],
  );

/** The loop, and as many starts of the training set as are wanted. */
function loopOf(options: FineTuneOptions, count: number): { loop: LoweredLoop; starts: Start[]; nodes: string[] } {
  const { vary, spec, students, stored, seed } = options;
  const name = startsOf(spec);
  const rewrites = students.map(({ teacher }, i) => teacher.substitute(nameOf(i)));
  const components = Object.fromEntries(students.map(({ component }, i) => [nameOf(i), component]));
  const varied = (k: number) => {
    const set = drawStart(spec.starts[name]!, episodeSeed(seed, `tune/${name}`, k));
    return vary({ set, rewrites, recorders: false, components });
  };
  const first = varied(0);
  const loop = lowerLoop(first.typed, {
    component: first.component,
    model: (wanted, sha256) =>
      students.find(({ component }) => component.model === wanted)?.model ?? stored(wanted, sha256),
    outputs: [...new Set(pairsOf(spec).flat())],
  });
  const starts = Array.from({ length: count }, (_, k) => startIn(loop, first, varied(k), name));
  return { loop, starts, nodes: students.map((_, i) => placeOf(first.typed, nameOf(i))) };
}

/** Where the loop begins in another draw. Errors: L0940 when that changes more. */
const startIn = (loop: Pick<LoweredLoop, "state">, first: Varied, other: Varied, name: string): Start =>
  startUnder(loop, first, other) ??
  fail("L0940", { reason: `the starts \`${name}\` change more than where the world begins` });

/** The name of the starts that are drawn from. */
const startsOf = ({ starts }: Evaluate): string =>
  (Object.hasOwn(starts, "training") ? "training" : Object.keys(starts)[0]) ??
  fail("L0940", { reason: "the graph names no starts (`evaluate: starts:`)" });

const placeOf = (typed: TypedGraph, component: string): string =>
  typed.vertices.find((vertex) => "node" in vertex && vertex.node.component === component)!.id;

/** What the metrics compare, with their ports in full. */
const pairsOf = (spec: Evaluate): (readonly [string, string])[] =>
  Object.values(spec.metrics).flatMap((metric) =>
    Object.values(metric).map(([measured, against]) => [full(measured!), full(against!)] as const),
  );

const full = (ref: string): string => {
  const { id, port, field } = parseRef(ref)!;
  return [port === undefined ? id : `${id}.${port}`, ...field].join(":");
};

/** Follows the loop for some ticks and says what it costs: the mean over ticks, rows and numbers of squared errors. */
const costOf =
  (loop: LoweredLoop, pairs: readonly (readonly [string, string])[], ticks: number): Environment =>
  (parameters, batch) => {
    const cost = (output: Outputs): Value => {
      const errors = pairs.map(([a, b]) => reduceMean(square(sub(output(`act.${a}`), output(`act.${b}`)))));
      return div(
        errors.reduce((sum, error) => add(sum, error)),
        errors.length,
      );
    };
    const { outputs } = follow(loop, batch, { ticks }, (output) => [cast(cost(output), "float32")], parameters);
    return { loss: reduceMean(outputs[0]!) };
  };

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
    set: () => {},
  };
  const outcome = environment(Object.fromEntries(weights), Object.fromEntries(batch), step);
  g.output("loss", "loss" in outcome ? outcome.loss : outcome);
  const session = await openSession(encode(g.model()));
  const read = new Set(session.inputs.map(({ name }) => name));
  const { loss } = await session.run(Object.fromEntries(Object.entries(data).filter(([name]) => read.has(name))));
  await session.close();
  return Number(loss!.data[0]);
}
