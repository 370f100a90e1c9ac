/**
 * Weights outside an ONNX file, read only from plain files in the model's own folder.
 *
 * A path in a model that came from elsewhere may lead anywhere, so nothing on the way may be a link, and the file that
 * was opened is looked at, not its name: it cannot be exchanged in between.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { OutsideData } from "../onnx/codec/index.js";
import { MAX_BYTES } from "../onnx/limits.js";
import { fail } from "../problem/problem.js";

/**
 * Reads what lies outside a model in `folder`. Errors: L0816 a path that leads elsewhere, a link, no plain file, or too
 * few bytes; L0804 over the limit of a file, of all reads together.
 */
export function outsideIn(folder: string): (data: OutsideData) => Uint8Array {
  let total = 0;
  return ({ tensor, location, offset, length }) => {
    const refuse = (reason: string): never => fail("L0816", { tensor, location, reason });
    total += length;
    if (total > MAX_BYTES)
      fail("L0804", { what: "a size in bytes, outside its file,", value: total, limit: MAX_BYTES });
    const parts = location.split("/");
    if (location.includes("\\") || location.includes("\0") || /^[A-Za-z]:/.test(location))
      refuse("it is not a path of names and slashes");
    if (parts.some((part) => part === "" || part === "." || part === ".."))
      refuse("it is not a path into the model's own folder");
    let path = folder;
    for (const part of parts) {
      path = join(path, part);
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found === undefined) return refuse("there is no such file");
      if (found.isSymbolicLink()) refuse("a symbolic link is on the way");
      if (!found.isDirectory() && part !== parts.at(-1)) refuse("there is no such folder");
    }
    // a pipe would wait for its writer, and what was looked at may have been exchanged for a link since
    const file = opened(path, refuse);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) refuse("it is not a plain file");
      if (stat.nlink > 1) refuse("it is a hard link: the same file has another name elsewhere");
      if (offset + length > stat.size)
        refuse(`it has ${stat.size} bytes, and ${length} from byte ${offset} on were asked for`);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const read = readSync(file, bytes, done, length - done, offset + done);
        if (read === 0) refuse("it ended while it was read");
        done += read;
      }
      return bytes;
    } finally {
      closeSync(file);
    }
  };
}

function opened(path: string, refuse: (reason: string) => never): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return refuse((error as Error).message.replace(/^\w+: |, open .*$/g, ""));
  }
}
