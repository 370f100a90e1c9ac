/** Simulates a loaded graph in virtual time, with its run log and its recordings as files. */
import type { Progress } from "../distill/workbench.js";
import { digestOf } from "../graph/digest.js";
import type { TypedGraph } from "../graph/typed.js";
import { LimbeckError, type Problem } from "../problem/problem.js";
import type { RecorderSummary } from "../record/recorder.js";
import { createRun, type RunResult } from "../runtime/run.js";
import { checked, type Loaded } from "./load.js";
import { fileRecordings, fileRunLog } from "./recordings.js";
import { folders, servicesOf } from "./services.js";

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

export interface SimulateOptions extends JobOptions {
  /** Virtual time to run for; without it, until every source has ended, or 10 s when there is none. */
  readonly for_ns?: number;
  /** No jitter, latency or loss. */
  readonly ideal: boolean;
}

export interface SimulateResult {
  readonly digest: string;
  readonly ports: { readonly [port: string]: string };
  readonly events: number;
  readonly node_steps: number;
  readonly virtual_s: number;
  readonly wall_ms: number;
  /** File of the run log. */
  readonly log: string;
  readonly recordings: readonly string[];
  /** What each recorder kept, and why the rest is missing. */
  readonly kept: readonly RecorderSummary[];
  readonly problems: readonly Problem[];
  readonly interrupted: boolean;
}

const DEFAULT_FOR_NS = 10e9;

/** How long a run of this graph is, when nobody says: `undefined` is the end of its sources. */
export const lengthOf = (typed: TypedGraph, for_ns?: number): number | undefined => {
  const sources = typed.vertices.some((v) => "trigger" in v && v.trigger.kind === "source");
  return for_ns ?? (sources ? undefined : DEFAULT_FOR_NS);
};

/** @throws LimbeckError from the run, with places in the file */
export async function simulate(loaded: Loaded, options: SimulateOptions): Promise<SimulateResult> {
  const typed = checked(loaded);
  const { file, component } = loaded;
  const { home, signal, onProgress, now, ideal } = options;
  const seed = options.seed ?? typed.seed;
  const facts = { graph: typed.graph.name, digest: digestOf(typed.graph), seed };
  const recordings = fileRecordings(folders(home).recordings, facts);
  const log = await fileRunLog(folders(home).logs, typed.graph.name, facts, typed.vertices);
  const for_ns = lengthOf(typed, options.for_ns);
  const phase = `simulating ${typed.graph.name}`;
  const started = now();
  let result: RunResult;
  try {
    const run = await createRun(typed, {
      component,
      services: { ...servicesOf(file, home), recordings },
      seed,
      ideal,
      log: log.log,
      signal,
      onTurn: async (time_ns) => {
        const done = time_ns / 1e9;
        onProgress({ phase, done, total: (for_ns ?? 0) / 1e9, detail: `${done.toFixed(1)} s of virtual time` });
        await log.flush();
      },
    });
    result = await run.start(for_ns);
  } catch (error) {
    if (error instanceof LimbeckError) throw new LimbeckError(loaded.locate(error.problems), { cause: error });
    throw error;
  } finally {
    await Promise.all([log.close(), recordings.summaries()]);
  }
  const wall_ms = now() - started;
  const kept = await recordings.summaries();
  const logged = await log.close();
  const failures = [...kept, logged].flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  const { digest, ports, events, node_steps, virtual_s, warnings, interrupted } = result;
  return {
    digest,
    ports,
    events,
    node_steps,
    virtual_s,
    wall_ms,
    log: logged.file,
    recordings: kept.map((k) => k.file),
    kept,
    problems: loaded.locate([...warnings, ...failures]),
    interrupted,
  };
}
