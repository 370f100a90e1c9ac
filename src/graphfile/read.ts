/** Graph and rewrite files from disk, with the disk's refusals as problems. The only file of this folder that touches it. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { basename, dirname } from "node:path";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import { CAPS } from "./scan.js";

/**
 * The text of a graph or rewrite file.
 *
 * Reads no more than the cap on its size, whatever the file is.
 * @throws LimbeckError L0001 not there (with the nearest name beside it), L0002 a folder, L0003 refused by the
 * system, L0101 too large, L0104 no UTF-8.
 * @example
 * readGraphFile("arm-reach.graph.yaml").length > 1000 // true
 * readGraphFile("arm-raech.graph.yaml") // throws L0001
 */
export function readGraphFile(file: string, expected = "a graph file"): string {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (e) {
    return refused(file, e, expected);
  }
  try {
    if (fstatSync(fd).isDirectory()) fail("L0002", { file, expected });
    const { size } = fstatSync(fd);
    const start = { place: { file, line: 1, column: 1, endLine: 1, endColumn: 1 } };
    if (size > CAPS.bytes) fail("L0101", { bytes: size, limit: CAPS.bytes }, start);
    const bytes = readAtMost(fd, CAPS.bytes + 1);
    if (bytes.length > CAPS.bytes) fail("L0101", { bytes: bytes.length, limit: CAPS.bytes }, start);
    return decode(bytes, file);
  } catch (e) {
    if (e instanceof Error && "syscall" in e) return refused(file, e, expected);
    throw e;
  } finally {
    closeSync(fd);
  }
}

function readAtMost(fd: number, limit: number): Buffer {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const n = readSync(fd, buffer, length, limit - length, null);
    if (n === 0) break;
    length += n;
  }
  return buffer.subarray(0, length);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    // the byte order mark stays out of the columns
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const what = utf16 ? "it is UTF-16" : "its bytes are no UTF-8";
    return fail("L0104", { what }, { place: { file, line: 1, column: 1, endLine: 1, endColumn: 1 } });
  }
}

function refused(file: string, e: unknown, expected: string): never {
  const { code, message } = e as NodeJS.ErrnoException;
  if (code === "EISDIR") fail("L0002", { file, expected });
  if (code === "ENOENT" || code === "ENOTDIR") fail("L0001", { file, nearest: beside(file) });
  return fail("L0003", { file, reason: message });
}

/** The nearest name in the same folder, as it would be written. */
function beside(file: string): string | undefined {
  const folder = dirname(file);
  try {
    const name = nearest(basename(file), readdirSync(folder));
    return name === undefined ? undefined : file.slice(0, file.length - basename(file).length) + name;
  } catch {
    return undefined;
  }
}
