/** The thread behind `createLiveLog`: takes what comes through the ring, and writes it as any log is written. */
import { deserialize } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { ByteBuffer } from "../../message/bytes.js";
import { createFile } from "../../record/mcap/file.js";
import { COMMIT_MS } from "../../record/mcap/writer.js";
import { type FileSink, mcapLog } from "../../record/sink.js";
import {
  CONGESTED,
  count,
  DROPPED,
  DURABLE,
  HEAD_BYTES,
  MESSAGE,
  type Order,
  PUT,
  RING_BYTES,
  type SharedMemory,
  SIZE,
  setCount,
  TAKEN,
  type Told,
  WRITTEN,
} from "./shared.js";

const { path, memory } = workerData as { readonly path: string; readonly memory: SharedMemory };

/** How often the ring is looked at; what is left of a commit's time is the writer's. */
const LOOK_MS = 4;

const tell = (told: Told): void => parentPort!.postMessage(told);

/** Entries that have come, the last of them maybe in part. */
const stream = new ByteBuffer(64 * 1024);
let over = false;

/** Appends what is in the ring to the stream. */
function take(): void {
  for (;;) {
    const taken = count(memory, TAKEN);
    const at = taken % RING_BYTES;
    const length = Math.min(count(memory, PUT) - taken, RING_BYTES - at);
    if (length === 0) return;
    stream.reserve(length);
    stream.u8.set(memory.ring.subarray(at, at + length), stream.length);
    stream.length += length;
    setCount(memory, TAKEN, taken + length);
  }
}

/** Hands on all whole entries. */
function read(sink: FileSink): void {
  let at = 0;
  for (;;) {
    const { u8, view, length } = stream;
    if (length - at < HEAD_BYTES) break;
    const size = view.getUint32(at + 4, true);
    const from = at + HEAD_BYTES;
    if (length < from + size) break;
    const content = u8.subarray(from, from + size);
    if (view.getUint32(at, true) === MESSAGE)
      sink.message(
        view.getUint32(at + 8, true),
        view.getUint32(at + 12, true),
        view.getFloat64(at + 16, true),
        0,
        view.getFloat64(at + 24, true),
        content,
      );
    else follow(sink, deserialize(content) as Order);
    at = from + size;
  }
  stream.u8.copyWithin(0, at, stream.length);
  stream.length -= at;
}

function follow(sink: FileSink, order: Order): void {
  switch (order.do) {
    case "open":
      sink.open(order.header, order.ports);
      return;
    case "episode":
      sink.episode(order.mark);
      return;
    case "flush":
      void sink.flush().then(() => tell({ told: "flushed", id: order.id }));
      return;
    case "close":
      over = true;
      void sink.close(order.kept).then((result) => tell({ told: "closed", result }));
  }
}

function serve(sink: FileSink): void {
  let dropped = 0;
  sink.acks.subscribe((acks) => {
    setCount(memory, WRITTEN, acks.written);
    setCount(memory, DURABLE, acks.durable);
    setCount(memory, DROPPED, acks.dropped);
    if (acks.dropped === dropped && sink.trouble === undefined) return;
    dropped = acks.dropped;
    tell({ told: "drops", drops: sink.drops(), trouble: sink.trouble });
  });
  const look = (): void => {
    take();
    read(sink);
    setCount(memory, SIZE, sink.size);
    setCount(memory, CONGESTED, sink.congested ? 1 : 0);
    if (!over) setTimeout(look, LOOK_MS);
  };
  look();
}

try {
  const after = (ms: number, work: () => void) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  };
  const commit = { ms: COMMIT_MS - LOOK_MS, after };
  const sink = mcapLog(await createFile(path), { commit, encoded: true });
  tell({ told: "ready" });
  serve(sink);
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  tell({ told: "refused", message, ...(code === undefined ? {} : { code }) });
}
