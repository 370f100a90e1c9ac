/** A file that has its name only once it is whole, and never takes the place of another. */
import { randomUUID } from "node:crypto";
import { existsSync, linkSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail } from "../problem/problem.js";
import { makeFolder } from "../record/folder.js";
import { createFile, type LogFile } from "../record/mcap/file.js";

export interface NewFile {
  /** Where to write; closed by whoever writes. */
  readonly log: LogFile;
  /** Gives it its name. @returns the name @throws LimbeckError L0755 when there is such a file by now */
  keep(): string;
  /** Removes what was written. Does nothing once it is kept. */
  discard(): void;
}

const MAX_NUMBER = 9999;

const EXISTS = { reason: "it exists", help: "Recordings are never written over: choose another name, or remove it." };

/** A new file of this name, in full. @throws LimbeckError L0755 when it exists, or cannot be written */
export async function newFile(file: string): Promise<NewFile> {
  if (existsSync(file)) fail("L0755", { file, ...EXISTS });
  return create(dirname(file), file, [file]);
}

/** The next file `NAME-0001.mcap` of a folder. @throws LimbeckError L0755 */
export function nextNewFile(folder: string, name: string): Promise<NewFile> {
  const numbers = Array.from({ length: MAX_NUMBER }, (_, i) => String(i + 1).padStart(4, "0"));
  const names = numbers.map((number) => join(folder, `${name}-${number}.mcap`));
  return create(folder, join(folder, `${name}-….mcap`), names);
}

async function create(folder: string, shown: string, names: readonly string[]): Promise<NewFile> {
  const partial = join(folder, `.${basename(names[0]!)}.${randomUUID()}.partial`);
  const refuse = (error: unknown): never =>
    fail("L0755", { file: shown, reason: (error as Error).message }, {}, { cause: error });
  let log: LogFile;
  try {
    makeFolder(folder);
    log = await createFile(partial);
  } catch (error) {
    return refuse(error);
  }
  let open = true;
  const discard = () => {
    if (open) rmSync(partial, { force: true });
    open = false;
  };
  return {
    log: { ...log, name: shown },
    keep() {
      for (const name of names) {
        try {
          // unlike a rename, a link does not write over
          linkSync(partial, name);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
          return refuse(error);
        }
        discard();
        return name;
      }
      return fail("L0755", { file: shown, ...EXISTS });
    },
    discard,
  };
}
