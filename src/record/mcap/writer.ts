/**
 * MCAP as a log: a message is *accepted* at once, *written* with its chunk, and *durable* after a sync.
 *
 * The file is readable up to its last whole chunk at every moment, and has a summary once it is closed. Its bytes depend
 * on the messages alone, unless a timer cuts chunks (live use). A disk that fails never fails the caller: the writer goes
 * to `failed`, keeps what was written and counts the rest. (Format: mcap.dev/spec, version 0.)
 */
import { crc32 } from "node:zlib";
import { McapChunkBuilder, McapRecordBuilder, type McapTypes } from "@mcap/core";
import { type Problem, problem } from "../../problem/problem.js";
import { type LogFile, writeAll } from "./file.js";
import { buildSummary } from "./summary.js";

/** A chunk is closed once it has this many bytes. */
export const CHUNK_BYTES = 256 * 1024;
/** No more bytes than this wait for the disk. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** `congested` from here on: a caller that can wait should. */
const CONGESTED_BYTES = 8 * 1024 * 1024;

export interface WriterOptions {
  readonly profile: string;
  readonly library: string;
  readonly chunkBytes?: number;
  readonly maxPendingBytes?: number;
  /** Live use: a message waits no longer than `ms` for its chunk to be written. */
  readonly flush?: { readonly ms: number; readonly after: (ms: number, work: () => void) => () => void };
  /** Called once when the disk fails (L0702), and once when it does not keep up (L0706). */
  readonly onFailure?: (problem: Problem) => void;
}

export interface ChannelSpec {
  readonly topic: string;
  readonly schema: { readonly name: string; readonly encoding: string; readonly data: Uint8Array };
  readonly messageEncoding: string;
  readonly metadata: { readonly [key: string]: string };
}

export interface WriterStatus {
  readonly state: "open" | "failed" | "closed";
  /** Messages given to the writer, by how far they came. `accepted` counts dropped ones too. */
  readonly accepted: number;
  readonly written: number;
  readonly durable: number;
  /** Messages that are not in the file and never will be. */
  readonly dropped: number;
  /** Size of the file so far. */
  readonly bytes: number;
  readonly failure?: Problem;
}

export interface McapWriter {
  readonly name: string;
  /** Adds a channel; equal schemas are written once. */
  channel(spec: ChannelSpec): number;
  /** Adds a message; times are in ns. The data is copied. Never throws for the disk's sake. */
  message(channel: number, sequence: number, logTime: bigint, publishTime: bigint, data: Uint8Array): void;
  metadata(name: string, entries: { readonly [key: string]: string }): void;
  /** Much waits for the disk: a caller that can wait should await `flush`. */
  readonly congested: boolean;
  /** Resolves once everything accepted is written, or the writer has failed. */
  flush(): Promise<void>;
  /** As `flush`, and on the disk. */
  sync(): Promise<void>;
  /** Writes the summary and closes the file. Never rejects: see `status().failure`. */
  close(): Promise<WriterStatus>;
  status(): WriterStatus;
}

/** Starts a file: magic and header are the first bytes to be written. */
export function createMcapWriter(file: LogFile, options: WriterOptions): McapWriter {
  const chunkBytes = options.chunkBytes ?? CHUNK_BYTES;
  const maxPending = options.maxPendingBytes ?? MAX_PENDING_BYTES;
  const records = new McapRecordBuilder();
  const chunk = new McapChunkBuilder({});
  const schemas = new Map<string, McapTypes.Schema>();
  const channels: McapTypes.Channel[] = [];
  const chunkIndexes: McapTypes.ChunkIndex[] = [];
  const metadataIndexes: McapTypes.MetadataIndex[] = [];
  const counts = new Map<number, bigint>();
  let firstTime = 0n;
  let lastTime = 0n;

  let state: WriterStatus["state"] = "open";
  let failure: Problem | undefined;
  let accepted = 0;
  let dropped = 0;
  let written = 0;
  let durable = 0;
  /** Bytes handed over for writing, and of them the ones that the disk took. */
  let position = 0;
  let bytesWritten = 0;
  /** Messages in the chunks handed over. */
  let chunked = 0;
  let dataCrc = 0;
  let tail: Promise<void> = Promise.resolve();
  let overloaded = false;
  let closed: Promise<WriterStatus> | undefined;
  let cancelTimer: (() => void) | undefined;

  const failed = (why: Problem): void => {
    if (state === "failed") return;
    state = "failed";
    failure = why;
    cancelTimer?.();
    dropped = accepted - written;
    options.onFailure?.(why);
  };

  /** Hands over what `records` holds; it is written after everything before it. */
  const submit = (): void => {
    const bytes = records.buffer;
    records.reset();
    dataCrc = crc32(bytes, dataCrc);
    const messages = chunked;
    position += bytes.length;
    tail = tail.then(async () => {
      if (state === "failed") return;
      try {
        await writeAll(file, bytes);
        bytesWritten += bytes.length;
        written = messages;
      } catch (error) {
        failed(problem("L0702", { file: file.name, reason: reasonOf(error) }));
      }
    });
  };
  const closeChunk = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    if (chunk.byteLength === 0 || state === "failed") return;
    const content = chunk.buffer;
    const size = BigInt(content.length);
    const start = BigInt(position);
    const times = { messageStartTime: chunk.messageStartTime, messageEndTime: chunk.messageEndTime };
    const plain = { compression: "", uncompressedSize: size };
    const chunkLength = records.writeChunk({ ...times, ...plain, uncompressedCrc: crc32(content), records: content });
    const messageIndexOffsets = new Map<number, bigint>();
    let messageIndexLength = 0n;
    for (const index of chunk.indices) {
      messageIndexOffsets.set(index.channelId, start + chunkLength + messageIndexLength);
      messageIndexLength += records.writeMessageIndex(index);
    }
    const place = { chunkStartOffset: start, chunkLength, messageIndexOffsets, messageIndexLength };
    chunkIndexes.push({ ...times, ...plain, ...place, compressedSize: size });
    chunked += chunk.numMessages;
    chunk.reset();
    submit();
  };

  const flush = (): Promise<void> => {
    closeChunk();
    return tail;
  };

  const sync = async (): Promise<void> => {
    await flush();
    const reached = written;
    if (state !== "open") return;
    try {
      await file.sync();
      durable = Math.max(durable, reached);
    } catch (error) {
      failed(problem("L0702", { file: file.name, reason: reasonOf(error) }));
    }
  };

  const writeSummary = (): void => {
    records.writeDataEnd({ dataSectionCrc: dataCrc });
    submit();
    const statistics = { messages: chunked, firstTime, lastTime, counts };
    const content = { schemas: [...schemas.values()], channels, statistics, metadataIndexes, chunkIndexes };
    buildSummary(records, position, content);
    submit();
  };

  const close = async (): Promise<WriterStatus> => {
    closeChunk();
    if (state === "open") writeSummary();
    await sync();
    try {
      await file.close();
    } catch (error) {
      failed(problem("L0702", { file: file.name, reason: reasonOf(error) }));
    }
    if (state === "open") state = "closed";
    return status();
  };

  const status = (): WriterStatus => ({
    state,
    accepted,
    written,
    durable,
    dropped,
    bytes: bytesWritten,
    ...(failure === undefined ? {} : { failure }),
  });

  records.writeMagic();
  records.writeHeader({ profile: options.profile, library: options.library });
  submit();

  return {
    name: file.name,
    channel(spec) {
      const key = `${spec.schema.name}\n${spec.schema.encoding}\n${Buffer.from(spec.schema.data).toString("base64")}`;
      let schema = schemas.get(key);
      if (schema === undefined) {
        schema = { id: schemas.size + 1, ...spec.schema };
        schemas.set(key, schema);
        chunk.addSchema(schema);
      }
      const { topic, messageEncoding } = spec;
      const metadata = new Map(Object.entries(spec.metadata));
      const channel = { id: channels.length, schemaId: schema.id, topic, messageEncoding, metadata };
      channels.push(channel);
      chunk.addChannel(channel);
      return channel.id;
    },
    message(channelId, sequence, logTime, publishTime, data) {
      accepted++;
      if (state !== "open" || position - bytesWritten > maxPending) {
        dropped++;
        if (state === "open" && !overloaded) {
          overloaded = true;
          options.onFailure?.(problem("L0706", { file: file.name, limit: maxPending }));
        }
        return;
      }
      if (accepted === 1 || logTime < firstTime) firstTime = logTime;
      if (accepted === 1 || logTime > lastTime) lastTime = logTime;
      counts.set(channelId, (counts.get(channelId) ?? 0n) + 1n);
      chunk.addMessage({ channelId, sequence, logTime, publishTime, data });
      if (chunk.byteLength >= chunkBytes) closeChunk();
      else if (options.flush !== undefined && cancelTimer === undefined)
        cancelTimer = options.flush.after(options.flush.ms, closeChunk);
    },
    metadata(name, entries) {
      if (state !== "open") return;
      closeChunk();
      const offset = BigInt(position);
      const length = records.writeMetadata({ name, metadata: new Map(Object.entries(entries)) });
      metadataIndexes.push({ name, offset, length });
      submit();
    },
    get congested() {
      return position - bytesWritten > CONGESTED_BYTES && state === "open";
    },
    flush,
    sync,
    close() {
      closed ??= close();
      return closed;
    },
    status,
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
