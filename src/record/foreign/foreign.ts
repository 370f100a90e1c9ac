/**
 * Recordings of other programs, as all that comes after them sees them: channels of a known structure, and messages as
 * plain values in the order of the file.
 *
 *   bytes ──format (MCAP, rosbag2, CSV, npz)──► channel, times, payload ──encoding (JSON, protobuf, ROS)──► value
 *
 * A format that reads tables has one channel without a name; its columns are the fields.
 */
import type { Problem } from "../../problem/problem.js";
import type { ForeignType } from "./type.js";

export interface ForeignChannel {
  /** Topic, as the recording spells it; empty for a table. */
  readonly topic: string;
  /** Name of the message type: `sensor_msgs/msg/Imu`; empty where it has none. */
  readonly typeName: string;
  /** How messages lie in the file: `cdr`, `protobuf`, `json`, `csv` … */
  readonly encoding: string;
  readonly type: ForeignType;
  /** Why messages of this channel cannot be read, where they cannot. */
  readonly unreadable?: string;
}

export interface ForeignMessage {
  readonly channel: ForeignChannel;
  /** When it was recorded, and when it was sent, in ns since 1970; absent in tables. */
  readonly log_ns?: bigint;
  readonly publish_ns?: bigint;
  /** Where it stands in the file, for problems: `line 17`, `row 3`, `message 12`. */
  readonly at: string;
  /** Decodes it. @throws LimbeckError L0740 where the bytes are no such message, L0743 for a channel that cannot be read */
  value(): unknown;
}

export interface ForeignRecording {
  readonly file: string;
  /** `mcap`, `rosbag2`, `csv`, `npz` … */
  readonly format: string;
  readonly channels: readonly ForeignChannel[];
  /** Whether messages carry times of their own; where not, the mapping names a field. */
  readonly timed: boolean;
  /** How much there is to read, in whatever unit `done` counts. */
  readonly total: number;
  /**
   * The messages of these channels in the order of the file, some at a time. May be called again.
   * A batch is good until the next one is asked for.
   *
   * @throws LimbeckError L0740 where the file is damaged
   */
  read(channels: ReadonlySet<ForeignChannel>): AsyncIterable<Batch>;
  /** What there is to say once it was read: a torn end, say. */
  warnings(): readonly Problem[];
  close(): Promise<void>;
}

export interface Batch {
  readonly messages: readonly ForeignMessage[];
  /** Of `total`. */
  readonly done: number;
}

/** How a table is laid out; for the other formats nothing needs to be said. */
export interface TableLayout {
  /** One character, or `whitespace`. */
  readonly delimiter?: string;
  readonly comment?: string;
  /** Names of the columns of a file without a header line. */
  readonly columns?: readonly string[];
}
