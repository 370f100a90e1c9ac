/** The files that a run may read: named relative to the graph file, or, as on the command line, to the working folder. */
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import type { Files } from "../component/component.js";
import { linesOf } from "../problem/frame.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";

/**
 * Files for a graph in `folder`. A relative path is looked for beside the graph file first, then in the working
 * folder, so that `--set log.path=FILE` means what it means in a shell.
 *
 * @throws LimbeckError (while reading) L0001 not there, L0002 a folder, L0003 refused by the system
 */
export function nodeFiles(folder: string): Files {
  const find = (path: string): string => {
    if (isAbsolute(path)) return path;
    const beside = resolve(folder, path);
    const here = resolve(path);
    return existsSync(beside) || !existsSync(here) ? beside : here;
  };
  return {
    shown: (path) => shownPath(find(path)),
    async *read(path) {
      const file = find(path);
      const name = shownPath(file);
      if (!existsSync(file)) fail("L0001", { file: name, nearest: neighbour(file) });
      if (statSync(file).isDirectory()) fail("L0002", { file: name, expected: "a data file" });
      try {
        yield* createReadStream(file) as AsyncIterable<Uint8Array>;
      } catch (error) {
        fail("L0003", { file: name, reason: (error as Error).message }, {}, { cause: error });
      }
    },
  };
}

/**
 * A path as the user would type it: relative to the working folder, unless that is the longer way.
 *
 * @example
 * shownPath("models/../reach.mcap") // "reach.mcap"
 */
export function shownPath(path: string): string {
  const whole = resolve(path);
  const short = relative("", whole);
  return short.length < whole.length ? short : whole;
}

/** A line of a file, counted from 1; empty where there is none. */
export const lineOf = (path: string, line: number): string =>
  existsSync(path) ? (linesOf(readFileSync(path, "utf8"))[line - 1] ?? "") : "";

function neighbour(file: string): string | undefined {
  try {
    return nearest(basename(file), readdirSync(dirname(file)));
  } catch {
    return undefined;
  }
}
