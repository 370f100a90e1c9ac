/** A run log, opened for replay: each in-stream's messages in order, checked against the graph that shall hear them. */
import type { TypedGraph } from "../graph/typed.js";
import { describeType, sameType } from "../message/same.js";
import { fail } from "../problem/problem.js";
import { type ByteSource, openFile } from "../record/mcap/file.js";
import { readMessages, scanRecording } from "../record/reader.js";
import type { Sample } from "../runtime/port/outlets.js";

export interface ReplayLog {
  readonly seed: number;
  /** How long the logged run was to be. */
  readonly for_ns?: number;
  stream(id: string): AsyncIterable<Sample>;
  close(): Promise<void>;
}

/** @throws LimbeckError L0001, L0002, L0003 unreadable, L0700 to L0707 no recording, L0724 no log of this graph */
export async function openReplay(file: string, typed: TypedGraph): Promise<ReplayLog> {
  const source = await openFile(file);
  try {
    const { header, channels } = await scanRecording(source);
    if (header?.mode !== "log") fail("L0724", { file, reason: "it is a recording, not a run log" });
    if (header.from_ns !== undefined)
      fail("L0724", {
        file,
        reason: `it begins at ${header.from_ns / 1e9} s, with a run that went on from a saved state`,
      });
    for (const vertex of typed.vertices) {
      if (vertex.place !== "in") continue;
      const channel = channels.find(({ port }) => port === vertex.id);
      const type = vertex.outputs[0]!.type;
      if (channel?.schema === undefined) fail("L0724", { file, reason: `it has no stream \`${vertex.id}\`` });
      else if (sameType(channel.schema, type) !== undefined)
        fail("L0724", {
          file,
          reason: `\`${vertex.id}\` is ${describeType(channel.schema)} there and ${describeType(type)} in the graph`,
        });
    }
    return {
      seed: header.seed,
      ...(header.for_ns === undefined ? {} : { for_ns: header.for_ns }),
      stream: (id) => samples(source, id),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function* samples(source: ByteSource, id: string): AsyncIterable<Sample> {
  for await (const { tag_ns, microstep, stamp_ns, message } of readMessages(source, new Set([id])))
    yield { time_ns: tag_ns, microstep, stamp_ns, message };
}
