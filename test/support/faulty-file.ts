/** A log file in memory whose disk can be made to fail: at a write, at a sync, by short writes. */
import type { LogFile } from "../../src/record/mcap/file.js";

export interface FaultyFile extends LogFile {
  /** What is on the disk. */
  bytes(): Uint8Array;
  /** Calls of `write` so far. */
  readonly writes: number;
  readonly closed: boolean;
}

export interface Faults {
  /** The n-th write (from 0) and all after it fail with ENOSPC. */
  readonly failAt?: number;
  /** The failing write takes this many bytes first. */
  readonly partial?: number;
  /** No write takes more than this many bytes. */
  readonly atMost?: number;
  readonly failSync?: boolean;
  readonly failClose?: boolean;
  /** No write ends before this resolves. */
  readonly held?: Promise<void>;
}

const noSpace = (): Error => Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

export function faultyFile(faults: Faults = {}, name = "memory.mcap"): FaultyFile {
  const pieces: Uint8Array[] = [];
  let writes = 0;
  let closed = false;
  return {
    name,
    async write(given) {
      await faults.held;
      const bytes = Buffer.concat(given);
      const n = writes++;
      if (faults.failAt !== undefined && n >= faults.failAt) {
        if (n === faults.failAt && faults.partial) pieces.push(bytes.slice(0, faults.partial));
        throw noSpace();
      }
      const taken = Math.min(bytes.length, faults.atMost ?? bytes.length);
      pieces.push(bytes.slice(0, taken));
      return taken;
    },
    async sync() {
      if (faults.failSync) throw new Error("EIO: i/o error, fdatasync");
    },
    async close() {
      closed = true;
      if (faults.failClose) throw new Error("EIO: i/o error, close");
    },
    bytes: () => new Uint8Array(Buffer.concat(pieces)),
    get writes() {
      return writes;
    },
    get closed() {
      return closed;
    },
  };
}
