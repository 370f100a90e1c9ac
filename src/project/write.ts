/** Writes a file that a user named, whole or not at all. */
import { randomUUID } from "node:crypto";
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fail } from "../problem/problem.js";

/**
 * What a link names is written, and the link stays; a device or a pipe is written to as it is.
 *
 * @throws LimbeckError L0002 for a folder, L0005 when the system refuses
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isDirectory()) fail("L0002", { file, expected: "a file to write" });
  const target = stat === undefined ? file : realpathSync(file);
  const partial = `${target}.${randomUUID()}.partial`;
  try {
    if (stat !== undefined && !stat.isFile()) writeFileSync(file, content);
    else {
      writeFileSync(partial, content);
      renameSync(partial, target);
    }
  } catch (error) {
    rmSync(partial, { force: true });
    const reason = (error as Error).message.replaceAll(partial, file);
    fail("L0005", { file, reason }, {}, { cause: error });
  }
}
