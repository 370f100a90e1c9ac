/** MCAP files of other programs, and Limbeck's own. */
import { fail, LimbeckError, type Problem, problem } from "../../problem/problem.js";
import { openFile } from "../mcap/file.js";
import { type RawChannel, readBlocks } from "../mcap/reader.js";
import { decompressors } from "./decompress.js";
import { openDecoder } from "./encoding/decoders.js";
import type { Decoder } from "./encoding/encoding.js";
import type { Batch, ForeignChannel, ForeignMessage, ForeignRecording } from "./foreign.js";
import { UNKNOWN } from "./type.js";

/**
 * Opens an MCAP file: reads it through once for its channels, which may be declared anywhere in it.
 *
 * @throws LimbeckError L0001 to L0003, L0700 to L0707
 */
export async function openMcap(file: string): Promise<ForeignRecording> {
  const source = await openFile(file);
  try {
    const decompress = await decompressors();
    const channels = new Map<number, ForeignChannel>();
    const decoders = new Map<ForeignChannel, Decoder>();
    const warnings: Problem[] = [];
    const declare = (raw: RawChannel) => {
      const decoder = openDecoder(raw);
      const channel: ForeignChannel = {
        topic: raw.topic,
        typeName: raw.schema?.name ?? "",
        encoding: raw.messageEncoding,
        type: typeof decoder === "string" ? UNKNOWN : decoder.type,
        ...(typeof decoder === "string" ? { unreadable: decoder } : {}),
      };
      channels.set(raw.id, channel);
      if (typeof decoder !== "string") decoders.set(channel, decoder);
    };
    const first = readBlocks(source, { decompress });
    for (;;) {
      const next = await first.next();
      if (next.done) {
        const { whole, lost_bytes } = next.value;
        if (!whole) warnings.push(problem("L0703", { file, bytes: lost_bytes }));
        break;
      }
      for (const raw of next.value.channels) declare(raw);
    }

    async function* read(wanted: ReadonlySet<ForeignChannel>): AsyncGenerator<Batch> {
      let n = 0;
      for await (const { offset, messages } of readBlocks(source, { decompress })) {
        const batch: ForeignMessage[] = [];
        for (const { channel: raw, logTime, publishTime, data } of messages) {
          n++;
          const channel = channels.get(raw.id)!;
          if (!wanted.has(channel)) continue;
          const at = `message ${n}`;
          const value = () => decoded(file, channel, at, decoders.get(channel), data);
          batch.push({ channel, log_ns: logTime, publish_ns: publishTime, at, value });
        }
        if (batch.length > 0) yield { messages: batch, done: offset };
      }
    }

    return {
      file,
      format: "mcap",
      channels: [...channels.values()],
      timed: true,
      total: source.size,
      read,
      warnings: () => warnings,
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** @throws LimbeckError L0740 for bytes that are no message of their type, L0743 without a decoder */
export function decoded(
  file: string,
  channel: ForeignChannel,
  at: string,
  decoder: Decoder | undefined,
  data: Uint8Array,
) {
  const { topic, typeName, unreadable } = channel;
  if (decoder === undefined) return fail("L0743", { file, topic, reason: unreadable! });
  try {
    return decoder.decode(data);
  } catch (error) {
    const reason = error instanceof LimbeckError ? error.problems[0]!.message : (error as Error).message;
    const what = typeName === "" ? "its type" : `\`${typeName}\``;
    return fail(
      "L0740",
      { file, reason: `${at}, of \`${topic}\`, does not decode as ${what} (${reason})` },
      {},
      { cause: error },
    );
  }
}
