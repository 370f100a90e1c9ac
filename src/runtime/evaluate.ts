/**
 * Closed-loop evaluation: episodes from each of the file's starts, and the file's metrics over each.
 *
 * Episode k of a start has one seed whatever drives the graph, so that teacher and students face the same world.
 */
import type { Services } from "../component/component.js";
import { seedOf } from "../component/rng.js";
import type { Evaluate } from "../graph/ir.js";
import { parseDuration } from "../graph/quantity.js";
import { parseRef } from "../graph/ref.js";
import type { TypedGraph } from "../graph/typed.js";
import { fieldOf, selectField } from "../message/field.js";
import { sameType } from "../message/same.js";
import { isTypedArray } from "../message/tensor.js";
import type { Json, Message, MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { drawStart } from "./draw.js";
import { metrics } from "./metrics/index.js";
import type { Sample } from "./port/outlets.js";
import { createRun, type Run, type RunOptions } from "./run.js";

const DEFAULT_EPISODES = 8;
const DEFAULT_FOR_NS = 10e9;

export interface Summary {
  readonly mean: number;
  /** Standard deviation over episodes. */
  readonly sd: number;
  readonly values: readonly number[];
}

/** By metric, then by start. */
export type Evaluation = { readonly [metric: string]: { readonly [start: string]: Summary } };

/** What a port said in one episode. */
export interface Trace {
  readonly start: string;
  readonly episode: number;
  readonly port: string;
  readonly samples: readonly Sample[];
}

export interface EvaluateOptions extends Omit<RunOptions, "seed" | "log" | "digest"> {
  readonly seed: number;
  /** The checked graph under these parameters. */
  readonly prepare: (set: { readonly [param: string]: Json }) => TypedGraph;
  /** Ports whose first episode from each start is kept. */
  readonly trace?: readonly string[];
  readonly onEpisode?: (done: number, total: number) => void;
  /** Episodes that run side by side, so that their models can share a session; without it one after the other. */
  readonly lanes?: Lanes;
}

export interface Lanes {
  readonly count: number;
  /** What the episode in a lane is lent. */
  services(lane: number): Services;
}

export interface Evaluated {
  readonly metrics: Evaluation;
  readonly traces: readonly Trace[];
  readonly interrupted: boolean;
}

/**
 * How many episodes `evaluate()` will run.
 *
 * @example
 * episodesOf({ metrics: {}, starts: { near: {}, far: {} }, episodes: 5 }) // 10
 */
export const episodesOf = (spec: Evaluate): number =>
  (spec.episodes ?? DEFAULT_EPISODES) * Object.keys(spec.starts).length;

export const episodeLength = (spec: Evaluate): number =>
  spec.for === undefined ? DEFAULT_FOR_NS : (parseDuration(spec.for).value ?? DEFAULT_FOR_NS);

/** The seed of an episode, for the run and for the draw of its start. */
export const episodeSeed = (seed: number, start: string, episode: number): number =>
  seedOf(seed, `${start}/${episode}`);

/**
 * Runs every episode of every start.
 *
 * @example
 * const { typed, component, vary } = await loadGraph("arm-reach.graph.yaml");
 * const services = servicesOf("arm-reach.graph.yaml", ".limbeck");
 * const spec = { ...typed!.graph.evaluate!, for: "1s", episodes: 2 };
 * const { metrics } = await evaluate(spec, { seed: 7, component, services, prepare: (set) => vary({ set }).typed });
 * metrics.tracking?.training?.values.length // 2
 */
export async function evaluate(spec: Evaluate, options: EvaluateOptions): Promise<Evaluated> {
  const { onEpisode, lanes = { count: 1, services: () => options.services } } = options;
  const episodes = spec.episodes ?? DEFAULT_EPISODES;
  const tasks = Object.keys(spec.starts).flatMap((start) =>
    Array.from({ length: episodes }, (_, episode) => ({ start, episode })),
  );
  const values = new Map<string, number>();
  const traces: Trace[] = [];
  let done = 0;
  for (let from = 0; from < tasks.length; from += lanes.count) {
    const cohort = tasks.slice(from, from + lanes.count);
    const ended = await Promise.allSettled(
      cohort.map(async (task, lane) => {
        const ran = await runEpisode(spec, task, { ...options, services: lanes.services(lane) });
        if (!ran.interrupted) onEpisode?.(++done, tasks.length);
        return ran;
      }),
    );
    for (const [i, result] of ended.entries()) {
      if (result.status === "rejected") throw result.reason;
      const { start, episode } = cohort[i]!;
      traces.push(...result.value.traces);
      if (result.value.interrupted) return { metrics: {}, traces, interrupted: true };
      for (const { name, value } of result.value.measured) values.set(`${name}/${start}/${episode}`, value());
    }
  }
  const summary = (name: string, start: string) =>
    summarise(Array.from({ length: episodes }, (_, k) => values.get(`${name}/${start}/${k}`)!));
  const table = Object.keys(spec.metrics).map((name) => [
    name,
    Object.fromEntries(Object.keys(spec.starts).map((start) => [start, summary(name, start)])),
  ]);
  return { metrics: Object.fromEntries(table), traces, interrupted: false };
}

interface Task {
  readonly start: string;
  readonly episode: number;
}

async function runEpisode(spec: Evaluate, { start, episode }: Task, options: EvaluateOptions) {
  const { seed, prepare, trace = [], onEpisode: _, lanes: __, ...run } = options;
  const own = episodeSeed(seed, start, episode);
  const typed = prepare(drawStart(spec.starts[start]!, own));
  const living = await createRun(typed, { ...run, seed: own, digest: false });
  const measured = Object.entries(spec.metrics).map(([name, metric]) => measure(typed, living, name, metric));
  const traces = episode === 0 ? trace.map((port) => keep(living, start, episode, port)) : [];
  const { interrupted } = await living.start(episodeLength(spec));
  return { interrupted, measured, traces };
}

/**
 * Mean and sample standard deviation.
 *
 * @example
 * summarise([1, 2, 3]) // { mean: 2, sd: 1, values: [1, 2, 3] }
 */
export function summarise(values: readonly number[]): Summary {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, sd: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)), values };
}

/**
 * Unit of a metric of this graph, if its ports have one.
 *
 * @example
 * metricUnit(typed, typed.graph.evaluate!, "tracking") // "m"
 */
export function metricUnit(typed: TypedGraph, spec: Evaluate, name: string): string | undefined {
  const [kind, refs] = Object.entries(spec.metrics[name]!)[0]!;
  const units = refs.map((ref) => endOf(typed, ref).type.unit);
  return metrics.find((m) => m.name === kind)?.unit(units.find((u) => u !== undefined));
}

function keep(run: Run, start: string, episode: number, port: string): Trace {
  const samples: Sample[] = [];
  run.port(port).subscribe((sample) => samples.push(sample));
  return { start, episode, port, samples };
}

function measure(typed: TypedGraph, run: Run, name: string, spec: { readonly [metric: string]: readonly string[] }) {
  const [kind, refs] = Object.entries(spec)[0] ?? [];
  const metric = metrics.find((m) => m.name === kind);
  if (metric === undefined || refs?.length !== 2)
    return fail(
      "L0608",
      { reason: `the metric \`${name}\` must compare two ports` },
      { path: `/evaluate/metrics/${name}` },
    );
  const fold = metric.start();
  const [first, second] = refs.map((ref) => endOf(typed, ref)) as [End, End];
  const difference = sameType(first.type, second.type);
  if (difference !== undefined)
    return fail(
      "L0608",
      { reason: `\`${refs[0]}\` and \`${refs[1]}\` cannot be compared (${difference.reason})` },
      { path: `/evaluate/metrics/${name}` },
    );
  const here = numbersOf(first.read);
  const there = numbersOf(second.read);
  let held: Float64Array | undefined;
  let errors = new Float64Array();
  const wraps = first.type.wraps === true || second.type.wraps === true;
  run.listen(second.port, (message) => {
    held = there(message) ?? held;
  });
  run.listen(first.port, (message) => {
    const values = here(message);
    if (held === undefined || values === undefined) return;
    if (errors.length !== values.length) errors = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const error = values[i]! - held[i]!;
      errors[i] = wraps ? error - 2 * Math.PI * Math.round(error / (2 * Math.PI)) : error;
    }
    fold.add(errors);
  });
  return { name, value: fold.value };
}

interface End {
  readonly port: string;
  readonly type: MessageSchema;
  /** Undefined where an optional field is absent. */
  readonly read: (message: Message) => Message | undefined;
}

function endOf(typed: TypedGraph, ref: string): End {
  const { id, port, field } = parseRef(ref)!;
  const vertex = typed.byId.get(id)!;
  const output = vertex.outputs.find((o) => port === undefined || o.port === port)!;
  return {
    port: port === undefined ? id : `${id}.${port}`,
    type: selectField(output.type, field)!,
    read: (message) => fieldOf(message, field),
  };
}

/** What reads the numbers in a message of one port; what it gives is good until it is asked again. */
function numbersOf(read: End["read"]): (message: Message) => Float64Array | undefined {
  const one = new Float64Array(1);
  return (message) => {
    const part = read(message);
    if (part === undefined || typeof part !== "number") return part === undefined ? undefined : numbers(part);
    one[0] = part;
    return one;
  };
}

function numbers(message: Message): Float64Array {
  if (typeof message === "number" || typeof message === "boolean") return Float64Array.of(Number(message));
  if (message instanceof Float64Array) return message;
  if (isTypedArray(message)) return Float64Array.from(message);
  if (typeof message === "string") return new Float64Array();
  return Float64Array.from(Object.values(message).flatMap((part: Message) => [...numbers(part)]));
}
