/** A log file in memory whose disk can be made to fail: at a write, at a sync, by short writes. */
import type { LogFile } from "../../src/record/mcap/file.js";

export interface FaultyFile extends LogFile {
  /** What is on the disk. */
  bytes(): Uint8Array;
  /** Calls of `write` and `sync` so far, those that were interrupted apart. */
  readonly writes: number;
  readonly syncs: number;
  readonly closed: boolean;
}

export interface Faults {
  /** The n-th write (from 0) and all after it fail. */
  readonly failAt?: number;
  /** How they do; ENOSPC by default. */
  readonly code?: string;
  /** So many writes in a row are interrupted before one goes through. */
  readonly interrupts?: number;
  /** Is told of the first call that fails. */
  readonly onFault?: () => void;
  /** The failing write takes this many bytes first, but never all. */
  readonly partial?: number;
  /** No write takes more than this many bytes. */
  readonly atMost?: number;
  /** All syncs fail, or the n-th (from 0) and all after it. */
  readonly failSync?: boolean | number;
  readonly failClose?: boolean;
  /** It also writes at once, with the same faults. */
  readonly atOnce?: boolean;
  /** No write ends before this resolves. */
  readonly held?: Promise<void>;
}

const WORDS: { readonly [code: string]: string } = {
  ENOSPC: "no space left on device",
  EDQUOT: "disk quota exceeded",
  EFBIG: "file too large",
  EIO: "i/o error",
  EROFS: "read-only file system",
  EINTR: "interrupted system call",
};
const failure = (code: string, call: string): Error =>
  Object.assign(new Error(`${code}: ${WORDS[code] ?? "unknown error"}, ${call}`), { code });

export function faultyFile(faults: Faults = {}, name = "memory.mcap"): FaultyFile {
  const pieces: Uint8Array[] = [];
  let writes = 0;
  let syncs = 0;
  let interrupted = 0;
  let closed = false;
  let told = false;
  const fault = (code: string, call: string): never => {
    if (!told) faults.onFault?.();
    told = true;
    throw failure(code, call);
  };
  const take = (given: readonly Uint8Array[]): number => {
    const bytes = Buffer.concat(given);
    if (interrupted++ < (faults.interrupts ?? 0)) throw failure("EINTR", "write");
    interrupted = 0;
    const n = writes++;
    if (faults.failAt !== undefined && n >= faults.failAt) {
      if (n === faults.failAt && faults.partial)
        pieces.push(bytes.slice(0, Math.min(faults.partial, bytes.length - 1)));
      fault(faults.code ?? "ENOSPC", "write");
    }
    const taken = Math.min(bytes.length, faults.atMost ?? bytes.length);
    pieces.push(bytes.slice(0, taken));
    return taken;
  };
  return {
    name,
    async write(given) {
      await faults.held;
      return take(given);
    },
    ...(faults.atOnce ? { writeNow: take } : {}),
    async sync() {
      const n = syncs++;
      const { failSync = false } = faults;
      if (failSync === true || (failSync !== false && n >= failSync)) fault("EIO", "fdatasync");
    },
    async close() {
      closed = true;
      if (faults.failClose) fault("EIO", "close");
    },
    bytes: () => new Uint8Array(Buffer.concat(pieces)),
    get writes() {
      return writes;
    },
    get syncs() {
      return syncs;
    },
    get closed() {
      return closed;
    },
  };
}
