/** Finds the `@example` blocks in the doc comments of `src`. How they are written stands in `run.ts`. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../run.js";

export interface Example {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The files of `src`, from the root of the repository. */
export const sources: readonly string[] = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((file) => posix.join("src", file.replaceAll("\\", "/")))
  .filter((file) => file.endsWith(".ts"))
  .sort();

/** All examples of `src`. */
export const examples: readonly Example[] = sources.flatMap((file) =>
  examplesOf(file, readFileSync(join(root, file), "utf8")),
);

/** The examples in the doc comments of a source text. */
export function examplesOf(file: string, text: string): Example[] {
  return [...text.matchAll(/^[ \t]*\/\*\*.*?\*\//gms)].flatMap(({ 0: comment, index }) => {
    const first = text.slice(0, index).split("\n").length;
    const lines = comment.replace(/\s*\*\/$/, "").split("\n");
    const bare = lines.map((line) => line.replace(/^\s*(\/\*\*|\*) ?/, ""));
    return bare.flatMap((line, i) => {
      if (!line.startsWith("@example")) return [];
      const beside = line.slice("@example".length).trim();
      const next = bare.findIndex((other, j) => j > i && other.startsWith("@"));
      const below = bare.slice(i + 1, next < 0 ? undefined : next);
      const code = [...(beside === "" ? [] : [beside]), ...below].join("\n").trimEnd();
      return [{ file, line: first + i + (beside === "" ? 1 : 0), code }];
    });
  });
}
