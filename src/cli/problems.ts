/** Problems as a person reads them (code frame, fix, chain of rewrites) and as a program does. */
import { readFileSync } from "node:fs";
import { codeFrameColumns } from "@babel/code-frame";
import type { Place, Problem } from "../problem/problem.js";
import type { Style } from "./style.js";

/** Files of the user that problems point into; read again where a caller does not have the text. */
export type Sources = ReadonlyMap<string, string>;

const MAX_MARKED_LINES = 6;

function textOf(file: string, sources: Sources | undefined): string | undefined {
  const known = sources?.get(file);
  if (known !== undefined) return known;
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The lines around a place, with what is meant underlined. */
function frame(place: Place, sources: Sources | undefined): string | undefined {
  const text = textOf(place.file, sources);
  if (text === undefined || text === "") return undefined;
  const start = { line: place.line, column: place.column };
  const marked = place.endLine - place.line < MAX_MARKED_LINES;
  return codeFrameColumns(text, marked ? { start, end: { line: place.endLine, column: place.endColumn } } : { start }, {
    linesAbove: 2,
    linesBelow: 1,
  });
}

const at = (place: Place) => `${place.file}:${place.line}:${place.column}`;

/** One problem as lines of text, ending with a newline. */
export function renderProblem(problem: Problem, style: Style, sources?: Sources): string {
  const paint = problem.severity === "error" ? style.red : style.yellow;
  const lines = [`${style.bold(paint(`${problem.severity} ${problem.code}`))}${style.bold(`: ${problem.message}`)}`];
  if (problem.place !== undefined) {
    lines.push(`  ${style.dim("at")} ${at(problem.place)}`);
    const shown = frame(problem.place, sources);
    if (shown !== undefined) lines.push(shown);
  } else if (problem.path !== undefined) lines.push(`  ${style.dim("at")} ${problem.path}`);
  for (const origin of problem.origins ?? []) lines.push(`  inserted by \`${origin.rule}\` (${origin.path})`);
  for (const { message, place, path } of problem.related ?? []) {
    const where = place === undefined ? path : at(place);
    lines.push(`  ${style.dim("see")} ${message}${where === undefined ? "" : ` (${where})`}`);
  }
  if (problem.help) lines.push(`  ${style.cyan("help")} ${problem.help.replaceAll("\n", "\n       ")}`);
  return `${lines.join("\n")}\n`;
}

/** "2 errors, 1 warning" */
export function countProblems(problems: readonly Problem[]): string {
  const errors = problems.filter((p) => p.severity === "error").length;
  const parts = [
    [errors, "error"],
    [problems.length - errors, "warning"],
  ] as const;
  return parts
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${n} ${word}${n === 1 ? "" : "s"}`)
    .join(", ");
}

/** A problem as `--json` prints it. */
export const problemJson = ({ code, severity, message, help, path, place, origins, related }: Problem) => ({
  code,
  severity,
  ...place,
  message,
  ...(help === undefined ? {} : { help }),
  ...(path === undefined ? {} : { path }),
  ...(origins === undefined ? {} : { origins }),
  ...(related === undefined ? {} : { related }),
});
