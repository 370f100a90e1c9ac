/** Runs a loaded graph in virtual time: with its world simulated, or with a run log in the world's place. */
import type { Progress } from "../distill/workbench.js";
import { digestOf } from "../graph/digest.js";
import type { TypedGraph } from "../graph/typed.js";
import { fail, LimbeckError, type Problem } from "../problem/problem.js";
import type { RecorderSummary } from "../record/recorder.js";
import type { Fault } from "../runtime/node/faults.js";
import { createRun, type Run, type RunOptions, type RunResult } from "../runtime/run.js";
import { type Hosts, openHosts } from "./host/hosts.js";
import { surroundingsOf } from "./host/reference.js";
import { checked, type Loaded } from "./load.js";
import { fileRecordings, fileRunLog } from "./recordings.js";
import { openReplay } from "./replay-log.js";
import { type RunState, readState, writeState } from "./run-state.js";
import { folders, servicesOf } from "./services.js";
import { traceRun } from "./trace.js";
import { type HangOptions, startWatchdog } from "./watchdog/watchdog.js";

/** Given to every job that takes time. */
export interface JobOptions {
  /** Folder for everything that is made. */
  readonly home: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Wall clock in ms, for rates. */
  readonly now: () => number;
  /** In place of the graph file's own. */
  readonly seed?: number;
}

export interface RunJobOptions extends JobOptions {
  /** Virtual time to run for; without it, until every source has ended, or 10 s when there is none. */
  readonly for_ns?: number;
  /** A new file that takes every message of the authored ports. */
  readonly trace?: string;
  /** From when on an inline node hangs, which ends the run (L0625); without it nobody watches. */
  readonly hang?: HangOptions;
}

export interface SimulateOptions extends RunJobOptions {
  /** No jitter, latency or loss. */
  readonly ideal: boolean;
  /** Another legal order of what happens at one tag, drawn from this seed. */
  readonly permute?: number;
  /** A file that takes the state at the end, for a run that goes on from there. */
  readonly saveState?: string;
  /** Goes on from the state in this file; `for_ns` counts from the start of the first run all the same. */
  readonly fromState?: string;
}

export interface ReplayResult {
  readonly digest: string;
  readonly ports: { readonly [port: string]: string };
  readonly events: number;
  readonly node_steps: number;
  /** Virtual time at the end. */
  readonly virtual_s: number;
  /** Where it went on from, of a run that did not start at 0. */
  readonly from_s: number;
  readonly wall_ms: number;
  /** File of the run log: the one that was written, or the one that was replayed. */
  readonly log: string;
  readonly recordings: readonly string[];
  /** What each recorder kept, and why the rest is missing. */
  readonly kept: readonly RecorderSummary[];
  /** Nodes that faulted, while all others went on. */
  readonly faults: readonly Fault[];
  readonly problems: readonly Problem[];
  readonly interrupted: boolean;
}

export type SimulateResult = ReplayResult;

const DEFAULT_FOR_NS = 10e9;

/** How long a run of this graph is, when nobody says: `undefined` is the end of its sources. */
export const lengthOf = (typed: TypedGraph, for_ns?: number): number | undefined => {
  const sources = typed.vertices.some((v) => "trigger" in v && v.trigger.kind === "source");
  return for_ns ?? (sources ? undefined : DEFAULT_FOR_NS);
};

/**
 * Simulates the graph with its world, and writes the run log.
 *
 * A node that faults harms no other: the run goes on to its end, and `faults` and `problems` tell of it.
 *
 * @throws LimbeckError from the run, with places in the file; L0614 for a state that cannot be saved, L0616 for one that
 * this run cannot go on from
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const { virtual_s, recordings } = await simulate(loaded, { ...job, for_ns: 1e9, ideal: false });
 * virtual_s // 1
 * recordings // [".limbeck/recordings/reach-0001.mcap"]
 */
export async function simulate(loaded: Loaded, options: SimulateOptions): Promise<SimulateResult> {
  const typed = checked(loaded);
  const seed = options.seed ?? typed.seed;
  const for_ns = lengthOf(typed, options.for_ns);
  const { ideal, saveState, fromState } = options;
  const state = fromState === undefined ? undefined : await stateFor(fromState, ideal, for_ns);
  const facts = { graph: typed.graph.name, digest: digestOf(typed.graph), seed };
  const length = {
    ...(for_ns === undefined ? {} : { for_ns }),
    ...(state === undefined ? {} : { from_ns: state.snapshot.time_ns }),
  };
  const log = await fileRunLog(folders(options.home).logs, typed.graph.name, { ...facts, ...length }, typed.vertices);
  const order = options.permute === undefined ? {} : { permute: options.permute };
  const from = state === undefined ? {} : { from: state.snapshot };
  const how = { seed, ideal, log: log.log, ...order, ...from };
  const save = saveState === undefined ? undefined : saving(saveState, ideal);
  const result = await runJob(loaded, options, `simulating ${typed.graph.name}`, for_ns, how, log, save);
  const { file, failure } = await log.close();
  const problems = failure === undefined ? result.problems : [...result.problems, failure];
  return { ...result, log: file, problems };
}

/**
 * Runs the graph on the in-stream messages of a run log, at the very tags they had; the world is left out.
 *
 * @throws LimbeckError L0700 to L0707 for a file that cannot be read, L0724 for one that is no log of this graph
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const { log, digest } = await simulate(loaded, { ...job, for_ns: 1e9, ideal: false });
 * (await replay(loaded, log, job)).digest === digest // true
 */
export async function replay(loaded: Loaded, file: string, options: RunJobOptions): Promise<ReplayResult> {
  const typed = checked(loaded);
  const log = await openReplay(file, typed);
  const seed = options.seed ?? log.seed;
  const for_ns = options.for_ns ?? log.for_ns;
  const how = { seed, replay: log.stream };
  const read = { flush: () => undefined, close: log.close };
  return { ...(await runJob(loaded, options, `replaying ${file}`, for_ns, how, read)), log: file };
}

async function stateFor(file: string, ideal: boolean, for_ns: number | undefined): Promise<RunState> {
  const state = await readState(file);
  const { time_ns } = state.snapshot;
  if (state.ideal !== ideal)
    fail("L0616", {
      reason: `it was taken ${state.ideal ? "with" : "without"} \`--ideal\`, and this run is ${ideal ? "with" : "without"} it`,
    });
  if (for_ns !== undefined && for_ns <= time_ns)
    fail("L0616", {
      reason: `it was taken at ${time_ns / 1e9} s and this run ends at ${for_ns / 1e9} s; \`--for\` counts from the start of the first run`,
    });
  return state;
}

/** Runs to the end and writes the state there; one that cannot be saved is refused before. */
const saving =
  (file: string, ideal: boolean) =>
  async (run: Run, for_ns: number | undefined): Promise<RunResult> => {
    let failure: unknown;
    try {
      await run.snapshot();
      await run.advance(for_ns);
      writeState(file, { ideal, snapshot: await run.snapshot() });
    } catch (error) {
      failure = error;
    }
    const result = await run.finish();
    if (failure !== undefined) throw failure;
    return result;
  };

/** The log that a run writes or reads. */
interface RunFile {
  flush(): Promise<void> | undefined;
  close(): Promise<unknown>;
}

async function runJob(
  loaded: Loaded,
  { home, signal, onProgress, now, trace, hang }: RunJobOptions,
  phase: string,
  for_ns: number | undefined,
  how: Pick<RunOptions, "seed" | "ideal" | "log" | "replay" | "permute" | "from"> & { readonly seed: number },
  log: RunFile,
  through: (run: Run, for_ns: number | undefined) => Promise<RunResult> = (run, for_ns) => run.start(for_ns),
): Promise<Omit<ReplayResult, "log">> {
  const typed = checked(loaded);
  const facts = { graph: typed.graph.name, digest: digestOf(typed.graph), seed: how.seed };
  const recordings = fileRecordings(folders(home).recordings, facts);
  const services = { ...servicesOf(loaded.file, home), recordings };
  const started = now();
  // in another order than the graph's own the ranks of a beat would name others
  const watch = hang === undefined || how.permute !== undefined ? undefined : startWatchdog(typed, hang);
  const guarded = <T>(work: Promise<T>) => watch?.guard(work) ?? work;
  let hosts: Hosts | undefined;
  let tracing: Awaited<ReturnType<typeof traceRun>> | undefined;
  try {
    hosts = openHosts(typed, surroundingsOf(loaded.file, home), signal);
    const running = createRun(typed, {
      ...how,
      faults: "isolate",
      ...(hosts === undefined ? {} : { host: hosts.host }),
      ...(watch === undefined ? {} : { beat: watch.beat }),
      component: loaded.component,
      services,
      signal,
      onTurn: async (time_ns) => {
        const done = time_ns / 1e9;
        onProgress({ phase, done, total: (for_ns ?? 0) / 1e9, detail: `${done.toFixed(1)} s of virtual time` });
        await log.flush();
        await tracing?.flush();
      },
    });
    const run = await guarded(running);
    if (trace !== undefined) tracing = await traceRun(run, typed, trace, facts);
    const result = await guarded(through(run, for_ns));
    const wall_ms = now() - started;
    const kept = await recordings.summaries();
    const traced = await tracing?.close();
    const failures = [...kept, ...(traced === undefined ? [] : [traced])].flatMap(({ failure, warning }) =>
      [failure, warning].filter((problem) => problem !== undefined),
    );
    const { digest, ports, events, node_steps, virtual_s, faults, warnings, interrupted } = result;
    const problems = loaded.locate([...warnings, ...failures]);
    const files = kept.flatMap((k) => k.files);
    const counts = { events, node_steps, virtual_s, from_s: (how.from?.time_ns ?? 0) / 1e9, wall_ms };
    const located = faults.map((fault) => ({ ...fault, problems: loaded.locate(fault.problems) }));
    return { digest, ports, ...counts, recordings: files, kept, faults: located, problems, interrupted };
  } catch (error) {
    if (error instanceof LimbeckError) throw new LimbeckError(loaded.locate(error.problems), { cause: error });
    throw error;
  } finally {
    const closing = Promise.all([recordings.summaries(), log.close(), tracing?.close(), hosts?.close()]);
    await (watch?.patient(closing) ?? closing);
    watch?.end();
  }
}
