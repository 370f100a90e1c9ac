/**
 * Streams bound to channels: what was declared, held against what the recording has, and then message by message.
 *
 *   message ──times──► tag, stamp ──project──► fields ──convert──► message of the stream ──order──► let through
 */
import { basename } from "node:path";
import type { MessageSchema } from "../../message/type.js";
import { compileValidator } from "../../message/validate.js";
import { nearest } from "../../problem/nearest.js";
import { pathTo } from "../../problem/path.js";
import { fail, type Problem, problem } from "../../problem/problem.js";
import { type Convert, compileConvert, type Tally, Unfit } from "./convert.js";
import { type Field, findField, isField } from "./field.js";
import type { ForeignChannel, ForeignMessage, ForeignRecording } from "./foreign.js";
import { type Inference, infer } from "./infer.js";
import type { StreamSpec, TimeSpec, Times } from "./mapping.js";
import { project, whole } from "./projection.js";
import { timeOf } from "./time.js";

/** One stream, bound. */
export interface Binding {
  readonly spec: StreamSpec;
  readonly channel: ForeignChannel;
  readonly fields: Field;
  readonly times: BoundTimes;
  readonly counts: Counts;
}

export interface Counts extends Tally {
  /** Messages of the channel. */
  found: number;
  /** Left out by `order: drop`, by `unfit: drop`, and for being before the origin; each with the first. */
  readonly dropped: { late: Left; unfit: Left; early: Left };
}

export interface Left {
  count: number;
  first: string;
}

const none = (): Left => ({ count: 0, first: "" });

export const leaveOut = (left: Left, first: string): void => {
  if (left.count++ === 0) left.first = first;
};

/** Tag and stamp of a message; `undefined` for the run's origin. */
type BoundTimes = (message: ForeignMessage, value: unknown) => { readonly tag_ns?: bigint; readonly stamp_ns?: bigint };

/**
 * Binds one stream to a channel of a recording.
 *
 * @throws LimbeckError never: what is wrong is added to `problems`, with paths into the mapping
 */
export function bind(spec: StreamSpec, recording: ForeignRecording, problems: Problem[]): Binding | undefined {
  const channel = channelOf(spec, recording, problems);
  if (channel === undefined) return undefined;
  if (channel.unreadable !== undefined) {
    const args = { file: recording.file, topic: channel.topic, reason: channel.unreadable };
    problems.push(problem("L0743", args, { path: pathTo(spec.path, "topic") }));
    return undefined;
  }
  const of = channel.topic === "" ? recording.file : `topic \`${channel.topic}\``;
  const fields = spec.fields === undefined ? whole(channel.type) : project(spec.fields, channel.type, of, problems);
  const times = timesOf(spec, recording, channel, of, problems);
  return {
    spec,
    channel,
    fields,
    times,
    counts: { found: 0, rounded: 0, non_finite: 0, dropped: { late: none(), unfit: none(), early: none() } },
  };
}

/** By the topic that is named; else by the stream's name, with a slash before it or without; a table is the only one. */
function channelOf(
  spec: StreamSpec,
  { file, channels }: ForeignRecording,
  problems: Problem[],
): ForeignChannel | undefined {
  const [only] = channels;
  if (spec.topic === undefined && channels.length === 1 && only!.topic === "") return only;
  const names = spec.topic === undefined ? [spec.stream, `/${spec.stream}`] : [spec.topic];
  const found = channels.find(({ topic }) => names.includes(topic));
  if (found !== undefined) return found;
  const known = channels.map(({ topic }) => topic).filter((topic) => topic !== "");
  const near = nearest(names.at(-1)!, known);
  const where =
    spec.topic === undefined ? { path: spec.path, of: "key" as const } : { path: pathTo(spec.path, "topic") };
  problems.push(problem("L0741", { topic: names[0]!, file, known, nearest: near }, where));
  return undefined;
}

const OWN_TIMES: Times = { tag: { kind: "log_time" }, stamp: { kind: "publish_time" } };

/** Which column may be the time, or why a table looks as if it had one column. */
function timeHelp(columns: readonly string[], file: string): string {
  const between = columns.length === 1 ? /[;|\t]| +/.exec(columns[0]!)?.[0] : undefined;
  if (between !== undefined) {
    const delimiter = between.startsWith(" ") ? "whitespace" : between === "\t" ? "\\t" : between;
    return `Its one column is called \`${columns[0]}\`. If these are several, a mapping says so: \`recordings: {table: {path: ${basename(file)}, delimiter: "${delimiter}"}}\`.`;
  }
  const likely =
    columns.find((name) => /^(t|time|stamp|timestamp)(_?(s|ms|us|ns|sec))?$/i.test(name)) ?? columns[0] ?? "t";
  return `Write \`time: ${likely}\`, or \`{field: ${likely}, unit: ms}\`; \`time: origin\` for a table of constants.`;
}

function timesOf(
  { stream, path, time, offset_ns }: StreamSpec,
  { file, timed }: ForeignRecording,
  { type }: ForeignChannel,
  of: string,
  problems: Problem[],
): BoundTimes {
  if (time === undefined && !timed) {
    const args = {
      what: `${file} has no times of its own, and the mapping names no field of \`${stream}\` that is one`,
      help: timeHelp(type.kind === "object" ? [...type.fields.keys()] : [], file),
    };
    problems.push(problem("L0752", args, { path, of: "key" }));
  }
  const { tag, stamp } = time ?? OWN_TIMES;
  const read = (spec: TimeSpec): ((message: ForeignMessage, value: unknown) => bigint | undefined) => {
    if (spec.kind === "origin") return () => undefined;
    if (spec.kind !== "field") {
      if (!timed && time !== undefined) {
        const args = { what: `${file} has no times of its own, so no \`${spec.kind}\``, help: "Name a column." };
        problems.push(problem("L0752", args, { path: pathTo(path, "time") }));
      }
      return (message) => (spec.kind === "log_time" ? message.log_ns! : message.publish_ns!) + offset_ns;
    }
    const found = findField(type, spec.field);
    if (!isField(found)) {
      const args = {
        field: found.step,
        of: found.of === "" ? of : `\`${found.of}\` of ${of}`,
        known: found.known,
        nearest: found.nearest,
      };
      problems.push(problem("L0742", args, { path: spec.path }));
      return () => undefined;
    }
    return (_, value) => {
      const given = found.read(value);
      const ns = timeOf(given, spec.unit);
      if (ns === undefined)
        throw new Unfit(
          "",
          `its time \`${spec.field}\` is ${given === undefined ? "missing" : `\`${String(given)}\``}, and no time`,
        );
      return ns + offset_ns;
    };
  };
  const [tagOf, stampOf] = [read(tag), read(stamp)];
  const same = tag === stamp;
  return (message, value) => {
    const tag_ns = tagOf(message, value);
    const stamp_ns = same ? tag_ns : stampOf(message, value);
    return { ...(tag_ns === undefined ? {} : { tag_ns }), ...(stamp_ns === undefined ? {} : { stamp_ns }) };
  };
}

/** Messages of a stream's declared type: checked by structure now, and each when it comes. */
export function converter({ spec, fields, counts }: Binding, schema: MessageSchema, problems: Problem[]): Convert {
  const target = { stream: spec.stream, path: pathTo(spec.path, "fields"), tally: counts, problems };
  const convert = compileConvert(schema, fields.type, target);
  const misfits = compileValidator(schema, { nonFinite: "refuse" });
  return (given) => {
    const message = convert(given);
    const [first] = misfits(message);
    if (first !== undefined) throw new Unfit(first.path, first.reason);
    return message;
  };
}

/** What watches a binding's values, to tell their type. */
export const watcher = ({ channel, fields }: Binding): Inference => infer(fields.type, channel.encoding === "csv");

/**
 * Runs one step of the work on one message; what does not fit is counted or ends the import, as the mapping says.
 *
 * @returns undefined for a message that is left out
 * @throws LimbeckError L0745
 */
export function attempt<T>(binding: Binding, file: string, at: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const { stream, unfit, path } = binding.spec;
    if (unfit === "drop") {
      leaveOut(binding.counts.dropped.unfit, `${at}, ${error.reason}`);
      return undefined;
    }
    return fail("L0745", { file, stream, at, reason: error.reason }, { path, of: "key" });
  }
}

/** What was left out and rounded, as warnings. */
export function warningsOf({ spec, counts }: Binding): Problem[] {
  const { late, unfit, early } = counts.dropped;
  const { stream } = spec;
  const left = (why: string, { count, first }: Left): Problem[] =>
    count === 0 ? [] : [problem("L0748", { stream, count, total: counts.found, why, first })];
  const changed = (count: number, what: string): Problem[] =>
    count === 0 ? [] : [problem("L0753", { stream, count, what })];
  return [
    ...left("out of order (`order: drop`)", late),
    ...left("not of the stream's type (`unfit: drop`)", unfit),
    ...left("before the origin", early),
    ...changed(counts.rounded, "integers beyond 2^53 were rounded to the nearest double"),
    ...changed(counts.non_finite, "numbers are NaN or infinite, and kept"),
  ];
}

/** The mapping of a recording that nobody mapped: every channel that can be read, under its own name. */
export function allOf(
  recording: ForeignRecording,
  name: string,
  time: Times | undefined,
  warnings: Problem[],
): StreamSpec[] {
  return recording.channels.flatMap((channel): StreamSpec[] => {
    if (channel.unreadable !== undefined) {
      warnings.push(
        problem("L0757", { file: recording.file, what: `topic \`${channel.topic}\``, reason: channel.unreadable }),
      );
      return [];
    }
    const stream = channel.topic === "" ? name : channel.topic.replace(/^\//, "");
    return [
      {
        stream,
        path: pathTo("/streams", stream),
        topic: channel.topic,
        ...(time === undefined ? {} : { time }),
        offset_ns: 0n,
        order: "refuse",
        unfit: "refuse",
      },
    ];
  });
}
