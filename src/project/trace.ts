/** What every authored port said, as a file, and where two such files first differ. */
import { isDeepStrictEqual } from "node:util";
import { portNamer } from "../graph/names.js";
import type { TypedGraph } from "../graph/typed.js";
import { isTypedArray } from "../message/tensor.js";
import type { Json, Message } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { createFile, type LogFile, openFile } from "../record/mcap/file.js";
import { type RecordedMessage, readMessages, scanRecording } from "../record/reader.js";
import { createRecorder } from "../record/recorder.js";
import { mcapLog } from "../record/sink.js";
import type { Sample } from "../runtime/port/outlets.js";
import type { Run } from "../runtime/run.js";
import type { RunFacts } from "./recordings.js";

/** Writes every message of the authored streams and nodes to a new file. Close it when the run is over. @throws LimbeckError L0005 */
export async function traceRun(run: Run, typed: TypedGraph, path: string, facts: RunFacts) {
  const named = portNamer(typed);
  const ports = typed.vertices.flatMap((vertex) =>
    vertex.outputs.flatMap(({ port, type }) => {
      const { name, apart } = named(vertex, port);
      return apart ? [] : [{ port: name, role: "stream" as const, schema: type }];
    }),
  );
  const recorder = createRecorder({ ...facts, name: "trace", mode: "messages" }, ports, mcapLog(await newFile(path)));
  for (const { port } of ports)
    run
      .port(port)
      .subscribe(({ time_ns, microstep, stamp_ns, message }) =>
        recorder.message(port, time_ns, microstep, stamp_ns, message),
      );
  return { flush: () => (recorder.congested ? recorder.drained() : undefined), close: () => recorder.close() };
}

const newFile = (file: string): Promise<LogFile> =>
  createFile(file).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "EEXIST" ? "it exists, and is not written over" : error.message;
    return fail("L0005", { file, reason }, {}, { cause: error });
  });

/** Where two runs part: what each said at this port at this instant, or `null` where it said nothing. */
export interface Divergence {
  readonly port: string;
  readonly time_ns: number;
  readonly microstep: number;
  readonly values: readonly [Json, Json];
  /** They are what differs when the values do not. */
  readonly stamps_ns: readonly [number | null, number | null];
}

/**
 * The earliest tag at which two traces differ, and the port; undefined when they say the same.
 *
 * @throws LimbeckError L0700 to L0707 for a file that is no recording
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * await simulate(loaded, { ...job, for_ns: 1e9, ideal: false, trace: "a.mcap" });
 * await simulate(loaded, { ...job, for_ns: 1e9, ideal: false, trace: "b.mcap", seed: 8 });
 * await firstDivergence("a.mcap", "a.mcap") // undefined
 * await firstDivergence("a.mcap", "b.mcap") // { port: "joints", time_ns: 0, … }
 */
export async function firstDivergence(a: string, b: string): Promise<Divergence | undefined> {
  const ports = new Set([...(await portsOf(a)), ...(await portsOf(b))]);
  let first: Divergence | undefined;
  for (const port of ports) {
    const found = await divergenceOf(port, a, b);
    if (found !== undefined && (first === undefined || earlier(found, first))) first = found;
  }
  return first;
}

async function portsOf(file: string): Promise<string[]> {
  const source = await openFile(file);
  try {
    return (await scanRecording(source)).channels.map((channel) => channel.port);
  } finally {
    await source.close();
  }
}

async function divergenceOf(port: string, a: string, b: string): Promise<Divergence | undefined> {
  const [left, right] = [await openFile(a), await openFile(b)];
  try {
    const other = readMessages(right, new Set([port]));
    for await (const mine of readMessages(left, new Set([port]))) {
      const next = await other.next();
      const found = parting(port, sampleOf(mine), next.done ? undefined : sampleOf(next.value));
      if (found !== undefined) return found;
    }
    const next = await other.next();
    return parting(port, undefined, next.done ? undefined : sampleOf(next.value));
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

const sampleOf = ({ tag_ns, microstep, stamp_ns, message }: RecordedMessage): Sample => ({
  time_ns: tag_ns,
  microstep,
  stamp_ns,
  message,
});

/**
 * How the next messages of a port differ between two runs, if they do.
 *
 * The earlier of the two is where the runs part; the later one's run said nothing there.
 *
 * @example
 * const [a, b] = [1, 2].map((message) => ({ time_ns: 0, microstep: 0, stamp_ns: 0, message }));
 * parting("joints", a, a) // undefined
 * parting("joints", a, b) // { port: "joints", time_ns: 0, microstep: 0, values: [1, 2], stamps_ns: [0, 0] }
 */
export function parting(port: string, a: Sample | undefined, b: Sample | undefined): Divergence | undefined {
  if (isDeepStrictEqual(a, b)) return undefined;
  const { time_ns, microstep } = a === undefined || (b !== undefined && earlier(b, a)) ? b! : a;
  const there = (sample: Sample | undefined) =>
    sample?.time_ns === time_ns && sample.microstep === microstep ? sample : undefined;
  const [mine, theirs] = [there(a), there(b)];
  return {
    port,
    time_ns,
    microstep,
    values: [plain(mine?.message), plain(theirs?.message)],
    stamps_ns: [mine?.stamp_ns ?? null, theirs?.stamp_ns ?? null],
  };
}

/** A message as JSON, tensors as lists. */
const plain = (message: Message | undefined): Json =>
  message === undefined
    ? null
    : JSON.parse(JSON.stringify(message, (_, part) => (isTypedArray(part) ? Array.from(part) : part)));

/** Whether one tag is before another. */
export const earlier = (a: Tag, b: Tag): boolean =>
  a.time_ns !== b.time_ns ? a.time_ns < b.time_ns : a.microstep < b.microstep;

type Tag = Pick<Sample, "time_ns" | "microstep">;
