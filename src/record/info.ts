/** What a recording holds, in figures. */
import { describeType } from "../message/same.js";
import { type Problem, problem } from "../problem/problem.js";
import type { Causes, Counts, Drops, Mode, Role } from "./layout.js";
import type { ByteSource } from "./mcap/file.js";
import { scanRecording } from "./reader.js";

export interface RecordingInfo {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** False when the recorder never came to its end. */
  readonly whole: boolean;
  readonly name?: string;
  readonly mode?: Mode;
  readonly anchor?: string;
  readonly graph?: string;
  readonly digest?: string;
  readonly seed?: number;
  /** Rows, and those that were not recorded, by cause; absent when the recorder never came to its end. */
  readonly rows?: number;
  readonly incomplete?: Causes;
  /** What the recorder counted itself, by name, where it did: of a consensus, `compared` rows. */
  readonly counts?: Counts;
  /** Messages that should be in it and are not, where there are any. */
  readonly drops?: Drops;
  /** Which of the recording's files this one is, where it has several. */
  readonly part?: number;
  /** Episodes that begin in it; absent where it knows of none. */
  readonly episodes?: number;
  readonly messages: number;
  /** From the first tag to the last. */
  readonly span_ns: number;
  readonly channels: readonly ChannelInfo[];
  readonly problems: readonly Problem[];
}

export interface ChannelInfo {
  readonly port: string;
  readonly role?: Role;
  readonly type: string;
  readonly messages: number;
  readonly first_tag_ns: number;
  readonly last_tag_ns: number;
  /** Mean rate over the channel's own span; 0 for fewer than two messages. */
  readonly rate_hz: number;
}

/**
 * Reads a recording through and sums it up.
 *
 * @throws LimbeckError as `scanRecording`.
 * @example
 * const source = await openFile("double.mcap");
 * await recordingInfo(source) // { rows: 100, messages: 200, span_ns: 990_000_000, whole: true, … }
 * await source.close();
 */
export async function recordingInfo(source: ByteSource): Promise<RecordingInfo> {
  const scan = await scanRecording(source);
  const { header, kept } = scan;
  const filled = scan.channels.filter((channel) => channel.messages > 0);
  const first = filled.reduce((least, channel) => Math.min(least, channel.first_tag_ns), Number.POSITIVE_INFINITY);
  const last = filled.reduce((most, channel) => Math.max(most, channel.last_tag_ns), Number.NEGATIVE_INFINITY);
  const { name, mode, anchor, graph, digest, seed, part } = header ?? {};
  const { rows, incomplete, counts, drops } = kept ?? {};
  const episodes = scan.episodes.length === 0 ? undefined : scan.episodes.length;
  return {
    file: scan.file,
    bytes: scan.bytes,
    sha256: scan.sha256,
    whole: scan.whole,
    ...defined({ name, mode, anchor, graph, digest, seed, rows, incomplete, counts, drops, part, episodes }),
    messages: filled.reduce((sum, channel) => sum + channel.messages, 0),
    span_ns: filled.length === 0 ? 0 : last - first,
    channels: scan.channels.map((channel) => {
      const span_ns = channel.last_tag_ns - channel.first_tag_ns;
      return {
        port: channel.port,
        ...defined({ role: channel.role }),
        type: channel.schema === undefined ? channel.schemaName : describeType(channel.schema),
        messages: channel.messages,
        first_tag_ns: channel.first_tag_ns,
        last_tag_ns: channel.last_tag_ns,
        rate_hz: span_ns > 0 ? ((channel.messages - 1) * 1e9) / span_ns : 0,
      };
    }),
    problems: scan.whole ? [] : [problem("L0703", { file: scan.file, bytes: scan.lost_bytes })],
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const defined = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
