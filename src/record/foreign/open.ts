/** Which formats are read, told by a file's first bytes; text that nothing else claims is a table. */

import { readdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { nearest } from "../../problem/nearest.js";
import { fail } from "../../problem/problem.js";
import { MAGIC } from "../mcap/parse.js";
import { isGzip, openCsv } from "./csv.js";
import type { ForeignRecording, TableLayout } from "./foreign.js";
import { openMcap } from "./mcap.js";
import { openNpz } from "./npz.js";
import { openBag, openDb3 } from "./rosbag2.js";

const starts = (head: Uint8Array, text: string): boolean => Buffer.from(head).toString("latin1").startsWith(text);

/**
 * Opens a recording of whatever program.
 *
 * @param layout how a table is laid out; other formats need none
 * @throws LimbeckError L0001, L0003, L0740, L0700 to L0707
 * @example
 * const recording = await openForeign("double.mcap");
 * recording.channels.map(({ topic }) => topic) // ["/x", "/y"]
 * await recording.close();
 */
export async function openForeign(file: string, layout: TableLayout = {}): Promise<ForeignRecording> {
  const head = await headOf(file);
  if (head === undefined) return openBag(file);
  if (starts(head, Buffer.from(MAGIC.subarray(0, 5)).toString("latin1"))) return openMcap(file);
  if (starts(head, "SQLite format 3\0")) return openDb3(file);
  if (starts(head, "PK\x03\x04") || starts(head, "PK\x05\x06")) return openNpz(file, false);
  if (starts(head, "\x93NUMPY")) return openNpz(file, true);
  if (starts(head, "#ROSBAG"))
    return fail("L0740", {
      file,
      reason: "it is a bag of ROS 1",
      help: "`mcap convert` of the MCAP tools makes an MCAP file of it, which is read.",
    });
  if (starts(head, "\x28\xb5\x2f\xfd"))
    return fail("L0740", { file, reason: "it is compressed with Zstandard", help: "`zstd -d` unpacks it." });
  if (isGzip(head)) return openCsv(file, layout, true);
  if (head.includes(0)) return fail("L0740", { file, reason: "it is of no format that is read", help: FORMATS });
  return openCsv(file, layout, false);
}

const FORMATS =
  "Read are MCAP, rosbag2 (`.db3`, or the bag's folder), CSV and other tables of text (`.gz` too), `.npz` and `.npy`.";

/** The first bytes; undefined for a folder. */
async function headOf(file: string): Promise<Uint8Array | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, "r");
    if ((await handle.stat()).isDirectory()) return undefined;
    const head = new Uint8Array(512);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") fail("L0001", { file, nearest: beside(file) }, {}, { cause: error });
    return fail("L0003", { file, reason: message }, {}, { cause: error });
  } finally {
    await handle?.close();
  }
}

function beside(file: string): string | undefined {
  try {
    return nearest(basename(file), readdirSync(dirname(file)));
  } catch {
    return undefined;
  }
}
