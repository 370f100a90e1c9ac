/** Writes a file that a user named, whole or not at all. */
import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { fail } from "../problem/problem.js";

/** @throws LimbeckError L0005 */
export function writeWhole(file: string, text: string): void {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    writeFileSync(partial, text);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    fail("L0005", { file, reason: (error as Error).message }, {}, { cause: error });
  }
}
