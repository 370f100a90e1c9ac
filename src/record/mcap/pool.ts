/** Buffers that are used again: fresh memory for every chunk costs more than filling it. */
import { ByteBuffer } from "../../message/bytes.js";

/** No more bytes than these wait for their next use. */
const MAX_FREE_BYTES = 32 * 1024 * 1024;

export interface Pool {
  /** An empty buffer. */
  take(): ByteBuffer;
  /** Nobody reads or writes the buffer any more. */
  give(buffer: ByteBuffer): void;
}

/** @param room bytes that a new buffer has; it grows with what it is given, and stays as large */
export function createPool(room: number): Pool {
  const free: ByteBuffer[] = [];
  let bytes = 0;
  return {
    take() {
      const buffer = free.pop();
      if (buffer === undefined) return new ByteBuffer(room);
      bytes -= buffer.u8.length;
      buffer.reset();
      return buffer;
    },
    give(buffer) {
      if (bytes + buffer.u8.length > MAX_FREE_BYTES) return;
      bytes += buffer.u8.length;
      free.push(buffer);
    },
  };
}
