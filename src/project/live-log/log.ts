/**
 * An MCAP log for a run that keeps time: a thread of its own makes chunks of the messages, writes and syncs them.
 *
 *     caller: encode ──► ring in shared memory ──► thread: chunk, write, fdatasync
 *             ◄── counters, looked at by a timer ──
 *
 * A loop that keeps time has milliseconds for its timers: each write that ends in it, and each chunk that it closes,
 * makes some of them late. The thread wakes nobody, and what is left to the caller is the same after every row.
 */
import { once } from "node:events";
import { serialize } from "node:v8";
import { BehaviorSubject } from "rxjs";
import { ByteBuffer, writeBytes } from "../../message/bytes.js";
import { type Codec, compileCodec } from "../../message/encode.js";
import { writeMicrostep } from "../../message/microstep.js";
import type { Drops } from "../../record/layout.js";
import type { Acks } from "../../record/mcap/writer.js";
import { type FileSink, type SinkResult, sumDrops, type Trouble, totalDrops } from "../../record/sink.js";
import { startThread } from "../../session/thread.js";
import {
  CONGESTED,
  count,
  DROPPED,
  DURABLE,
  HEAD_BYTES,
  MESSAGE,
  newMemory,
  ORDER,
  type Order,
  PUT,
  RING_BYTES,
  SIZE,
  setCount,
  TAKEN,
  type Told,
  WRITTEN,
} from "./shared.js";

/** How often it is looked at how far messages came, while some are on their way. */
const LOOK_MS = 10;
/** No more bytes than this wait for the ring. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** `congested` from here on. */
const CONGESTED_BYTES = 8 * 1024 * 1024;

/**
 * A sink that writes a new MCAP file on a thread of its own. Messages are committed in groups, as `mcapLog` with
 * `commit` does, at most 10 ms after they came; `acks` are told a little after they are so.
 *
 * @throws the operating system's error as it is (`code` is `EEXIST` for a file that exists)
 * @example
 * const spec = { name: "reach", mode: "log", graph: "arm", digest: "", seed: 7 } as const;
 * const recorder = createRecorder(spec, [], await createLiveLog("reach.mcap"));
 * await recorder.close() // { file: "reach.mcap", messages: 0, … }
 */
export async function createLiveLog(path: string): Promise<FileSink> {
  const memory = newMemory();
  const thread = startThread("./live_thread", import.meta.url, { path, memory });
  const [first] = (await once(thread, "message")) as [Told];
  if (first.told === "refused") {
    const { message, code } = first;
    throw Object.assign(new Error(message), code === undefined ? {} : { code });
  }

  let codecs: readonly Codec[] = [];
  let names: readonly string[] = [];
  let given = 0;
  let ownDrops: { [port: string]: { [cause: string]: number } } = {};
  let lost = 0;
  let drops: Drops = {};
  let trouble: Trouble | undefined;
  let flushes = 0;
  const flushing = new Map<number, () => void>();
  let closed: ((result: SinkResult) => void) | undefined;
  let over = false;
  let gone = false;
  let row = -1;
  let crowded = false;

  // what waits to be put into the ring: whole entries, the first maybe in part
  let waiting = new ByteBuffer(64 * 1024);
  let from = 0;
  let put = 0;
  let publishing = false;
  let looking: NodeJS.Timeout | undefined;

  const acks = new BehaviorSubject<Acks>({ accepted: 0, written: 0, durable: 0, dropped: 0 });
  const unread = (): number => waiting.length - from + put - count(memory, TAKEN);
  const congested = (): boolean =>
    !over && trouble === undefined && (unread() > CONGESTED_BYTES || count(memory, CONGESTED) > 0);
  let onDrained: (() => void)[] = [];
  const acksNow = (): Acks => ({
    accepted: given,
    written: count(memory, WRITTEN),
    durable: count(memory, DURABLE),
    dropped: count(memory, DROPPED) + lost,
  });
  const look = (): void => {
    looking = undefined;
    const now = acksNow();
    const before = acks.value;
    if (
      now.accepted !== before.accepted ||
      now.written !== before.written ||
      now.durable !== before.durable ||
      now.dropped !== before.dropped
    )
      acks.next(now);
    if (!congested()) {
      for (const resolve of onDrained) resolve();
      onDrained = [];
    }
    const arrived = now.durable + count(memory, DROPPED) >= given || over || gone;
    if (!arrived || onDrained.length > 0) lookLater();
  };
  const lookLater = (): void => {
    looking ??= setTimeout(look, LOOK_MS);
  };

  /** Moves what waits into the ring, as far as there is room. */
  const publish = (): void => {
    publishing = false;
    let room = RING_BYTES - (put - count(memory, TAKEN));
    while (from < waiting.length && room > 0) {
      const at = put % RING_BYTES;
      const length = Math.min(waiting.length - from, room, RING_BYTES - at);
      memory.ring.set(waiting.u8.subarray(from, from + length), at);
      from += length;
      put += length;
      room -= length;
    }
    setCount(memory, PUT, put);
    // nobody takes what waits for a thread that is gone
    if (gone) from = waiting.length;
    // what was put is not kept, however long something waits behind it
    if (from > waiting.length - from) {
      waiting.u8.copyWithin(0, from, waiting.length);
      waiting.length -= from;
      from = 0;
    }
    if (from < waiting.length) {
      publishing = true;
      setTimeout(publish, 1);
      return;
    }
    // one burst does not hold its memory for ever
    if (waiting.u8.length > CONGESTED_BYTES) waiting = new ByteBuffer(64 * 1024);
    waiting.reset();
    from = 0;
  };
  const publishSoon = (): void => {
    if (publishing) return;
    publishing = true;
    setImmediate(publish);
  };
  const head = (kind: number, port: number, sequence: number, tag_ns: number, stamp_ns: number): number => {
    const at = waiting.length;
    waiting.reserve(HEAD_BYTES);
    const { view } = waiting;
    view.setUint32(at, kind, true);
    view.setUint32(at + 8, port, true);
    view.setUint32(at + 12, sequence, true);
    view.setFloat64(at + 16, tag_ns, true);
    view.setFloat64(at + 24, stamp_ns, true);
    waiting.length = at + HEAD_BYTES;
    return at;
  };
  const ended = (at: number): void => {
    waiting.view.setUint32(at + 4, waiting.length - at - HEAD_BYTES, true);
    publishSoon();
  };
  const order = (what: Order): void => {
    const at = head(ORDER, 0, 0, 0, 0);
    writeBytes(waiting, serialize(what));
    ended(at);
  };
  const drop = (port: string, cause: string): void => {
    ownDrops = sumDrops([ownDrops, { [port]: { [cause]: 1 } }]) as typeof ownDrops;
    lost++;
    if (!over) lookLater();
  };

  thread.on("message", (told: Told) => {
    if (told.told === "flushed") {
      flushing.get(told.id)?.();
      flushing.delete(told.id);
    } else if (told.told === "drops") {
      ({ drops, trouble } = told);
      lookLater();
    } else if (told.told === "closed") closed?.(told.result);
  });
  const ends = new Promise<string>((resolve) => {
    thread.on("error", (error) => resolve(error.message));
    thread.on("exit", () => resolve("the thread that writes the file ended"));
  });
  void ends.then((reason) => {
    gone = true;
    if (over) return;
    trouble = { state: "failed", reason };
    look();
    for (const resolve of flushing.values()) resolve();
    flushing.clear();
  });
  // whoever waits for it holds the process by a timer
  thread.unref();

  return {
    name: path,
    open(header, ports) {
      codecs = ports.map((port) => compileCodec(port.schema, port.schema.title ?? port.port));
      names = ports.map(({ port }) => port);
      order({ do: "open", header, ports });
    },
    limited: false,
    begin: () => undefined,
    episode: (mark) => order({ do: "episode", mark }),
    message(port, sequence, tag_ns, microstep, stamp_ns, message) {
      if (over) return drop(names[port]!, "closed");
      if (trouble !== undefined) return drop(names[port]!, trouble.state === "full" ? "disk full" : "failed");
      // a row is kept whole or dropped whole
      if (sequence !== row) crowded = waiting.length - from > MAX_WAITING_BYTES;
      row = sequence;
      if (crowded) return drop(names[port]!, "queue full");
      const at = head(MESSAGE, port, sequence, tag_ns, stamp_ns);
      let whole = false;
      try {
        codecs[port]!.encodeInto(message, waiting);
        writeMicrostep(waiting, microstep);
        whole = true;
      } finally {
        if (!whole) waiting.length = at;
      }
      given++;
      ended(at);
      if (looking === undefined) lookLater();
    },
    get size() {
      return count(memory, SIZE) + unread();
    },
    get congested() {
      return congested();
    },
    drained() {
      if (!congested()) return Promise.resolve();
      return new Promise((resolve) => {
        onDrained.push(resolve);
        lookLater();
      });
    },
    flush() {
      if (over || trouble !== undefined) return Promise.resolve();
      const id = flushes++;
      return new Promise((resolve) => {
        flushing.set(id, resolve);
        order({ do: "flush", id });
      });
    },
    acks: acks.asObservable(),
    get trouble() {
      return trouble;
    },
    drops: () => sumDrops([drops, ownDrops]),
    async close(kept) {
      thread.ref();
      const all = sumDrops([kept.drops ?? {}, ownDrops]);
      order({ do: "close", kept: { ...kept, ...(totalDrops(all) === 0 ? {} : { drops: all }) } });
      over = true;
      const result = await Promise.race([
        new Promise<SinkResult>((resolve) => {
          closed = resolve;
        }),
        ends.then((): SinkResult => broken(path, acksNow(), sumDrops([drops, ownDrops]))),
      ]);
      acks.next({ ...acksNow(), written: result.written, durable: result.written });
      acks.complete();
      return { ...result, dropped: result.dropped + lost, drops: sumDrops([result.drops, ownDrops]) };
    },
  };
}

/** What is known of a file whose thread is gone. */
const broken = (path: string, { written, dropped }: Acks, drops: Drops): SinkResult => ({
  files: [path],
  written,
  bytes: 0,
  dropped,
  drops,
  deleted: 0,
});
