/** Where a log's bytes go and come from: the seam between MCAP and the disk, so that a test can put a failing one in. */
import { type FileHandle, open } from "node:fs/promises";
import { fail } from "../../problem/problem.js";

/** A file that is written from start to end. */
export interface LogFile {
  readonly name: string;
  /** Writes some of the bytes, and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Resolves when everything written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes that can be read from any place. */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  /** Up to `length` bytes from `at`; fewer only at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Writes all of the bytes, whatever share of them the file takes at a time. */
export async function writeAll(file: LogFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const taken = await file.write(at === 0 ? bytes : bytes.subarray(at));
    if (taken <= 0) throw new Error("the disk takes no more bytes");
    at += taken;
  }
}

/**
 * A new file on disk. One that exists is never written over.
 *
 * @throws the operating system's error as it is (`code` is `EEXIST` for a file that exists), for a caller that tries names.
 * @example
 * const file = await createFile("bytes");
 * await file.write(Uint8Array.of(1, 2, 3)) // 3
 * await file.close();
 */
export async function createFile(path: string): Promise<LogFile> {
  const handle = await open(path, "wx");
  return {
    name: path,
    write: async (bytes) => (await handle.write(bytes, 0, bytes.length)).bytesWritten,
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** Small reads are served from a window of this many bytes. */
const WINDOW_BYTES = 1024 * 1024;

/**
 * A file on disk, opened for reading.
 *
 * @throws LimbeckError L0001, L0002 or L0003 when it is missing, a folder, or cannot be read; `read` throws L0003.
 * @example
 * const source = await openFile("double.mcap");
 * await source.read(0, 5) // Uint8Array [137, 77, 67, 65, 80]
 * await source.close();
 */
export async function openFile(path: string): Promise<ByteSource> {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? fail("L0001", { file: path }, {}, { cause: error }) : unreadable(path, error),
  );
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) fail("L0002", { file: path, expected: "a recording" });
    const { size } = stat;
    let window = { at: 0, bytes: new Uint8Array(0) };
    const load = (at: number, length: number) =>
      readFully(handle, at, length).catch((error: Error) => unreadable(path, error));
    const read = async (at: number, length: number): Promise<Uint8Array> => {
      if (length > WINDOW_BYTES) return load(at, length);
      const inside = at >= window.at && at + Math.min(length, size - at) <= window.at + window.bytes.length;
      if (!inside) window = { at, bytes: await load(at, Math.min(WINDOW_BYTES, size - at)) };
      return window.bytes.subarray(at - window.at, at - window.at + length);
    };
    return { name: path, size, read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const unreadable = (file: string, error: Error): never =>
  fail("L0003", { file, reason: error.message }, {}, { cause: error });

async function readFully(handle: FileHandle, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.max(0, length));
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/**
 * Bytes in memory as a source.
 *
 * @example
 * await bytesSource("x", Uint8Array.of(1, 2, 3)).read(1, 2) // Uint8Array [2, 3]
 */
export const bytesSource = (name: string, bytes: Uint8Array): ByteSource => ({
  name,
  size: bytes.length,
  read: async (at, length) => bytes.subarray(at, at + length),
  close: async () => {},
});
