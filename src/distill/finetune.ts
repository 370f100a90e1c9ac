/**
 * Fine-tuning through the closed loop: the weights of students move along the gradient of what the loop costs, through the
 * lowered graph and the lowered world.
 *
 *   starts ─► runs ─► what depends on nothing in the loop, what is drawn [N, ticks] ─┐       (`rollout.ts`)
 *       └───► states [N] ─ Scan over ticks: world ─► nodes, students among them ─► squared errors ─► mean cost
 *                              ▲ weights ────────────────────────── gradient ◄──────────────────────────┘
 *
 * Back-propagation through time of a controller and its plant (Werbos 1990). Before it begins the loop is held against the
 * runs (`loop-agreement.ts`).
 */
import type { Component, Services } from "../component/component.js";
import type { Evaluate } from "../graph/ir.js";
import { parseRef } from "../graph/ref.js";
import type { TypedGraph } from "../graph/typed.js";
import { checkFed } from "../lower/fed.js";
import { type LoweredLoop, lowerLoop } from "../lower/loop.js";
import { type Start, startRows, startUnder } from "../lower/starts.js";
import { compileFlatten } from "../message/flatten.js";
import { graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { concat, expand, shapeOf, slice } from "../onnx/functions.js";
import type { Model, Tensors } from "../onnx/ir.js";
import { tensor } from "../onnx/tensor.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { drawStart } from "../runtime/draw.js";
import { episodeSeed } from "../runtime/evaluate.js";
import type { Checkpoints } from "../train/checkpoint.js";
import type { EpochRecord } from "../train/events.js";
import { adam } from "../train/optimisers/adam.js";
import { cosine } from "../train/schedules/cosine.js";
import { type Progress, trainer } from "../train/trainer.js";
import { type StandIn, standInName, withStandIns } from "./closed-loop.js";
import { agreement } from "./loop-agreement.js";
import { costAt, costOf, pairsOf } from "./loop-cost.js";
import { type Rollout, rollouts } from "./rollout.js";
import { standIn } from "./stand-in.js";
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
export interface Substitute extends StandIn {
  /** Opens its model by the reference `#NAME`. */
  readonly component: Component & { readonly model?: string };
  readonly model: Model;
}

/** The graph, and what a run of it is lent. */
export interface LoopSetting {
  readonly vary: Vary;
  readonly spec: Evaluate;
  /** Models of other nodes of the graph. */
  readonly stored: (reference: string, sha256?: string) => Model;
  readonly services: Services;
  readonly seed: number;
}

export interface FineTuneOptions extends Tuning, LoopSetting {
  /** All that is tuned, together, in the order in which they fire; those that have no weights stay as they are. */
  readonly students: readonly Substitute[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Of the runs that go before the training. */
  readonly onStart?: (done: number, total: number) => void;
  readonly now: () => number;
  readonly checkpoints?: Checkpoints;
}

export interface FineTuned {
  /** In the order of the students. */
  readonly models: readonly Model[];
  /** The cost by epoch: over the starts that are trained on, and over those that were kept apart. */
  readonly history: readonly EpochRecord[];
  /** What was done: the options with their defaults, and the cost over the starts that were kept apart, before and after. */
  readonly facts: Required<Tuning> & {
    readonly cost_before: number;
    readonly cost_after: number;
    /** How far the lowered loop is from runs of the graph, in shares of the ports' sizes. */
    readonly difference: number;
  };
  readonly interrupted: boolean;
}

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
 * that cannot be lowered, L0860 to L0868, L0941 for a loop that is not the graph, L0942
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuned> {
  const { students, seed, signal, now, onStart } = options;
  const settings = settingsOf(options);
  const { epochs, starts: count, horizon_ns, rate } = settings;
  if (!students.some(({ model }) => isTunable(model)))
    fail("L0940", { reason: "the student has no weights that a gradient could move" });
  const { loop, pairs, nodes, startAt } = loopOf(options);
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
  const ticks = ticksOf(loop, horizon_ns);
  checkFed(loop, count, ticks);
  const starts = Array.from({ length: count }, (_, k) => startAt(k));
  const unchanged = (): FineTuned => ({
    models: students.map(({ model }) => model),
    history: [],
    facts: { ...settings, cost_before: Number.NaN, cost_after: Number.NaN, difference: Number.NaN },
    interrupted: true,
  });
  const runs = await rollouts(loop, starts, {
    ticks,
    services: options.services,
    bytes: bytesOf(options),
    signal,
    ...(onStart && { onStart: (done) => onStart(done, count) }),
  });
  if (runs === undefined) return unchanged();
  const rowsOf = (which: (k: number) => boolean): Tensors =>
    startRows(
      starts.filter((_, k) => which(k)).map(({ start }) => start),
      runs.filter((_, k) => which(k)).map(({ feed }) => feed),
    );
  let difference = 0;
  for (let from = 0; from < count; from += BATCH) {
    const within = (k: number) => k >= from && k < from + BATCH;
    const said = runs.filter((_, k) => within(k)).map((run) => run.said);
    difference = Math.max(
      difference,
      await agreement(loop, { rows: rowsOf(within), said, weights: parameters, ticks, from }),
    );
  }
  const apart = rowsOf((k) => k % APART === 0);
  const environment = costOf(loop, pairs, ticks);
  const training = trainer({
    environment,
    parameters,
    data: { train: rowsOf((k) => k % APART !== 0), validation: apart },
    optimiser: adam(),
    schedule: cosine({ floor: 0.05, warmup: 0.1 }),
    rate,
    epochs,
    batch: Math.min(BATCH, count - Math.ceil(count / APART)),
    clip_norm: CLIP_NORM,
    seed,
    now,
    ...(options.checkpoints === undefined ? {} : { checkpoints: options.checkpoints }),
  });
  if (options.onProgress !== undefined) training.progress.subscribe(options.onProgress);
  const result = await training.run(signal);
  const cost_before = await costAt(environment, parameters, apart);
  const cost_after = await costAt(environment, result.parameters, apart);
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
    facts: { ...settings, cost_before, cost_after, difference },
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

const ticksOf = ({ base }: LoweredLoop, horizon_ns: number): number =>
  Math.max(1, Math.round(horizon_ns / base.period_ns));

/** Whether a gradient could move anything in it. */
export const isTunable = (model: Model): boolean => weightsOf(model).length > 0;

/**
 * That students in the places of these teachers can be fine-tuned, as far as it can be told before there are any: so that nobody
 * trains for an hour to hear that the world does not lower. Students that say nothing but zeros stand in for them, and the
 * loop must say what a run of the graph says with them.
 *
 * @throws LimbeckError as `fineTune`
 */
export async function checkTuning(
  tuning: Tuning,
  {
    teachers,
    signal,
    ...setting
  }: LoopSetting & { readonly teachers: readonly Teacher[]; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { starts: count, horizon_ns } = settingsOf(tuning);
  const { spec, vary, services } = setting;
  const { typed } = vary({ recorders: false });
  const nodes = teachers.flatMap((teacher) => teacher.nodes ?? []);
  const reached = above(typed, pairsOf(spec, typed).flat());
  if (!nodes.some((id) => reached.has(id))) noMetric(nodes);
  const students = teachers.map((teacher, i): Substitute => {
    const model = zeros(teacher);
    return { teacher, component: standIn(teacher, `#zeros-${i}`), model };
  });
  const { loop, startAt } = loopOf({ ...setting, students });
  const ticks = ticksOf(loop, horizon_ns);
  checkFed(loop, count, ticks);
  const starts = [startAt(0), startAt(1)];
  let runs: Rollout[] | undefined;
  try {
    runs = await rollouts(loop, starts, { ticks, services, bytes: bytesOf({ ...setting, students }), signal });
  } catch (error) {
    // zeros may well be no legal answer
    if (error instanceof LimbeckError) return;
    throw error;
  }
  // whoever goes on hears of the interruption, too
  if (runs === undefined) return;
  const rows = startRows(
    starts.map(({ start }) => start),
    runs.map(({ feed }) => feed),
  );
  await agreement(loop, { rows, said: runs.map(({ said }) => said), weights: {}, ticks });
}

/** A model with a teacher's ports that answers zeros. */
function zeros({ inputs, outputs }: Teacher): Model {
  const g = graphBuilder("zeros");
  const widthOf = ({ type }: Teacher["inputs"][number]) => compileFlatten(type).width;
  const given = inputs.map((input) => g.input(`obs.${input.port}`, "float32", ["N", widthOf(input)]));
  const rows = slice(shapeOf(given[0]!), [0], [1], [0]);
  for (const output of outputs) {
    const width = widthOf(output);
    const row = g.constant(tensor("float32", [1, width], new Float32Array(width)));
    g.output(`act.${output.port}`, expand(row, concat([rows, g.constant(tensor("int64", [1], [width]))], 0)));
  }
  return g.model();
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

type Loop = LoopSetting & Pick<FineTuneOptions, "students">;

/** The loop with the students in it, and where it begins: at starts of the training set. */
function loopOf(setting: Loop) {
  const { vary, spec, students, stored, seed } = setting;
  const name = startsOf(spec);
  const variation = { ...withStandIns(students), recorders: false };
  const seedAt = (k: number) => episodeSeed(seed, `tune/${name}`, k);
  const varied = (k: number) => vary({ ...variation, set: drawStart(spec.starts[name]!, seedAt(k)) });
  const first = varied(0);
  const nodes = students.map((_, i) => placeOf(first.typed, standInName(i)));
  const pairs = pairsOf(spec, first.typed);
  const loop = lowerLoop(first.typed, {
    component: first.component,
    model: (wanted, sha256) =>
      students.find(({ component }) => component.model === wanted)?.model ?? stored(wanted, sha256),
    outputs: [...new Set(pairs.flat())],
    about: nodes,
  });
  return {
    loop,
    pairs,
    nodes,
    startAt: (k: number) => {
      const other = varied(k);
      return { start: startIn(loop, first, other, name), varied: other, seed: seedAt(k) };
    },
  };
}

/** The bytes of the students, and of other models of the graph. */
const bytesOf =
  ({ students, stored }: Pick<Loop, "students" | "stored">) =>
  (reference: string, sha256?: string): Uint8Array =>
    encode(students.find(({ component }) => component.model === reference)?.model ?? stored(reference, sha256));

/** Where the loop begins in another draw. Errors: L0940 when that changes more. */
const startIn = (loop: LoweredLoop, first: Varied, other: Varied, name: string): Start =>
  startUnder(loop, first, other) ??
  fail("L0940", { reason: `the starts \`${name}\` change more than where the world begins` });

/** The name of the starts that are drawn from. */
const startsOf = ({ starts }: Evaluate): string =>
  (Object.hasOwn(starts, "training") ? "training" : Object.keys(starts)[0]) ??
  fail("L0940", { reason: "the graph names no starts (`evaluate: starts:`)" });

const placeOf = (typed: TypedGraph, component: string): string =>
  typed.vertices.find((vertex) => "node" in vertex && vertex.node.component === component)!.id;
