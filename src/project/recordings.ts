/** The recordings of a run, as files: what recorders keep, and the run log. */
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingSpec, Recordings } from "../component/component.js";
import type { Vertex } from "../graph/typed.js";
import { fail } from "../problem/problem.js";
import { makeFolder } from "../record/folder.js";
import type { RecordedPort } from "../record/layout.js";
import type { LogFile } from "../record/mcap/file.js";
import { createFile } from "../record/mcap/file.js";
import type { WriterOptions } from "../record/mcap/writer.js";
import { type Limits, laterFile, partedLog } from "../record/parts.js";
import { createRecorder, type Recorder, type RecorderSummary } from "../record/recorder.js";
import { recordingOf } from "../record/recording.js";
import { type MessageSink, mcapLog } from "../record/sink.js";
import type { RunLog } from "../runtime/run.js";
import { createLiveLog } from "./live-log/log.js";

const MAX_NUMBER = 9999;

/** What the files of a run say of it. */
export interface RunFacts {
  readonly graph: string;
  readonly digest: string;
  readonly seed: number;
}

export interface FileRecordings extends Recordings {
  /** Those of the run, by name and live: their state, how far their messages have come, what was dropped. */
  readonly live: readonly LiveRecording[];
  /** What was kept, once the run is over. */
  summaries(): Promise<readonly RecorderSummary[]>;
}

/** A recording while it is made; it can be paused. */
export type LiveRecording = Pick<Recorder, "name" | "life" | "acks" | "drops" | "pause" | "resume">;

/**
 * Recordings as MCAP files in a folder, `NAME-0001.mcap` and on; the name is the recorder's own unless one is given.
 *
 * @example
 * const recordings = fileRecordings("recordings", { graph: "arm-reach", digest: "", seed: 7 });
 * const run = await openRun(await loadGraph("arm-reach.graph.yaml"), { recordings });
 * const states: string[] = [];
 * for (const { name, life } of recordings.live) life.subscribe(({ state }) => states.push(`${name} ${state}`));
 * await run.start(1e9);
 * states // ["reach armed", "reach recording"]
 * const [kept] = await recordings.summaries();
 * kept?.rows // 99
 */
export function fileRecordings(folder: string, facts: RunFacts, name?: string): FileRecordings {
  // the run waits for the disk
  const sink = async (spec: RecordingSpec) => sinkOf(await nextFile(folder, name ?? spec.as), spec, { patient: true });
  return recordingsIn(folder, facts, sink, { name, live: false });
}

/**
 * The same for a run that keeps time, driven by the wall clock: at most 10 ms after it came a message is handed to the
 * disk, and that is asked to keep it (group commit), by a thread of its own unless there is a `split` or `max_disk`. Rows
 * that the disk cannot follow are dropped and counted; nobody waits for it.
 *
 * @example
 * const recordings = liveRecordings("recordings", { graph: "arm-reach", digest: "", seed: 7 });
 * const run = await openRun(await loadGraph("arm-reach.graph.yaml"), { recordings });
 * for (const now_ns of [250e6, 500e6, 1e9]) await run.advance(now_ns);
 * await run.finish();
 * const [kept] = await recordings.summaries();
 * [kept?.rows, kept?.dropped] // [99, 0]
 */
export function liveRecordings(folder: string, facts: RunFacts): FileRecordings {
  const sink = async (spec: RecordingSpec): Promise<MessageSink> =>
    isOneFile(spec)
      ? numbered(folder, spec.as, ".mcap", createLiveLog)
      : sinkOf(await nextFile(folder, spec.as), spec, { commit: { after: afterMs } });
  return recordingsIn(folder, facts, sink, { live: true });
}

function recordingsIn(
  folder: string,
  facts: RunFacts,
  sink: (spec: RecordingSpec) => Promise<MessageSink>,
  { name, live }: { readonly name?: string | undefined; readonly live: boolean },
): FileRecordings {
  const open: Recorder[] = [];
  return {
    live: open,
    async open(spec) {
      const to = await sink(spec).catch((error) => mcapLog(brokenFile(folder, name ?? spec.as, error)));
      const recorder = createRecorder(headerOf(spec, facts), recordedPorts(spec), to);
      open.push(recorder);
      return recordingOf(recorder, live);
    },
    summaries: () => Promise.all(open.map((recorder) => recorder.close())),
  };
}

function afterMs(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}

/** A graph runs without its recording, as it does when the disk fails later. */
function brokenFile(folder: string, name: string, error: unknown): LogFile {
  const refuse = () => Promise.reject((error as Error).cause ?? error);
  return { name: join(folder, `${name}-….mcap`), write: refuse, sync: refuse, close: async () => {} };
}

/** One file; or several where there are limits: `NAME-0001.mcap`, `NAME-0001.1.mcap`, `NAME-0001.2.mcap`, … */
export function sinkOf(
  first: LogFile,
  spec: Limits,
  options: Pick<WriterOptions, "commit" | "patient"> = {},
): MessageSink {
  if (isOneFile(spec)) return mcapLog(first, options);
  const { split, max_disk } = spec;
  const files = {
    part(index: number) {
      const path = first.name.replace(/\.mcap$/, `.${index}.mcap`);
      return laterFile(path, () => createFile(path));
    },
    remove: (path: string) => rm(path),
  };
  const limits = { ...(split === undefined ? {} : { split }), ...(max_disk === undefined ? {} : { max_disk }) };
  return partedLog((file) => mcapLog(file, options), first, files, limits);
}

const isOneFile = ({ split, max_disk }: Limits): boolean => split === undefined && max_disk === undefined;

/** The log of a run's in-streams: what replay needs. */
export async function fileRunLog(
  folder: string,
  name: string,
  facts: RunFacts & { readonly for_ns?: number; readonly from_ns?: number },
  vertices: readonly Vertex[],
) {
  const ports = vertices
    .filter((vertex) => vertex.place === "in")
    .map((vertex): RecordedPort => ({ port: vertex.id, role: "stream", schema: vertex.outputs[0]!.type }));
  const file = await nextFile(folder, name);
  const recorder = createRecorder({ ...facts, name, mode: "log" }, ports, mcapLog(file));
  const log: RunLog = {
    stream:
      (id) =>
      ({ time_ns, microstep, stamp_ns, message }) =>
        recorder.message(id, time_ns, microstep, stamp_ns, message),
  };
  return { log, flush: () => (recorder.congested ? recorder.drained() : undefined), close: () => recorder.close() };
}

const headerOf = (spec: RecordingSpec, facts: RunFacts) => {
  const anchor = spec.ports.filter((p) => p.role === "output").map((p) => p.port);
  return {
    ...facts,
    name: spec.as,
    mode: spec.rows === "firings" ? ("rows" as const) : ("messages" as const),
    anchor: anchor.join(", "),
  };
};

const recordedPorts = ({ ports }: RecordingSpec): RecordedPort[] =>
  ports.map(({ port, role, type }) => ({ port, role, schema: type }));

/** A new folder `NAME-0001` or the next, for the episodes of one job. @throws LimbeckError L0702 */
export async function nextFolder(folder: string, name: string): Promise<string> {
  return numbered(folder, name, "", async (path) => {
    await mkdir(path);
    return path;
  });
}

/** The first of `NAME-0001.mcap`, `NAME-0002.mcap`, … that is free, created. @throws LimbeckError L0702 */
export const nextFile = (folder: string, name: string): Promise<LogFile> => numbered(folder, name, ".mcap", createFile);

/** A recording is a file or a folder: neither has a number that the other has. */
const ENDINGS = ["", ".mcap"];

async function numbered<T>(folder: string, name: string, ending: string, make: (path: string) => Promise<T>) {
  let reason = `there are ${MAX_NUMBER} of this name already`;
  let cause: unknown;
  try {
    makeFolder(folder);
    for (let n = 1; n <= MAX_NUMBER; n++) {
      const path = join(folder, `${name}-${String(n).padStart(4, "0")}`);
      if (ENDINGS.some((other) => existsSync(path + other))) continue;
      try {
        return await make(path + ending);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  } catch (error) {
    reason = (error as Error).message;
    cause = error;
  }
  return fail("L0702", { file: join(folder, `${name}-…${ending}`), reason }, {}, { cause });
}
