/** Texts of the files that problems point into, for code frames. */
import { readFileSync, statSync } from "node:fs";

/** Texts that a caller has read already, by file name. */
export type Sources = ReadonlyMap<string, string>;

/** Gives the text of a file: as it was read, else as it is on disk now, else nothing. */
export const readText =
  (sources: Sources | undefined) =>
  (file: string): string | undefined => {
    const known = sources?.get(file);
    if (known !== undefined) return known;
    try {
      // a pipe gives its text once, and then waits for ever
      return statSync(file).isFile() ? readFileSync(file, "utf8") : undefined;
    } catch {
      return undefined;
    }
  };
