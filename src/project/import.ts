/**
 * Recordings of other programs → a run log of a graph's in-streams, or a plain recording.
 *
 *   mapping ──► recordings, opened ──bind──► streams ──┬─ a graph: its types ─────────┬─► merged ──► MCAP
 *                                                      └─ none: types, by a first pass ┘
 *
 * Each recording is read from start to end in bounded memory. Times count from the origin: the earliest message, unless
 * the mapping declares another. It is taken to be the first that is met; where one behind it turns out to be earlier,
 * the file is written again from the right one.
 */
import { digestOf } from "../graph/digest.js";
import type { TypedGraph } from "../graph/typed.js";
import { readGraphFile } from "../graphfile/read.js";
import type { Message, MessageSchema } from "../message/type.js";
import { fail, LimbeckError, type Problem } from "../problem/problem.js";
import { type Binding, bind, converter, leaveOut, warningsOf, watcher } from "../record/foreign/binding.js";
import type { ForeignRecording } from "../record/foreign/foreign.js";
import { type Mapping, parseMapping } from "../record/foreign/mapping.js";
import { openForeign } from "../record/foreign/open.js";
import type { RecordedPort, RecordingHeader } from "../record/layout.js";
import { createRecorder } from "../record/recorder.js";
import { mcapLog } from "../record/sink.js";
import { merged, type Source, type Work } from "./import-merge.js";
import type { ImportedStream, ImportOptions, ImportResult } from "./import-options.js";
import { inputsOf, nameOf, specsOf } from "./import-plan.js";
import { checked } from "./load.js";
import { type NewFile, newFile, nextNewFile } from "./new-file.js";
import { folders } from "./services.js";

export type { ImportedStream, ImportOptions, ImportResult } from "./import-options.js";

/**
 * Imports a recording.
 *
 * @returns undefined when it was interrupted: nothing is left under the new name
 * @throws LimbeckError L0740 to L0757, and L0700 to L0707 for a damaged MCAP file
 * @example
 * const result = await importRecording({ ...job, input: "double.mcap", output: "copy.mcap" });
 * result?.messages // 200
 */
export async function importRecording(options: ImportOptions): Promise<ImportResult | undefined> {
  const mapping =
    options.mapping === undefined
      ? undefined
      : parseMapping(readGraphFile(options.mapping, "a mapping file"), options.mapping);
  const open = new Map<string, ForeignRecording>();
  try {
    for (const [name, { path, layout }] of inputsOf(options, mapping)) open.set(name, await openForeign(path, layout));
    return await importOpen(open, options, mapping);
  } finally {
    for (const recording of open.values()) await recording.close();
  }
}

async function importOpen(
  open: ReadonlyMap<string, ForeignRecording>,
  options: ImportOptions,
  mapping: Mapping | undefined,
): Promise<ImportResult | undefined> {
  const located = mapping?.locate ?? ((problems: readonly Problem[]) => [...problems]);
  const typed = options.into === undefined ? undefined : checked(options.into);
  const problems: Problem[] = [];
  const specs = specsOf(open, options, mapping, typed, problems);
  const errors = () => {
    const found = problems.filter(({ severity }) => severity === "error");
    if (found.length > 0) throw new LimbeckError(located(found));
  };
  const sources = [...open].map(([name, recording]): Source => {
    const own = specs.filter(({ from }) => (from ?? [...open.keys()][0]) === name);
    return { recording, bindings: own.flatMap((spec) => bind(spec, recording, problems) ?? []) };
  });
  errors();
  try {
    const streams = typed === undefined ? await seen(sources, options) : declared(sources, typed, problems);
    if (streams === undefined) return undefined;
    errors();
    const result = await write(sources, streams, options, mapping, typed);
    if (result === undefined) return undefined;
    const warnings = sources.flatMap(({ recording, bindings }) => [
      ...recording.warnings(),
      ...bindings.flatMap(warningsOf),
    ]);
    return { ...result, problems: located([...problems, ...warnings]) };
  } catch (error) {
    if (error instanceof LimbeckError) throw new LimbeckError(located(error.problems), { cause: error });
    throw error;
  }
}

/** A stream as it is written: its type, and how its messages are made. */
interface Stream {
  readonly type: MessageSchema;
  readonly convert: (given: unknown) => Message;
}

/** The graph's types. */
function declared(sources: readonly Source[], typed: TypedGraph, problems: Problem[]): Map<Binding, Stream> {
  const streams = new Map<Binding, Stream>();
  for (const { bindings } of sources)
    for (const binding of bindings) {
      const vertex = typed.byId.get(binding.spec.stream)!;
      const type = vertex.outputs[0]!.type;
      streams.set(binding, { type, convert: converter(binding, type, problems) });
    }
  return streams;
}

/** Types as a first pass finds them. */
async function seen(sources: readonly Source[], options: ImportOptions): Promise<Map<Binding, Stream> | undefined> {
  const watchers = new Map(
    sources.flatMap(({ bindings }) => bindings).map((binding) => [binding, watcher(binding)] as const),
  );
  const looking: Work<true> = (binding, value) => {
    watchers.get(binding)!.see(binding.fields.read(value));
    return true;
  };
  for await (const _ of merged(sources, looking, { ...options, phase: "looking through", ordered: false }))
    if (options.signal.aborted) return undefined;
  if (options.signal.aborted) return undefined;
  const streams = new Map<Binding, Stream>();
  for (const [binding, inference] of watchers) {
    const { channel, counts } = binding;
    const found = inference.end(counts);
    if (found === undefined) continue;
    const title = channel.typeName === "" ? {} : { title: channel.typeName };
    streams.set(binding, { type: { ...found.schema, ...title }, convert: found.convert });
  }
  return streams;
}

type Written = Omit<ImportResult, "problems">;

/** Longest run that its tags can count. */
const MAX_SPAN_NS = BigInt(Number.MAX_SAFE_INTEGER);
/** Messages of one stream at one instant; those behind them come a nanosecond later, as a backlog does in a run. */
const MAX_BURST = 500;

async function write(
  sources: readonly Source[],
  streams: ReadonlyMap<Binding, Stream>,
  options: ImportOptions,
  mapping: Mapping | undefined,
  typed: TypedGraph | undefined,
): Promise<Written | undefined> {
  let origin = mapping?.origin_ns;
  for (;;) {
    const file = await target(options, typed);
    try {
      const pass = await writeOnce(file, sources, streams, options, typed, origin, mapping?.origin_ns !== undefined);
      if (pass === undefined) return undefined;
      if (typeof pass === "object") return { ...pass, file: file.keep() };
      origin = pass;
    } finally {
      file.discard();
    }
  }
}

function target({ output, home, ...options }: ImportOptions, typed: TypedGraph | undefined): Promise<NewFile> {
  if (output !== undefined) return newFile(output);
  const { logs, recordings } = folders(home);
  return nextNewFile(typed === undefined ? recordings : logs, nameOf({ ...options, home }, typed));
}

/** One pass; the origin that it should have had, where a message was earlier. */
async function writeOnce(
  file: NewFile,
  sources: readonly Source[],
  streams: ReadonlyMap<Binding, Stream>,
  options: ImportOptions,
  typed: TypedGraph | undefined,
  given: bigint | undefined,
  fixed: boolean,
): Promise<Omit<Written, "file"> | bigint | undefined> {
  const bindings = [...streams.keys()];
  const ports = portsOf(streams, typed);
  const tallies = new Map(bindings.map((binding) => [binding, { imported: 0, first: 0, last: -1, microstep: 0 }]));
  const work: Work<Message> = (binding, value) => streams.get(binding)!.convert(binding.fields.read(value));
  let origin = given;
  let earliest: bigint | undefined;
  let recorder: ReturnType<typeof createRecorder> | undefined;
  const start = () => {
    recorder = createRecorder(headerOf(options, typed, origin ?? 0n), ports, mcapLog(file.log));
    return recorder;
  };
  try {
    for await (const { binding, tag_ns, stamp_ns, at, content } of merged(sources, work, {
      ...options,
      phase: "importing",
      ordered: true,
    })) {
      if (options.signal.aborted) return undefined;
      if (!streams.has(binding)) continue;
      if (tag_ns !== undefined) {
        origin ??= tag_ns;
        if (earliest === undefined || tag_ns < earliest) earliest = tag_ns;
        if (tag_ns < origin) {
          if (fixed) leaveOut(binding.counts.dropped.early, at);
          continue;
        }
        if (tag_ns - origin > MAX_SPAN_NS)
          fail("L0752", {
            what: `${at} of \`${binding.spec.stream}\` lies more than 104 days behind the origin`,
            help: "Look at the unit of its time, or declare `origin` in the mapping.",
          });
      }
      const tally = tallies.get(binding)!;
      const tag = Math.max(tally.last, tag_ns === undefined ? 0 : Number(tag_ns - origin!));
      tally.microstep = tag === tally.last ? tally.microstep + 1 : 0;
      const later = tally.microstep === MAX_BURST;
      if (later) tally.microstep = 0;
      tally.last = later ? tag + 1 : tag;
      if (tally.imported++ === 0) tally.first = tally.last;
      const log = recorder ?? start();
      const stamp = stamp_ns === undefined ? 0 : Number(stamp_ns - (origin ?? 0n));
      log.message(binding.spec.stream, tally.last, tally.microstep, stamp, content);
      if (log.congested) await log.drained();
    }
    if (options.signal.aborted) return undefined;
    const { failure, messages } = await (recorder ?? start()).close();
    recorder = undefined;
    if (failure !== undefined) throw new LimbeckError([failure]);
    if (!fixed && earliest !== undefined && earliest < origin!) return earliest;
    const imported = bindings.map((binding) => ({ binding, ...tallies.get(binding)! }));
    const filled = imported.filter((one) => one.imported > 0);
    const [first, last] = [Math.min(...filled.map((one) => one.first)), Math.max(...filled.map((one) => one.last))];
    return {
      mode: typed === undefined ? "messages" : "log",
      origin_ns: String(origin ?? 0n),
      messages,
      span_ns: filled.length === 0 ? 0 : last - first,
      streams: imported.map((one) => told(one, sources, streams)),
    };
  } finally {
    await recorder?.close();
  }
}

interface Tallied {
  readonly binding: Binding;
  readonly imported: number;
  readonly first: number;
  readonly last: number;
}

function told(
  { binding, imported, first, last }: Tallied,
  sources: readonly Source[],
  streams: ReadonlyMap<Binding, Stream>,
): ImportedStream {
  const { spec, channel, counts } = binding;
  const { late, unfit, early } = counts.dropped;
  return {
    stream: spec.stream,
    file: sources.find(({ bindings }) => bindings.includes(binding))!.recording.file,
    topic: channel.topic,
    type: streams.get(binding)!.type,
    found: counts.found,
    imported,
    late: late.count,
    unfit: unfit.count,
    early: early.count,
    first_tag_ns: first,
    last_tag_ns: Math.max(0, last),
  };
}

/** Every in-stream of a graph, fed or not: a log of it names them all. */
function portsOf(streams: ReadonlyMap<Binding, Stream>, typed: TypedGraph | undefined): RecordedPort[] {
  const port = (name: string, schema: MessageSchema): RecordedPort => ({ port: name, role: "stream", schema });
  if (typed === undefined) return [...streams].map(([binding, { type }]) => port(binding.spec.stream, type));
  return typed.vertices.filter(({ place }) => place === "in").map((vertex) => port(vertex.id, vertex.outputs[0]!.type));
}

function headerOf(options: ImportOptions, typed: TypedGraph | undefined, origin_ns: bigint): RecordingHeader {
  const name = nameOf(options, typed);
  return typed === undefined
    ? { name, mode: "messages", graph: "", digest: "", seed: 0, origin_ns }
    : {
        name: typed.graph.name,
        mode: "log",
        graph: typed.graph.name,
        digest: digestOf(typed.graph),
        seed: typed.seed,
        origin_ns,
      };
}
