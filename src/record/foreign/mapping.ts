/**
 * Mapping files: which channel of which recording feeds which stream, and how.
 *
 *   YAML ──parse──► value, places ──schema──► checked ──► Mapping
 *
 * Problems carry paths into the mapping; `locate` gives them their places in the file.
 */
import Type from "typebox";
import { parseDuration } from "../../graph/quantity.js";
import { parseYaml } from "../../graphfile/parse.js";
import { locate, type SourceMap, sourceMap } from "../../graphfile/sourcemap.js";
import { inWords, validate } from "../../graphfile/validate.js";
import type { Json } from "../../message/type.js";
import { pathTo } from "../../problem/path.js";
import { LimbeckError, type Problem, problem } from "../../problem/problem.js";
import type { TableLayout } from "./foreign.js";
import type { OrderPolicy } from "./order.js";
import type { FieldSpec } from "./projection.js";
import { TIME_UNITS, type TimeUnit, timeOf } from "./time.js";

/** Where a message's tag or stamp comes from. */
export type TimeSpec =
  /** The recording's own times. */
  | { readonly kind: "log_time" | "publish_time" }
  /** The start of the run: for tables of constants. */
  | { readonly kind: "origin" }
  | { readonly kind: "field"; readonly field: string; readonly unit: TimeUnit; readonly path: string };

export interface Times {
  readonly tag: TimeSpec;
  readonly stamp: TimeSpec;
}

export interface RecordingSpec {
  /** As written; relative to the mapping file. */
  readonly path?: string;
  readonly layout: TableLayout;
}

export interface StreamSpec {
  readonly stream: string;
  /** IR path of this stream in the mapping. */
  readonly path: string;
  /** Name of its recording; the only one where there is one. */
  readonly from?: string;
  readonly topic?: string;
  /** Absent: the recording's own. */
  readonly time?: Times;
  readonly offset_ns: bigint;
  readonly order: OrderPolicy;
  /** Absent: by equal names. */
  readonly fields?: FieldSpec;
  readonly unfit: "refuse" | "drop";
}

export interface Mapping {
  readonly recordings: ReadonlyMap<string, RecordingSpec>;
  /** What is 0; the earliest message where nobody says. */
  readonly origin_ns?: bigint;
  readonly streams: readonly StreamSpec[];
  /** Gives problems with paths into the mapping their places. */
  readonly locate: (problems: readonly Problem[]) => Problem[];
}

const closed = { additionalProperties: false } as const;
const text = (title: string, description: string) => Type.String({ title, description, minLength: 1 });

const layout = {
  delimiter: Type.Optional(
    Type.String({
      pattern: "^(.|whitespace)$",
      title: "one character, or `whitespace`",
      description: "What divides the cells of a table (default `,`; a tab in `.tsv`).",
    }),
  ),
  comment: Type.Optional(text("a text such as `#`", "What begins a remark, to the end of its line.")),
  columns: Type.Optional(
    Type.Array(text("a name", "A column."), {
      minItems: 1,
      title: "a list of names",
      description: "Columns of a table without a header line.",
    }),
  ),
};

const recording = Type.Union(
  [
    text("a path", "Path of the recording, relative to this file."),
    Type.Object(
      { path: Type.Optional(text("a path", "Relative to this file.")), ...layout },
      { ...closed, title: "a recording" },
    ),
  ],
  { title: "a recording's path, or a mapping with `path`" },
);

const unit = Type.Optional(
  Type.Enum([...TIME_UNITS], {
    title: "`s`, `ms`, `us` or `ns`",
    description: "What numbers that are times count (default `s`).",
  }),
);
const instant = Type.Union(
  [
    text("a time", "`log_time`, `publish_time`, `origin`, or a field."),
    Type.Object({ field: text("a field", "Path of the field with the time."), unit }, { ...closed, title: "a time" }),
  ],
  { title: "a field, `log_time`, `publish_time`, `origin`, or `{field, unit}`" },
);
const time = Type.Union(
  [
    text("a time", "`log_time`, `publish_time`, `origin`, or a field."),
    Type.Object({ field: text("a field", "Path of the field with the time."), unit }, { ...closed, title: "a time" }),
    Type.Object({ tag: Type.Optional(instant), stamp: Type.Optional(instant) }, { ...closed, title: "times" }),
  ],
  { title: "a field, `{field, unit}`, or `{tag, stamp}`" },
);
const order = Type.Union(
  [
    Type.Enum(["refuse", "drop"], { title: "`refuse`, `drop` or `{sort: 100ms}`" }),
    Type.Object(
      { sort: text("a duration such as `100ms`", "How long to wait for late messages.") },
      { ...closed, title: "an order" },
    ),
  ],
  { title: "`refuse`, `drop` or `{sort: 100ms}`", description: "What is done about stamps that go backwards." },
);

const stream = Type.Object(
  {
    from: Type.Optional(text("the name of a recording", "Which of `recordings`, where there are several.")),
    topic: Type.Optional(text("a topic", "As the recording spells it (default: the stream's own name).")),
    time: Type.Optional(time),
    offset: Type.Optional(text("a duration such as `-20ms`", "Added to tag and stamp.")),
    order: Type.Optional(order),
    fields: Type.Optional(
      Type.Unsafe<Json>({
        description:
          "A field's path, `{field, unit, as}`, a list of these for a tensor, or the message's fields with one of these each. Default: by equal names.",
      }),
    ),
    unfit: Type.Optional(
      Type.Enum(["refuse", "drop"], {
        title: "`refuse` or `drop`",
        description: "What is done about messages that do not fit the stream's type.",
      }),
    ),
  },
  { ...closed, title: "a stream" },
);

/** What a mapping file may say. */
export const mappingSchema = Type.Object(
  {
    limbeck: Type.Literal(1, { title: "1" }),
    doc: Type.Optional(text("a text", "What this is for.")),
    recording: Type.Optional(recording),
    recordings: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: recording,
          minProperties: 1,
          title: "`recordings`",
          description: "Several recordings of one run, by name.",
        },
      ),
    ),
    origin: Type.Optional(
      Type.Union(
        [
          Type.Number(),
          text("a time", "Seconds, or a date and time in ISO 8601."),
          Type.Object({ time: Type.Union([Type.Number(), Type.String()]), unit }, { ...closed, title: "an origin" }),
        ],
        {
          title: "a time in seconds, `{time, unit}`, or a date",
          description: "What is 0 of the run (default: the earliest message).",
        },
      ),
    ),
    order: Type.Optional(order),
    streams: Type.Object(
      {},
      { additionalProperties: stream, minProperties: 1, title: "`streams`", description: "What feeds each in-stream." },
    ),
  },
  { ...closed, title: "a mapping file" },
);

/** `schemas/mapping.schema.json`: completion and hover help in editors. */
export const mappingSchemaText = (): string =>
  `${JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", ...mappingSchema }, null, 2)}\n`;

interface Written {
  readonly recording?: WrittenRecording;
  readonly recordings?: { readonly [name: string]: WrittenRecording };
  readonly origin?: number | string | { readonly time: number | string; readonly unit?: TimeUnit };
  readonly order?: WrittenOrder;
  readonly streams: { readonly [stream: string]: WrittenStream };
}
type WrittenRecording = string | ({ readonly path?: string } & TableLayout);
type WrittenOrder = "refuse" | "drop" | { readonly sort: string };
type WrittenInstant = string | { readonly field: string; readonly unit?: TimeUnit };
interface WrittenStream {
  readonly from?: string;
  readonly topic?: string;
  readonly time?: WrittenInstant | { readonly tag?: WrittenInstant; readonly stamp?: WrittenInstant };
  readonly offset?: string;
  readonly order?: WrittenOrder;
  readonly fields?: Json;
  readonly unfit?: "refuse" | "drop";
}

/** The name of a mapping's recording where there is only one. */
export const ONLY = "";

/**
 * Reads a mapping file.
 *
 * @param words path of the file, for problems
 * @throws LimbeckError with every problem of its form, each with its place
 * @example
 * const text = "limbeck: 1\nrecording: drive.mcap\nstreams: {joints: {topic: /joint_states}}\n";
 * parseMapping(text, "drive.map.yaml").streams[0]?.topic // "/joint_states"
 */
export function parseMapping(words: string, file: string): Mapping {
  const parsed = parseYaml(words, file);
  const map = sourceMap(parsed.spot);
  const stop = (problems: readonly Problem[]): never => {
    throw new LimbeckError(locate(problems, map));
  };
  if (parsed.value === undefined) return stop(parsed.problems);
  if (parsed.value === null || typeof parsed.value !== "object" || Array.isArray(parsed.value))
    return stop([
      problem(
        "L0756",
        { written: file, reason: `a mapping file is a mapping of keys to values, not ${inWords(parsed.value)}` },
        { path: "" },
      ),
    ]);
  const checked = validate(mappingSchema, parsed.value, parsed.spot);
  const problems = [...parsed.problems, ...checked.problems];
  if (checked.value === undefined || problems.length > 0) return stop(problems);
  const written = checked.value as unknown as Written;
  const mapping = readMapping(written, map, problems);
  if (problems.length > 0) return stop(problems);
  return mapping;
}

function readMapping(written: Written, map: SourceMap, problems: Problem[]): Mapping {
  const recordings = new Map<string, RecordingSpec>();
  if (written.recording !== undefined && written.recordings !== undefined)
    problems.push(
      problem(
        "L0756",
        { written: "recording", reason: "it stands beside `recordings`; one of the two says it all" },
        { path: "/recording", of: "key" },
      ),
    );
  if (written.recording !== undefined) recordings.set(ONLY, recordingOf(written.recording));
  for (const [name, spec] of Object.entries(written.recordings ?? {})) recordings.set(name, recordingOf(spec));
  const origin_ns = originOf(written.origin, problems);
  const general = orderOf(written.order ?? "refuse", "/order", problems);
  return {
    recordings,
    ...(origin_ns === undefined ? {} : { origin_ns }),
    streams: Object.entries(written.streams).map(([name, spec]) => streamOf(name, spec, general, problems)),
    locate: (found) => locate(found, map),
  };
}

function recordingOf(written: WrittenRecording): RecordingSpec {
  if (typeof written === "string") return { path: written, layout: {} };
  const { path, ...layout } = written;
  return { ...(path === undefined ? {} : { path }), layout };
}

function originOf(written: Written["origin"], problems: Problem[]): bigint | undefined {
  if (written === undefined) return undefined;
  const { time, unit = "s" } = typeof written === "object" ? written : { time: written };
  // the digits of the file, which the shortest text of the double is
  const ns = timeOf(String(time), unit);
  if (ns === undefined)
    problems.push(
      problem(
        "L0756",
        {
          written: String(time),
          reason: "it is no time: seconds since 1970, or a date such as `2026-01-02T03:04:05Z`",
        },
        { path: "/origin" },
      ),
    );
  return ns;
}

function orderOf(written: WrittenOrder, path: string, problems: Problem[]): OrderPolicy {
  if (typeof written === "string") return written;
  const { value, problem: wrong } = parseDuration(written.sort, pathTo(path, "sort"));
  if (wrong !== undefined) problems.push(wrong);
  return { sort_ns: value ?? 0 };
}

function streamOf(name: string, written: WrittenStream, general: OrderPolicy, problems: Problem[]): StreamSpec {
  const path = pathTo("/streams", name);
  const { from, topic, time, offset, order, fields, unfit = "refuse" } = written;
  const times = time === undefined ? undefined : timesOf(time, pathTo(path, "time"));
  const spec = fields === undefined ? undefined : fieldSpec(fields, pathTo(path, "fields"), problems);
  return {
    stream: name,
    path,
    ...(from === undefined ? {} : { from }),
    ...(topic === undefined ? {} : { topic }),
    ...(times === undefined ? {} : { time: times }),
    offset_ns: offset === undefined ? 0n : offsetOf(offset, pathTo(path, "offset"), problems),
    order: order === undefined ? general : orderOf(order, pathTo(path, "order"), problems),
    ...(spec === undefined ? {} : { fields: spec }),
    unfit,
  };
}

function offsetOf(written: string, path: string, problems: Problem[]): bigint {
  const back = written.startsWith("-");
  const { value, problem: wrong } = parseDuration(back ? written.slice(1) : written, path);
  if (wrong !== undefined) problems.push(wrong);
  return BigInt(value ?? 0) * (back ? -1n : 1n);
}

function instantOf(written: WrittenInstant, path: string): TimeSpec {
  if (typeof written === "object") return { kind: "field", field: written.field, unit: written.unit ?? "s", path };
  if (written === "log_time" || written === "publish_time" || written === "origin") return { kind: written };
  return { kind: "field", field: written, unit: "s", path };
}

function timesOf(written: NonNullable<WrittenStream["time"]>, path: string): Times {
  if (typeof written === "string" || "field" in written) {
    const both = instantOf(written, path);
    return { tag: both, stamp: both };
  }
  const { tag, stamp } = written;
  const tagged = tag === undefined ? ({ kind: "log_time" } as const) : instantOf(tag, pathTo(path, "tag"));
  return { tag: tagged, stamp: stamp === undefined ? tagged : instantOf(stamp, pathTo(path, "stamp")) };
}

const LEAF: readonly string[] = ["field", "unit", "as"];

/** `{field, unit}` is a leaf; any other mapping names the fields of the message. */
function fieldSpec(written: Json, path: string, problems: Problem[]): FieldSpec {
  if (typeof written === "string") return { kind: "leaf", field: written, path };
  if (Array.isArray(written)) {
    const items = written.map((item: Json, i) => fieldSpec(item, pathTo(path, i), problems));
    return { kind: "list", items, path };
  }
  if (typeof written === "object" && written !== null) {
    const object = written as { readonly [key: string]: Json };
    const keys = Object.keys(object);
    if (typeof object.field === "string" && keys.every((key) => LEAF.includes(key))) {
      const { field, unit, as } = object;
      if (unit !== undefined && typeof unit !== "string")
        bad(unit, pathTo(path, "unit"), "a unit is a text such as `deg`", problems);
      if (as !== undefined && as !== "yaw")
        bad(as, pathTo(path, "as"), "what a field can be taken as is `yaw` (of a quaternion)", problems);
      return {
        kind: "leaf",
        field,
        ...(typeof unit === "string" ? { unit } : {}),
        ...(as === "yaw" ? { as } : {}),
        path,
      };
    }
    const fields = keys.map((key) => [key, fieldSpec(object[key]!, pathTo(path, key), problems)] as const);
    return { kind: "object", fields: new Map(fields), path };
  }
  bad(written, path, "a field is named by a text, a list of fields, or a mapping of them", problems);
  return { kind: "leaf", field: "", path };
}

const bad = (written: Json, path: string, reason: string, problems: Problem[]): void =>
  void problems.push(problem("L0756", { written: JSON.stringify(written), reason }, { path }));
