/** What a live log's thread and its caller share: a ring of bytes between them, and counters. */
import type { Drops, EpisodeMark, Kept, RecordedPort, RecordingHeader } from "../../record/layout.js";
import type { SinkResult, Trouble } from "../../record/sink.js";

/** Bytes between caller and thread; what comes beyond them waits with the caller. */
export const RING_BYTES = 4 * 1024 * 1024;

/** Places among the counters: bytes that the caller put and the thread took, and messages by how far they came. */
export const PUT = 0;
export const TAKEN = 1;
export const WRITTEN = 2;
export const DURABLE = 3;
export const DROPPED = 4;
export const SIZE = 5;
/** 1 while much waits for the disk. */
export const CONGESTED = 6;
const COUNTERS = 7;

export interface SharedMemory {
  readonly counters: BigInt64Array<SharedArrayBuffer>;
  readonly ring: Uint8Array<SharedArrayBuffer>;
}

export const newMemory = (): SharedMemory => ({
  counters: new BigInt64Array(new SharedArrayBuffer(COUNTERS * 8)),
  ring: new Uint8Array(new SharedArrayBuffer(RING_BYTES)),
});

export const count = ({ counters }: SharedMemory, at: number): number => Number(Atomics.load(counters, at));
export const setCount = ({ counters }: SharedMemory, at: number, value: number): void =>
  void Atomics.store(counters, at, BigInt(value));

/**
 * An entry of the stream of bytes: kind, length of what follows the head, port, sequence, tag and stamp in ns; then the
 * message as its codec has it, or an order as `node:v8` serialises it.
 */
export const HEAD_BYTES = 4 + 4 + 4 + 4 + 8 + 8;
export const MESSAGE = 1;
export const ORDER = 2;

/** What the thread is told, between the messages. */
export type Order =
  | { readonly do: "open"; readonly header: RecordingHeader; readonly ports: readonly RecordedPort[] }
  | { readonly do: "episode"; readonly mark: EpisodeMark }
  | { readonly do: "flush"; readonly id: number }
  | { readonly do: "close"; readonly kept: Kept };

/** What the thread tells. */
export type Told =
  | { readonly told: "ready" }
  | { readonly told: "refused"; readonly message: string; readonly code?: string }
  | { readonly told: "flushed"; readonly id: number }
  | { readonly told: "drops"; readonly drops: Drops; readonly trouble: Trouble | undefined }
  | { readonly told: "closed"; readonly result: SinkResult };
