/** Where a log's bytes go and come from: the seam between MCAP and the disk, so that a test can put a failing one in. */
import { writevSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { fail } from "../../problem/problem.js";

/** A file that is written from start to end. */
export interface LogFile {
  readonly name: string;
  /** Writes some of these bytes, which lie one behind the other, and says how many. They are the caller's again after it. */
  write(pieces: readonly Uint8Array[]): Promise<number>;
  /** The same while the caller waits: for who has no clock to keep up with, as a simulation. A file need not have it. */
  writeNow?(pieces: readonly Uint8Array[]): number;
  /** Resolves when everything that was written before the call is on the disk. */
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

/** So often in a row may a write be interrupted before it took a byte. */
const MAX_INTERRUPTS = 100;

/** Writes all of the bytes, whatever share of them the file takes at a time, and however often it is interrupted. */
export async function writeAll(file: LogFile, pieces: readonly Uint8Array[]): Promise<void> {
  const rest = restOf(pieces);
  while (rest.left.length > 0)
    try {
      rest.taken(await file.write(rest.left));
    } catch (error) {
      rest.interrupted(error);
    }
}

/** As `writeAll`, at once. */
export function writeAllNow(write: NonNullable<LogFile["writeNow"]>, pieces: readonly Uint8Array[]): void {
  const rest = restOf(pieces);
  while (rest.left.length > 0)
    try {
      rest.taken(write(rest.left));
    } catch (error) {
      rest.interrupted(error);
    }
}

/** What is still to be written. */
function restOf(pieces: readonly Uint8Array[]) {
  let interrupts = 0;
  const rest = {
    left: pieces.filter((piece) => piece.length > 0),
    taken(bytes: number): void {
      if (bytes <= 0) throw new Error("the disk takes no more bytes");
      rest.left = behind(rest.left, bytes);
      interrupts = 0;
    },
    /** @throws the error, unless it says to try again */
    interrupted(error: unknown): void {
      if ((error as NodeJS.ErrnoException).code !== "EINTR" || ++interrupts > MAX_INTERRUPTS) throw error;
    },
  };
  return rest;
}

/** What is left of the pieces behind their first `taken` bytes. */
function behind(pieces: readonly Uint8Array[], taken: number): Uint8Array[] {
  let rest = taken;
  let i = 0;
  while (i < pieces.length && rest >= pieces[i]!.length) rest -= pieces[i++]!.length;
  return rest === 0 ? pieces.slice(i) : [pieces[i]!.subarray(rest), ...pieces.slice(i + 1)];
}

/**
 * A new file on disk. One that exists is never written over.
 *
 * @throws the operating system's error as it is (`code` is `EEXIST` for a file that exists), for a caller that tries names.
 * @example
 * const file = await createFile("bytes");
 * await file.write([Uint8Array.of(1, 2, 3)]) // 3
 * await file.close();
 */
export async function createFile(path: string): Promise<LogFile> {
  const handle = await open(path, "wx");
  let named = false;
  return {
    name: path,
    write: async (pieces) => (await handle.writev(pieces as Uint8Array[])).bytesWritten,
    writeNow: (pieces) => writevSync(handle.fd, pieces as Uint8Array[]),
    async sync() {
      await handle.datasync();
      // a file is not on the disk before its name is
      if (!named) await syncFolder(dirname(path));
      named = true;
    },
    close: () => handle.close(),
  };
}

/** What a system says that lets nobody look at this folder, or syncs none: the name is as safe as it gets there. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EISDIR", "EINVAL", "ENOTSUP"]);

async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    if (!NO_FOLDER_SYNC.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
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
