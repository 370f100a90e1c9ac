/**
 * A consensus recorder after the fact: recordings that were made separately, or one, filtered by what their ports agree on.
 *
 *     A.mcap ──┐ 1 scan, plan      2 join               3 the recorder's own policies
 *     B.mcap ──┼──► ports, groups ──► by tag, by stamp ──► when … consensus … keep ──► sink
 *              └── incomplete rows: counted by cause
 *
 * Of recordings of one run it keeps the rows that a recorder in the graph would have kept, byte for byte: the same code
 * decides and writes.
 */
import type { Params, RecordedPort } from "../../component/component.js";
import { ConsensusRecorder } from "../../component/recorder/consensus.js";
import type { ConsensusOptions } from "../../component/recorder/groups.js";
import type { PolicyOptions } from "../../component/recorder/options.js";
import type { RecorderClass } from "../../component/recorder/recorder.js";
import { policiesOf, startRecorder } from "../../component/recorder/start.js";
import type { RecordingHeader } from "../layout.js";
import { createRecorder, type RecorderSummary } from "../recorder.js";
import { recordingOf } from "../recording.js";
import type { MessageSink } from "../sink.js";
import { type Plan, planRows } from "./plan.js";
import { type FilterSource, type ScannedSource, sameRun, scanSource } from "./source.js";
import { type ByStamp, joinByStamp } from "./stamps.js";
import { joinByTag } from "./tags.js";

export interface FilterOptions {
  /** Name of the new recording. */
  readonly as: string;
  /** What is compared, how, and what is kept; groups are those of `planRows`. */
  readonly consensus?: Omit<ConsensusOptions, "ports"> & { readonly ports?: readonly (readonly string[])[] };
  /** What else the rule `record` knows; `split` and `max_disk` are the sink's. */
  readonly policies?: PolicyOptions;
  /** Only these ports, and those that are compared. */
  readonly only?: readonly string[];
  /** Joins by stamp; left out: by tag. */
  readonly asof?: ByStamp;
  /** A recorder of one's own that says what agreement is, and its params. */
  readonly recorder?: RecorderClass;
  readonly params?: Params;
  readonly signal?: AbortSignal;
  /** Hears how far it has come on the run's clock, and how far that goes. */
  readonly onProgress?: (time_ns: number, end_ns: number) => void;
}

export interface FilterSummary extends RecorderSummary {
  /** Rows of the joined recordings that were complete. */
  readonly complete: number;
  /** Ports of the new recording, and which of them are compared. */
  readonly ports: readonly string[];
  readonly groups: readonly (readonly string[])[];
  /** Recordings that nobody closed, and what was lost at their ends. */
  readonly unfinished: readonly { readonly file: string; readonly lost_bytes: number }[];
}

const TURN_ROWS = 4096;

/**
 * Reads recordings side by side and writes the rows that are wanted to a sink.
 *
 * @throws LimbeckError L0700 to L0707 for what is no recording, L0730, L0731, L0761, L0762 for options that do not fit, L0763 to L0766
 * @example
 * const file = await openFile("double.mcap");
 * const log = memoryLog();
 * const source = { label: "double", files: [file] };
 * const options = { as: "apart", consensus: { ports: [["x", "y"]], tolerance: { relative: 0.5 } } };
 * const { complete, rows } = await filterRecordings([source], options, log);
 * [complete, rows] // [100, 0]
 * await file.close();
 */
export async function filterRecordings(
  sources: readonly FilterSource[],
  options: FilterOptions,
  sink: MessageSink,
): Promise<FilterSummary> {
  const { as, consensus = {}, asof, recorder: Class = ConsensusRecorder, signal } = options;
  const scanned: ScannedSource[] = [];
  for (const source of sources) scanned.push(await scanSource(source));
  const plan = planRows(scanned, consensus.ports, options.only);

  const ports = plan.ports.map(({ port, role, schema }): RecordedPort => {
    return { port, role: role === "input" ? "input" : "output", type: schema };
  });
  const groups = { ...consensus, ports: plan.groups } as unknown as ConsensusOptions;
  const params = { ...options.params, ...options.policies, consensus: groups } as unknown as Params;
  const setting = { rows: "firings" as const, ports };
  const policies = policiesOf(Class, params, setting, "");
  const recorder = createRecorder(headerOf(as, plan, scanned), plan.ports, sink);
  const recording = recordingOf(recorder);
  const marks = options.policies?.episodes === undefined && scanned.some(({ episodes }) => episodes);
  const episodes = new WeakMap<object, number>();
  const pipeline = startRecorder(Class, policies, params, ports, {
    ...recording,
    row: (time_ns, microstep, entries, episode) =>
      recording.row(time_ns, microstep, entries, episode ?? episodes.get(entries)),
  });

  const end_ns = Math.max(
    0,
    ...scanned.flatMap(({ scans }) => scans.flatMap(({ channels }) => channels.map((c) => c.last_tag_ns))),
  );
  let complete = 0;
  try {
    const rows = asof === undefined ? joinByTag(scanned, plan) : joinByStamp(scanned, plan, asof);
    for await (const joined of rows) {
      if (joined.cause !== undefined) {
        recorder.incomplete(joined.cause);
        continue;
      }
      if (complete++ % TURN_ROWS === 0) {
        signal?.throwIfAborted();
        options.onProgress?.(joined.row.tag_ns, end_ns);
      }
      if (marks) episodes.set(joined.row.entries, joined.episode);
      await pipeline.row(joined.row);
    }
    await pipeline.end();
  } catch (error) {
    await recorder.close();
    throw error;
  }
  const summary = await recorder.close();
  const unfinished = scanned.flatMap(({ scans }) =>
    scans.filter(({ whole }) => !whole).map(({ file, lost_bytes }) => ({ file, lost_bytes })),
  );
  return { ...summary, complete, ports: plan.ports.map(({ port }) => port), groups: plan.groups, unfinished };
}

/** Of recordings of one run, what they say of it; of others, which graphs they are of. */
function headerOf(name: string, { ports }: Plan, sources: readonly ScannedSource[]): RecordingHeader {
  const anchor = ports.filter(({ role }) => role !== "input").map(({ port }) => port);
  const head = { name, mode: "rows" as const, anchor: anchor.join(", ") };
  const [first] = sources;
  const one = sources.every((source) => sameRun(first!, source)) ? first!.header : undefined;
  const { graph, digest, seed, origin_ns } = one ?? { digest: "", seed: 0, origin_ns: undefined };
  const graphs = new Set(sources.map(({ header, label }) => header?.graph ?? label));
  return {
    ...head,
    graph: graph ?? [...graphs].join(", "),
    digest,
    seed,
    ...(origin_ns === undefined ? {} : { origin_ns }),
  };
}
