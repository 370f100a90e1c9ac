/** What a recording of another program holds, in figures: counted without decoding a message, where it has times of its own. */
import type { Problem } from "../../problem/problem.js";
import type { ForeignChannel, ForeignRecording } from "./foreign.js";
import { describeForeign } from "./type.js";

export interface ForeignInfo {
  readonly file: string;
  readonly format: string;
  readonly messages: number;
  /** From the first log time to the last; 0 for tables, whose time is a column like any other. */
  readonly span_ns: number;
  /** Of the first message, in ns since 1970 as text; absent for tables. */
  readonly start_ns?: string;
  readonly channels: readonly ForeignChannelInfo[];
  readonly problems: readonly Problem[];
}

export interface ForeignChannelInfo {
  /** Empty for a table. */
  readonly topic: string;
  /** The message type, or a table's columns. */
  readonly type: string;
  readonly encoding: string;
  /** Fields that a mapping can name, on the first level. */
  readonly fields: { readonly [field: string]: string };
  readonly messages: number;
  /** Mean rate over the channel's own span; 0 for fewer than two messages and for tables. */
  readonly rate_hz: number;
  /** Why it cannot be imported. */
  readonly unreadable?: string;
}

interface Counted {
  messages: number;
  first?: bigint;
  last?: bigint;
}

/**
 * Reads a recording through and sums it up.
 *
 * @param onShare hears which share of it was read
 * @throws LimbeckError L0740 where it is damaged
 * @example
 * const recording = await openForeign("double.mcap");
 * const { messages, channels } = await foreignInfo(recording);
 * [messages, channels.length] // [200, 2]
 * await recording.close();
 */
export async function foreignInfo(
  recording: ForeignRecording,
  onShare: (share: number) => void = () => {},
): Promise<ForeignInfo> {
  const counted = new Map(recording.channels.map((channel): [ForeignChannel, Counted] => [channel, { messages: 0 }]));
  for await (const { messages, done } of recording.read(new Set(recording.channels))) {
    onShare(recording.total === 0 ? 1 : done / recording.total);
    for (const { channel, log_ns } of messages) {
      const count = counted.get(channel)!;
      count.messages++;
      if (log_ns === undefined) continue;
      if (count.first === undefined || log_ns < count.first) count.first = log_ns;
      if (count.last === undefined || log_ns > count.last) count.last = log_ns;
    }
  }
  const timed = [...counted.values()].filter((count) => count.first !== undefined);
  const first = timed.reduce<bigint | undefined>(
    (least, c) => (least === undefined || c.first! < least ? c.first : least),
    undefined,
  );
  const last = timed.reduce<bigint | undefined>(
    (most, c) => (most === undefined || c.last! > most ? c.last : most),
    undefined,
  );
  return {
    file: recording.file,
    format: recording.format,
    messages: [...counted.values()].reduce((sum, { messages }) => sum + messages, 0),
    span_ns: first === undefined ? 0 : Number(last! - first),
    ...(first === undefined ? {} : { start_ns: String(first) }),
    channels: [...counted].map(([channel, count]) => channelInfo(channel, count)),
    problems: recording.warnings(),
  };
}

function channelInfo(
  { topic, typeName, encoding, type, unreadable }: ForeignChannel,
  { messages, first, last }: Counted,
) {
  const span_ns = first === undefined ? 0 : Number(last! - first);
  const fields = type.kind === "object" ? [...type.fields].map(([name, part]) => [name, describeForeign(part)]) : [];
  return {
    topic,
    type: typeName === "" ? describeForeign(type) : typeName,
    encoding,
    fields: Object.fromEntries(fields),
    messages,
    rate_hz: span_ns > 0 ? ((messages - 1) * 1e9) / span_ns : 0,
    ...(unreadable === undefined ? {} : { unreadable }),
  };
}
