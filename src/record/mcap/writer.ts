/**
 * MCAP as a log: a message is *accepted* at once, *written* with its frame, and *durable* after a sync.
 *
 *     message ──► open chunk ──► frame ──► queue ──► file ──► sync
 *             accepted       size or commit      written    durable
 *
 * The file is readable up to its last whole frame at every moment, and has a summary once it is closed. Its bytes depend
 * on the messages alone, unless a timer commits (live use). A disk that fails never fails the caller: the writer goes
 * to `failed`, keeps what was written and counts the rest. (Format: mcap.dev/spec, version 0.)
 */
import type { McapTypes } from "@mcap/core";
import { BehaviorSubject, type Observable } from "rxjs";
import { type Problem, problem } from "../../problem/problem.js";
import { createAssembly, type Frame } from "./assemble.js";
import { type ChannelIndex, createChunkBuilder, declarationOf, messagesIn, type Payload } from "./chunk.js";
import { type LogFile, writeAll, writeAllNow } from "./file.js";
import { createPool } from "./pool.js";

/** A chunk is closed once it has this many bytes. */
export const CHUNK_BYTES = 256 * 1024;
/** Room for a message that goes beyond it, and for the indexes of small ones. */
const CHUNK_ROOM_BYTES = 64 * 1024;
/** To write so much takes longer than to be told that it is written: the next is made meanwhile. */
const LARGE_BYTES = 512 * 1024;
/** No more bytes than this wait for the disk. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** `congested` from here on: a caller that can wait should. */
const CONGESTED_BYTES = 8 * 1024 * 1024;
/**
 * The disk is asked to keep what it has whenever it was given so many bytes more: it does so while others are made, and a
 * close has little to wait for.
 */
const SYNC_BYTES = 64 * 1024 * 1024;
const CONGESTED_UNSYNCED_BYTES = 4 * SYNC_BYTES;
/** A message is read into memory whole. */
export const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
/** Live, a message waits at most this long for its commit. */
export const COMMIT_MS = 10;
/**
 * A channel is declared in the first two chunks that need it, then whenever this many times the bytes of all declarations
 * have followed: a chunk that is lost does not take the names of the others with it.
 */
const DECLARE_AGAIN = 64;
/** Of a message in its chunk's index. */
const INDEX_BYTES = 16;
/** Of a channel in the index of a chunk, the chunk's own index and the list of drops. */
const CHUNK_INDEX_BYTES = 15 + 10 + 320;
/** More than a chunk's head, index and seal, and what a close says of acknowledgements. */
const CLOSING_BYTES = 640;
/** Channel ids are 16 bits. */
export const MAX_CHANNELS = 65_536;

/** The name of the metadata record that says, at a file's end, how far its messages came. */
export const ACKS = "limbeck.acks";

export interface WriterOptions {
  readonly profile: string;
  readonly library: string;
  readonly chunkBytes?: number;
  readonly maxPendingBytes?: number;
  /**
   * Live use: a message waits at most `ms` (default 10) until it is handed to the disk together with what else came, and
   * the disk is asked to keep it (group commit). `after` is the clock: it calls back once and returns how to cancel.
   * Without it nothing depends on time, and a sync comes when asked for and at the close.
   */
  readonly commit?: { readonly ms?: number; readonly after: (ms: number, work: () => void) => () => void };
  /**
   * The caller awaits `drained` whenever the writer is `congested`: large frames are written while it makes the next.
   * Without it, and without `commit`, each frame is written before the call that completes it returns.
   */
  readonly patient?: boolean;
  /** Called once when the disk fails (L0702), and once when it does not keep up (L0706). */
  readonly onFailure?: (problem: Problem) => void;
}

export interface ChannelSpec {
  readonly topic: string;
  readonly schema: { readonly name: string; readonly encoding: string; readonly data: Uint8Array };
  readonly messageEncoding: string;
  readonly metadata: { readonly [key: string]: string };
}

/** Messages by how far they came: `accepted` ≥ `written` ≥ `durable`. */
export interface Acks {
  /** Taken by the writer. */
  readonly accepted: number;
  /** In the file: they survive the end of this process, however it ends. */
  readonly written: number;
  /** On the disk: they survive a power cut. */
  readonly durable: number;
  /** Not in the file, and never will be: not taken, or taken and lost to a failing disk. */
  readonly dropped: number;
}

/** Why a message is not in the file. */
export type DropCause = "queue full" | "disk full" | "failed" | "too large" | "closed";

export interface Drop {
  readonly channel: number;
  readonly cause: DropCause;
  readonly messages: number;
}

export interface WriterStatus extends Acks {
  readonly state: "open" | "failed" | "closed";
  readonly drops: readonly Drop[];
  /** Size of the file so far. */
  readonly bytes: number;
  readonly failure?: Problem;
  /** What the failure is counted as. */
  readonly cause?: DropCause;
}

export interface McapWriter {
  readonly name: string;
  /** Adds a channel; equal schemas are written once. */
  channel(spec: ChannelSpec): number;
  /** The messages up to the next call belong together: the queue has room for all of them, or for none. */
  begin(): void;
  /** Adds a message; times are in ns. The data is copied, or appended to the open chunk. Never throws for the disk's sake. */
  message(channel: number, sequence: number, logTime: bigint, publishTime: bigint, data: Payload): void;
  metadata(name: string, entries: { readonly [key: string]: string }): void;
  /** Much waits for the disk: a caller that can wait should await `drained`. */
  readonly congested: boolean;
  /** Bytes of the file if it were closed now, at most; depends on what it was given and not on the disk. */
  readonly size: number;
  /** Resolves once the writer is no longer congested, or has failed. Changes no byte of the file. */
  drained(): Promise<void>;
  /** Ends the open chunk. Resolves once everything accepted is written, or the writer has failed. */
  flush(): Promise<void>;
  /** As `flush`, and on the disk. */
  sync(): Promise<void>;
  /** Writes the summary and closes the file. Never rejects: see `status().failure`. */
  close(): Promise<WriterStatus>;
  status(): WriterStatus;
  /** Why it failed, and what that is counted as. */
  readonly trouble: { readonly problem: Problem; readonly cause: DropCause } | undefined;
  /** How far messages have come: now, and whenever more are written, durable or dropped. Completes after the close. */
  readonly acks: Observable<Acks>;
}

/** A frame on its way, and the messages in it by channel. */
interface Waiting {
  readonly frame: Frame;
  readonly channels: readonly Omit<ChannelIndex, "at">[];
  readonly messages: number;
  /** Its bytes are the caller's again. */
  readonly release: (() => void) | undefined;
}

/** A channel, and where it was last declared. */
interface Declared {
  readonly topic: string;
  /** The records of its schema and of itself. */
  readonly declaration: Uint8Array;
  /** Declared again once the file has more bytes than these. */
  again: number;
}

/** Starts a file: magic and header are the first bytes to be written. */
export function createMcapWriter(file: LogFile, options: WriterOptions): McapWriter {
  const {
    commit,
    patient = false,
    chunkBytes = CHUNK_BYTES,
    maxPendingBytes: maxPending = MAX_PENDING_BYTES,
  } = options;
  // a live run must not wait for the disk, and one without a clock has nothing else to do meanwhile
  const now = commit === undefined ? file.writeNow?.bind(file) : undefined;
  const assembly = createAssembly();
  const pool = createPool(chunkBytes + CHUNK_ROOM_BYTES);
  const chunk = createChunkBuilder(pool);
  const schemas = new Map<string, McapTypes.Schema>();
  const channels: Declared[] = [];
  const drops: Map<DropCause, number>[] = [];
  /** Bytes that it takes to declare all channels once. */
  let declarations = 0;

  let state: WriterStatus["state"] = "open";
  let failure: Problem | undefined;
  let cause: DropCause = "failed";
  let accepted = 0;
  let written = 0;
  let durable = 0;
  let dropped = 0;
  let bytesWritten = 0;
  let bytesDurable = 0;
  let syncAt = SYNC_BYTES;
  let overloaded = false;
  /** Drops are told of together, once the caller has done. */
  let telling = false;
  /** Whether there was no room where the messages of now began; absent where nobody says which belong together. */
  let crowded: boolean | undefined;
  const waiting = new Set<Waiting>();
  let writing = false;
  let onWritten: (() => void)[] = [];
  let syncing: Promise<void> = Promise.resolve();
  let isSyncing = false;
  let nextSync: Promise<void> | undefined;
  let closed: Promise<WriterStatus> | undefined;
  let cancelCommit: (() => void) | undefined;
  let onDrained: (() => void)[] = [];

  const counts = (): Acks => ({ accepted, written, durable, dropped });
  const acks = new BehaviorSubject<Acks>(counts());
  const pending = (): number => assembly.position - bytesWritten;
  /** What is written at once does not wait, but for the disk to keep it. */
  const congested = (): boolean =>
    state === "open" &&
    (pending() > CONGESTED_BYTES || (now !== undefined && bytesWritten - bytesDurable > CONGESTED_UNSYNCED_BYTES));
  const told = (): void => {
    if (!congested()) {
      for (const resolve of onDrained) resolve();
      onDrained = [];
    }
    if (!writing) {
      for (const resolve of onWritten) resolve();
      onWritten = [];
    }
    acks.next(counts());
  };
  const drop = (channel: number, why: DropCause, messages: number): void => {
    if (messages === 0) return;
    dropped += messages;
    const causes = drops[channel]!;
    causes.set(why, (causes.get(why) ?? 0) + messages);
  };

  const lose = ({ channels: lost }: Waiting): void => {
    for (const { channelId, messages } of lost) drop(channelId, cause, messages);
  };

  const failed = (error: unknown): void => {
    if (state === "failed") return;
    state = "failed";
    cause = OUT_OF_SPACE.has((error as NodeJS.ErrnoException).code ?? "") ? "disk full" : "failed";
    failure = problem("L0702", { file: file.name, reason: error instanceof Error ? error.message : String(error) });
    cancelCommit?.();
    for (const one of waiting) lose(one);
    waiting.clear();
    for (const { channelId, messages } of chunk.forget()) drop(channelId, cause, messages);
    options.onFailure?.(failure);
    told();
  };

  const done = ({ frame, messages, release }: Waiting): void => {
    bytesWritten += frame.bytes;
    written += messages;
    release?.();
    if (bytesWritten < syncAt) return;
    syncAt = bytesWritten + SYNC_BYTES;
    void keep();
  };
  const undone = (one: Waiting, error: unknown): void => {
    writing = false;
    failed(error);
    lose(one);
  };

  /** Writes frame after frame: the next one is on its way before anybody hears of the one before. */
  const writeOn = (): void => {
    const [one] = waiting;
    writing = one !== undefined;
    if (one === undefined) return;
    waiting.delete(one);
    writeAll(file, one.frame.pieces).then(
      () => {
        done(one);
        writeOn();
        told();
      },
      (error) => {
        undone(one, error);
        told();
      },
    );
  };
  const writeAtOnce = (one: Waiting): void => {
    try {
      writeAllNow(now!, one.frame.pieces);
      done(one);
    } catch (error) {
      undone(one, error);
    }
    told();
  };

  /** Hands a frame over; it is written after those before it. */
  const submit = (frame: Frame, channels: Waiting["channels"] = [], release?: () => void): void => {
    if (state !== "open") return;
    const one = { frame, channels, messages: messagesIn(channels), release };
    if (now !== undefined && !writing && !(patient && frame.bytes >= LARGE_BYTES)) writeAtOnce(one);
    else {
      waiting.add(one);
      if (!writing) writeOn();
    }
  };

  const closeChunk = (): void => {
    if (chunk.byteLength === 0 || state !== "open") return;
    const content = chunk.take();
    submit(assembly.chunk(content), content.channels, () => pool.give(content.buffer));
  };

  /** Resolves once nothing waits. */
  const allWritten = (): Promise<void> =>
    !writing ? Promise.resolve() : new Promise((resolve) => onWritten.push(resolve));

  const flush = (): Promise<void> => {
    closeChunk();
    return allWritten();
  };

  const syncOnce = async (): Promise<void> => {
    const [messages, bytes] = [written, bytesWritten];
    if (state !== "open" || bytes === bytesDurable) return;
    try {
      await file.sync();
      durable = messages;
      bytesDurable = bytes;
      told();
    } catch (error) {
      failed(error);
    }
  };
  /** One sync at a time; all that ask for one while it runs share the next, which finds what they wrote. */
  const keep = (): Promise<void> => {
    if (!isSyncing) return begin();
    nextSync ??= syncing.then(begin);
    return nextSync;
  };
  const begin = (): Promise<void> => {
    nextSync = undefined;
    isSyncing = true;
    syncing = syncOnce().finally(() => {
      isSyncing = nextSync !== undefined;
    });
    return syncing;
  };
  const sync = (): Promise<void> => flush().then(keep);

  const close = async (): Promise<WriterStatus> => {
    cancelCommit?.();
    await sync();
    if (state === "open") {
      submit(assembly.metadata(ACKS, ackEntries()));
      for (const frame of assembly.end()) {
        submit(frame);
        // the summary of a long log is large: one piece of it at a time
        await allWritten();
      }
      await keep();
    }
    try {
      await file.close();
    } catch (error) {
      failed(error);
    }
    if (state === "open") state = "closed";
    told();
    acks.complete();
    return status();
  };
  const ackEntries = () => ({
    ...Object.fromEntries(Object.entries(counts()).map(([name, n]) => [name, String(n)])),
    drops: JSON.stringify(dropList().map(({ channel, ...rest }) => ({ topic: channels[channel]!.topic, ...rest }))),
  });
  const dropList = (): Drop[] =>
    drops.flatMap((causes, channel) => [...causes].map(([why, messages]) => ({ channel, cause: why, messages })));

  const status = (): WriterStatus => ({
    state,
    ...counts(),
    drops: dropList(),
    bytes: bytesWritten,
    ...(failure === undefined ? {} : { failure, cause }),
  });

  /** Why the writer takes no message now. */
  const refusal = (): DropCause | undefined => {
    if (state === "failed") return cause;
    if (closed !== undefined) return "closed";
    return (crowded ?? pending() > maxPending) ? "queue full" : undefined;
  };
  const refuse = (channel: number, why: DropCause): void => {
    drop(channel, why, 1);
    if (!telling) {
      telling = true;
      queueMicrotask(() => {
        telling = false;
        told();
      });
    }
    if (why !== "queue full" || overloaded) return;
    overloaded = true;
    options.onFailure?.(problem("L0706", { file: file.name, limit: maxPending }));
    told();
  };

  /** Puts the declaration into the open chunk; it comes again once the file has so many bytes more. */
  const declare = (id: number, ahead: number): void => {
    const known = channels[id]!;
    chunk.declare(id, known.declaration);
    known.again = assembly.position + ahead;
  };

  submit(assembly.start(options.profile, options.library));

  return {
    name: file.name,
    channel(spec) {
      const id = channels.length;
      if (id >= MAX_CHANNELS) throw new RangeError(`a log has at most ${MAX_CHANNELS} channels`);
      const key = `${spec.schema.name}\n${spec.schema.encoding}\n${Buffer.from(spec.schema.data).toString("base64")}`;
      let schema = schemas.get(key);
      if (schema === undefined) {
        schema = { id: schemas.size + 1, ...spec.schema };
        schemas.set(key, schema);
        assembly.declareSchema(schema);
      }
      const { topic, messageEncoding } = spec;
      const channel = {
        id,
        schemaId: schema.id,
        topic,
        messageEncoding,
        metadata: new Map(Object.entries(spec.metadata)),
      };
      assembly.declareChannel(channel);
      const declaration = declarationOf(schema, channel);
      channels.push({ topic, declaration, again: 0 });
      declarations += declaration.length;
      // again in the next chunk that needs it, should this one be lost
      declare(id, 0);
      drops.push(new Map());
      return id;
    },
    begin() {
      crowded = pending() > maxPending;
    },
    message(channelId, sequence, logTime, publishTime, data) {
      const why = refusal();
      if (why !== undefined) return refuse(channelId, why);
      if (assembly.position > channels[channelId]!.again) declare(channelId, DECLARE_AGAIN * declarations);
      if (!chunk.message(channelId, sequence, logTime, publishTime, data, MAX_MESSAGE_BYTES))
        return refuse(channelId, "too large");
      accepted++;
      if (chunk.byteLength >= chunkBytes) closeChunk();
      if (commit !== undefined && cancelCommit === undefined)
        cancelCommit = commit.after(commit.ms ?? COMMIT_MS, () => {
          cancelCommit = undefined;
          void sync();
        });
    },
    metadata(name, entries) {
      if (state !== "open" || closed !== undefined) return;
      closeChunk();
      submit(assembly.metadata(name, entries));
    },
    get congested() {
      return congested();
    },
    get size() {
      const open = chunk.byteLength + INDEX_BYTES * chunk.messages + CHUNK_INDEX_BYTES * channels.length;
      return assembly.wholeBytes + open + CLOSING_BYTES;
    },
    drained: () => (congested() ? new Promise((resolve) => onDrained.push(resolve)) : Promise.resolve()),
    flush,
    sync,
    close() {
      closed ??= close();
      return closed;
    },
    status,
    get trouble() {
      return failure === undefined ? undefined : { problem: failure, cause };
    },
    acks: acks.asObservable(),
  };
}

/** What the system says when there is no room. */
const OUT_OF_SPACE: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
