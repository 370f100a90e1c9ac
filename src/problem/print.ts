/** Problems as a person reads them, and as a program does. */
import { bold, codeFrame, cyan, dim, linesOf, type Paint, printable, red, yellow } from "./frame.js";
import type { Code, Place, Problem, Severity } from "./problem.js";

/** Problems that are printed in full; the rest is counted, and is in `toJson`. */
export const MAX_PRINTED = 200;

export interface PrintOptions extends Paint {
  /** Text of a file that a problem points into; undefined where it cannot be had: then only the place is named. */
  readonly readText: (file: string) => string | undefined;
}

/**
 * Problems, each with its place, frame, fix, and the other places that belong to it, and a line that counts them.
 *
 * @returns text that ends with a newline; empty when there is no problem.
 * @example
 * const place = { file: "x.graph.yaml", line: 2, column: 1, endLine: 2, endColumn: 5 };
 * const found = problem("L0001", { file: "y.yaml" }, { place });
 * printProblems([found], { readText: () => "limbeck: 1\nname: x\n", color: false })
 * // error L0001: there is no file y.yaml
 * //   at x.graph.yaml:2:1
 * //     1 | limbeck: 1
 * //   > 2 | name: x
 * //       | ^^^^
 * // …
 */
export function printProblems(problems: readonly Problem[], options: PrintOptions): string {
  if (problems.length === 0) return "";
  const files = new Map<string, readonly string[] | undefined>();
  const readLines = (file: string) => {
    if (!files.has(file)) {
      const text = options.readText(file);
      files.set(file, text === undefined ? undefined : linesOf(text));
    }
    return files.get(file);
  };
  const printed = problems.slice(0, MAX_PRINTED).map((p, i) => {
    // of several in a row at one place, the first shows it
    const framed = i === 0 ? undefined : problems[i - 1]!.place;
    return printProblem(p, readLines, options.color, framed);
  });
  const more = problems.length - printed.length;
  if (more > 0) printed.push(notShown(more));
  return `${printed.join("\n")}\n${countProblems(problems)}\n`;
}

/**
 * Problems in a line each, without frame and fix: for who wants to know of them and do something else.
 *
 * @returns text that ends with a newline; empty when there is no problem.
 * @example
 * const place = { file: "x.graph.yaml", line: 2, column: 1, endLine: 2, endColumn: 5 };
 * printBriefly([problem("L0122", { name: "kp" }, { place })], { color: false })
 * // warning L0122 x.graph.yaml:2: nothing uses param `kp`
 * // …
 */
export function printBriefly(problems: readonly Problem[], { color }: Paint): string {
  const printed = problems.slice(0, MAX_PRINTED).map(({ severity, code, place, path, message }) => {
    const head = `${severity} ${code}`;
    const paint = severity === "error" ? red : yellow;
    const where = place === undefined ? (path ?? "") : `${place.file}:${place.line}`;
    return `${color ? bold(paint(head)) : head}${where === "" ? "" : ` ${where}`}: ${printable(message)}\n`;
  });
  return printed.join("") + notShown(problems.length - printed.length);
}

const notShown = (more: number): string =>
  more > 0 ? `${more} more ${more === 1 ? "problem is" : "problems are"} not shown\n` : "";

/**
 * "2 errors, 1 warning"
 *
 * @example
 * const found = problem("L0001", { file: "arm.graph.yaml" });
 * countProblems([found, found]) // "2 errors"
 */
export function countProblems(problems: readonly Problem[]): string {
  const count = (severity: Severity, word: string) => {
    const n = problems.filter((p) => p.severity === severity).length;
    return n === 0 ? [] : [`${n} ${word}${n === 1 ? "" : "s"}`];
  };
  return [...count("error", "error"), ...count("warning", "warning")].join(", ");
}

type ReadLines = (file: string) => readonly string[] | undefined;

function printProblem(p: Problem, readLines: ReadLines, color: boolean, before: Place | undefined): string {
  const framed = new Set(before === undefined ? [] : [placeName(before)]);
  const style = color ? { bold, cyan, dim, paint: p.severity === "error" ? red : yellow } : plain;
  const lines = [`${style.bold(style.paint(`${p.severity} ${p.code}`))}${style.bold(`: ${printable(p.message)}`)}`];
  const show = (place: Place | undefined, path: string | undefined, message?: string) => {
    const name = place === undefined ? path : placeName(place);
    const said = message === undefined ? "" : printable(message);
    if (name || said) lines.push(`  ${style.dim("at")} ${[name, said].filter(Boolean).join("  ")}`);
    if (place === undefined || framed.has(placeName(place))) return;
    framed.add(placeName(place));
    const source = readLines(place.file);
    const frame = source ? codeFrame(source, place, { color }) : "";
    if (frame !== "") lines.push(indent(frame, "  "));
  };
  show(p.place, p.path);
  for (const r of p.related ?? []) show(r.place, r.path, r.message);
  if (p.help) lines.push(`  ${style.cyan("help")} ${indent(printable(p.help).trimEnd(), "       ").trimStart()}`);
  return `${lines.join("\n")}\n`;
}

const placeName = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

const same = (text: string) => text;
const plain = { bold: same, cyan: same, dim: same, paint: same };

const indent = (text: string, by: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? "" : by + line))
    .join("\n");

export interface ProblemJson {
  readonly code: Code;
  readonly severity: Severity;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly endLine: number | null;
  readonly endColumn: number | null;
  readonly message: string;
  readonly help: string | null;
  readonly path?: string;
  readonly origins?: Problem["origins"];
  readonly related?: Problem["related"];
}

/**
 * Problems as `--json` gives them: lines and columns count from 1, the end is exclusive, null where there is no place.
 *
 * @example
 * toJson([problem("L0001", { file: "arm.graph.yaml" })]) // [{ code: "L0001", severity: "error", line: null, … }]
 */
export function toJson(problems: readonly Problem[]): ProblemJson[] {
  return problems.map(({ code, severity, message, help, path, place, origins, related }) => ({
    code,
    severity,
    file: place?.file ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    endLine: place?.endLine ?? null,
    endColumn: place?.endColumn ?? null,
    message,
    help: help ?? null,
    ...(path === undefined ? {} : { path }),
    ...(origins === undefined ? {} : { origins }),
    ...(related === undefined ? {} : { related }),
  }));
}
