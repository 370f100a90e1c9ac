/** The few file operations of the model store: bounded reads, writes that survive a power cut. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fail } from "../problem/problem.js";

/** Entries of a folder; none when there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    return fail("L0003", { file: folder, reason: (error as Error).message }, {}, { cause: error });
  }
}

/** A whole file of at most `limit` bytes. @throws LimbeckError L0001, L0003, L0855 */
export function readBounded(file: string, limit: number): Uint8Array {
  try {
    const stat = statSync(file);
    // a pipe would wait for who never writes, and has no size
    if (!stat.isFile() && !stat.isDirectory()) fail("L0003", { file, reason: "it is no regular file" });
    const bytes = stat.size;
    if (bytes > limit) fail("L0855", { file, bytes, limit });
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === "ENOENT"
      ? fail("L0001", { file }, {}, { cause: error })
      : fail("L0003", { file, reason: message }, {}, { cause: error });
  }
}

/** Writes a new file and waits until it is on the disk. */
export function writeDurably(file: string, content: Uint8Array | string): void {
  const handle = openSync(file, "wx");
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a rename or new file in a folder survive a power cut (not possible, nor needed, on Windows). */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
