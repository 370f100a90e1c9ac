/** A run for tests: a graph file or a graph in, what every port said out; nothing is written to disk. */
import { type Components, openCatalogue } from "../component/catalogue.js";
import type { Component, Services } from "../component/component.js";
import { inserted } from "../component/inserted.js";
import { library } from "../component/library.js";
import { relays } from "../component/relay.js";
import type { Graph } from "../graph/ir.js";
import type { TypedGraph } from "../graph/typed.js";
import { bind } from "../graphfile/params.js";
import { type Loaded, loadGraph } from "../limbeck.js";
import { builtinTypes } from "../message/builtin.js";
import type { Message } from "../message/type.js";
import { LimbeckError } from "../problem/problem.js";
import { checked } from "../project/load.js";
import { servicesOf } from "../project/services.js";
import { lengthOf } from "../project/simulate.js";
import { rewrite } from "../rewrite/rewrite.js";
import { rules } from "../rewrite/rules/index.js";
import { metrics } from "../runtime/metrics/index.js";
import type { Sample } from "../runtime/port/outlets.js";
import { createRun, type Run, type RunOptions, type RunResult, type Snapshot } from "../runtime/run.js";

/** The messages of in-streams, in the order of their tags. */
export interface Stimuli {
  readonly [stream: string]: readonly Sample[];
}

/** A graph that is ready to run, and what its runs need. */
export interface Prepared {
  readonly typed: TypedGraph;
  readonly component: RunOptions["component"];
  readonly services: Services;
}

/** A graph file, one that was loaded before, or a prepared graph. */
export type Subject = string | Loaded | Prepared;

export interface TestRunOptions {
  /** Messages for in-streams, in the place of the whole world; a stream without any stays silent. */
  readonly stimuli?: Stimuli;
  /** Virtual time. Default: to the end of the graph's sources, or 10 s; with stimuli, to their last message. */
  readonly for_ns?: number;
  /** In place of the graph's own. */
  readonly seed?: number;
  /** Contracts are kept perfectly: no loss, latency or jitter. */
  readonly ideal?: boolean;
  /** Another legal order of what happens at one tag, drawn from this seed. */
  readonly permute?: number;
  /** What a node that faults does to the run: `end` (default) throws, `isolate` lets all others go on. */
  readonly faults?: "end" | "isolate";
}

export interface TestRun {
  /** SHA-256 over the port digests of authored streams and nodes. */
  readonly digest: string;
  /** Every message of every port and stream, inserted ones and the world's included. */
  readonly traces: { readonly [port: string]: readonly Sample[] };
  /** What the in-streams said: a run with these stimuli, and the same seed and length, is the same run. */
  readonly stimuli: Stimuli;
  /** Counts, digests by port, warnings. */
  readonly result: RunResult;
  /** The messages of a port. */
  values(port: string): Message[];
}

/**
 * Runs a graph in virtual time and keeps what every port says.
 *
 * Recorders of the graph run, and what they record is forgotten.
 *
 * @throws LimbeckError with the graph's errors, or from the run
 * @example
 * const first = await testRun("arm-reach.graph.yaml", { for_ns: 1e8, seed: 3 });
 * first.values("joints").length // 10
 * const again = await testRun("arm-reach.graph.yaml", { stimuli: first.stimuli, for_ns: 1e8, seed: 3 });
 * again.digest === first.digest // true
 */
export async function testRun(subject: Subject, options: TestRunOptions = {}): Promise<TestRun> {
  const prepared = await preparedOf(subject);
  const { run, told } = await watchedRun(prepared, options);
  const { stimuli, for_ns } = options;
  return told(await run.start(stimuli === undefined ? lengthOf(prepared.typed, for_ns) : for_ns));
}

/** A run that has not started, all of its ports written down; `from` lets it go on from another run's snapshot. */
export async function watchedRun(
  { typed, component, services }: Prepared,
  { stimuli, for_ns: _, ...options }: TestRunOptions,
  from?: Snapshot,
): Promise<{ readonly run: Run; readonly told: (result: RunResult) => TestRun }> {
  const replay = stimuli === undefined ? {} : { replay: (stream: string) => feed(stimuli[stream] ?? []) };
  const start = from === undefined ? {} : { from };
  const run = await createRun(typed, { ...options, ...replay, ...start, component, services });
  const traces: { [port: string]: Sample[] } = {};
  for (const port of run.ports) {
    const samples: Sample[] = [];
    traces[port] = samples;
    run.port(port).subscribe((sample) => samples.push(sample));
  }
  const streams = typed.vertices.filter((vertex) => vertex.place === "in").map(({ id }) => id);
  return {
    run,
    told: (result) => ({
      digest: result.digest,
      traces,
      stimuli: Object.fromEntries(streams.map((id) => [id, (traces[`${id}#raw`] ?? traces[id])!])),
      result,
      values: (port) => traces[port]!.map((sample) => sample.message),
    }),
  };
}

/**
 * What a subject needs to run: a file is loaded here once, so that the runs of a property need not load it again.
 *
 * @throws LimbeckError with the graph's errors
 * @example
 * const prepared = await preparedOf("arm-reach.graph.yaml");
 * (await testRun(prepared, { for_ns: 1e7 })).digest === (await testRun(prepared, { for_ns: 1e7 })).digest // true
 */
export async function preparedOf(subject: Subject): Promise<Prepared> {
  const loaded = typeof subject === "string" ? await loadGraph(subject) : subject;
  if (!("file" in loaded)) return loaded;
  return {
    typed: checked(loaded),
    component: loaded.component,
    services: servicesOf(loaded.file, ".limbeck"),
  };
}

/**
 * Prepares a graph that no file holds: one that was built, drawn or rewritten by a test.
 *
 * @param components Beside the standard library, by the names that the graph uses.
 * @throws LimbeckError with the graph's errors
 * @example
 * const prepared = await prepareGraph(graph);
 * (await testRun(prepared, { for_ns: 1e8 })).digest === (await testRun(prepared, { for_ns: 1e8 })).digest // true
 */
export async function prepareGraph(
  graph: Graph,
  components: { readonly [name: string]: Component } = {},
): Promise<Prepared> {
  const { catalogue } = await openCatalogue([], {
    library: { ...library, ...inserted, ...relays, ...components },
    resolvers: [],
    types: builtinTypes,
    rules: rules.map((rule) => rule.name),
    metrics: metrics.map((metric) => metric.name),
  });
  return typedOf(graph, catalogue);
}

function typedOf(graph: Graph, catalogue: Components): Prepared {
  const bound = bind(graph, { set: {} });
  const { typed, problems } = rewrite(bound.graph, catalogue, rules);
  const errors = [...bound.problems, ...problems].filter((p) => p.severity === "error");
  if (typed === undefined || errors.length > 0) throw new LimbeckError(errors);
  return { typed, component: catalogue.component, services: servicesOf("graph.yaml", ".limbeck") };
}

async function* feed(samples: readonly Sample[]): AsyncIterable<Sample> {
  yield* samples;
}
