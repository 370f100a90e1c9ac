/** The recordings of a run, as files: what recorders keep, and the run log. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Recording, RecordingSpec, Recordings } from "../component/component.js";
import type { Vertex } from "../graph/typed.js";
import { fail } from "../problem/problem.js";
import { makeFolder } from "../record/folder.js";
import type { RecordedPort } from "../record/layout.js";
import type { LogFile } from "../record/mcap/file.js";
import { createFile } from "../record/mcap/file.js";
import { createRecorder, type Recorder, type RecorderSummary } from "../record/recorder.js";
import { mcapLog } from "../record/sink.js";
import type { RunLog } from "../runtime/run.js";

const MAX_NUMBER = 9999;

/** What the files of a run say of it. */
export interface RunFacts {
  readonly graph: string;
  readonly digest: string;
  readonly seed: number;
}

export interface FileRecordings extends Recordings {
  /** What was kept, once the run is over. */
  summaries(): Promise<readonly RecorderSummary[]>;
}

/** Recordings as MCAP files in a folder, `NAME-0001.mcap` and on; the name is the recorder's own unless one is given. */
export function fileRecordings(folder: string, facts: RunFacts, name?: string): FileRecordings {
  const open: Recorder[] = [];
  return {
    async open(spec) {
      const file = await nextFile(folder, name ?? spec.as);
      const recorder = createRecorder(recorderSpec(spec, facts), recordedPorts(spec), mcapLog(file));
      open.push(recorder);
      return recordingOf(recorder);
    },
    summaries: () => Promise.all(open.map((recorder) => recorder.close())),
  };
}

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
  return { log, flush: () => (recorder.congested ? recorder.flush() : undefined), close: () => recorder.close() };
}

const recorderSpec = (spec: RecordingSpec, facts: RunFacts) => {
  const anchor = spec.ports.filter((p) => p.role === "output").map((p) => p.port);
  return {
    ...facts,
    name: spec.as,
    mode: spec.rows === "firings" ? ("rows" as const) : ("messages" as const),
    anchor: anchor.join(", "),
    ...(spec.every === undefined ? {} : { every: spec.every }),
    ...(spec.keep_rows === undefined ? {} : { keep: { rows: spec.keep_rows } }),
  };
};

const recordedPorts = ({ ports }: RecordingSpec): RecordedPort[] =>
  ports.map(({ port, role, type }) => ({ port, role, schema: type }));

function recordingOf(recorder: Recorder): Recording {
  const { mode } = recorder;
  return {
    row(time_ns, microstep, entries) {
      if (mode === "rows") recorder.row({ tag_ns: time_ns, microstep, entries });
      else
        for (const { port, stamp_ns, message } of entries)
          recorder.message(port, time_ns, microstep, stamp_ns, message);
      return recorder.congested ? recorder.flush() : undefined;
    },
    incomplete: (port) => recorder.incomplete(`no ${port}`),
    close: async () => void (await recorder.close()),
  };
}

/** A new folder `NAME-0001` or the next, for the episodes of one job. @throws LimbeckError L0702 */
export async function nextFolder(folder: string, name: string): Promise<string> {
  return numbered(folder, name, "", async (path) => {
    await mkdir(path);
    return path;
  });
}

/** The first of `NAME-0001.mcap`, `NAME-0002.mcap`, … that is free, created. @throws LimbeckError L0702 */
const nextFile = (folder: string, name: string): Promise<LogFile> => numbered(folder, name, ".mcap", createFile);

/** A recording is a file or a folder: neither has a number that the other has. */
const ENDINGS = ["", ".mcap"];

async function numbered<T>(folder: string, name: string, ending: string, make: (path: string) => Promise<T>) {
  let reason = `there are ${MAX_NUMBER} of this name already`;
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
  }
  return fail("L0702", { file: join(folder, `${name}-…${ending}`), reason });
}
