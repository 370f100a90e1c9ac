/** A recording as a filter reads it: one file, or the parts of one that was split. */
import { fail } from "../../problem/problem.js";
import type { RecordingHeader } from "../layout.js";
import type { ByteSource } from "../mcap/file.js";
import { type RecordedMessage, readMessages, type Scan, type ScannedChannel, scanRecording } from "../reader.js";

export interface FilterSource {
  /** What tells its ports from those of the same name elsewhere: `LABEL/controller.torque`. */
  readonly label: string;
  /** Its files, in order. */
  readonly files: readonly ByteSource[];
}

export interface ScannedSource extends FilterSource {
  readonly scans: readonly Scan[];
  readonly header?: RecordingHeader;
  readonly channels: readonly Pick<Required<ScannedChannel>, "port" | "role" | "schema">[];
  /** It says which rows belong together. */
  readonly episodes: boolean;
}

/** @throws LimbeckError as `scanRecording`, and L0704 for a channel of another program */
export async function scanSource(source: FilterSource): Promise<ScannedSource> {
  const scans: Scan[] = [];
  for (const file of source.files) scans.push(await scanRecording(file));
  const channels = new Map<string, ScannedSource["channels"][number]>();
  for (const scan of scans)
    for (const { port, role = "stream", schema } of scan.channels) {
      if (schema === undefined) fail("L0704", { file: scan.file, port });
      channels.set(port, { port, role, schema });
    }
  const header = scans[0]?.header;
  return {
    ...source,
    scans,
    ...(header === undefined ? {} : { header }),
    channels: [...channels.values()],
    episodes: scans.some(({ episodes }) => episodes.length > 0),
  };
}

/** The messages of all parts. */
export async function* messagesOf(source: FilterSource, ports: ReadonlySet<string>): AsyncGenerator<RecordedMessage> {
  for (const file of source.files) yield* readMessages(file, ports);
}

/** Whether two recordings are of one run: then a port of one name is one port. */
export const sameRun = ({ header: a }: ScannedSource, { header: b }: ScannedSource): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.graph === b.graph &&
  a.digest === b.digest &&
  a.seed === b.seed &&
  a.origin_ns === b.origin_ns;
