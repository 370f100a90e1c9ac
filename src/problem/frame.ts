/** Code frames: the lines around a place with what is meant underlined, bounded in height and width. */
import { codeFrameColumns } from "@babel/code-frame";
import type { Place } from "./problem.js";

const LINES_ABOVE = 2;
const LINES_BELOW = 1;
/** A place that spans more lines is marked at its beginning only. */
const MAX_MARKED_LINES = 6;
const MAX_WIDTH = 140;

export interface Paint {
  /** Escape sequences for a terminal; false where `NO_COLOR` is set or nobody looks. */
  readonly color: boolean;
}

/** Text of a file without what would move a terminal's cursor or change its colours. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "·");

/** The lines of a text, without their ends. */
export const linesOf = (text: string): readonly string[] => text.split(/\r?\n/);

/**
 * The frame of a place in a file's lines, or an empty string where the place is not in them.
 *
 * @example
 * const place = { file: "x.yaml", line: 2, column: 4, endLine: 2, endColumn: 5 };
 * codeFrame(linesOf("a: 1\nb: x\n"), place, { color: false })
 * //   1 | a: 1
 * // > 2 | b: x
 * //     |    ^
 * //   3 |
 */
export function codeFrame(lines: readonly string[], place: Place, paint: Paint): string {
  if (place.line < 1 || place.line > lines.length || (lines.length === 1 && lines[0] === "")) return "";
  const first = Math.max(0, place.line - 1 - LINES_ABOVE);
  const near = lines.slice(first, place.line + MAX_MARKED_LINES + LINES_BELOW);
  // one window for all lines shown, so that columns stay under each other
  const longest = Math.max(...near.map((line) => line.length));
  const from = longest <= MAX_WIDTH ? 0 : Math.max(0, place.column - 1 - MAX_WIDTH / 2);
  // the file may have changed since: a place past a line's end is at its end
  const column = Math.min(place.column, lines[place.line - 1]!.length + 1) - from;
  const endLine = Math.min(place.endLine, lines.length);
  const endColumn = Math.min(place.endColumn - from, MAX_WIDTH + 1);
  const isRange = endLine > place.line || endColumn > column;
  const several = endLine - place.line >= MAX_MARKED_LINES;
  const end = several || !isRange ? {} : { end: { line: endLine, column: Math.max(endColumn, 1) } };
  const options = { startLine: first + 1, linesAbove: LINES_ABOVE, linesBelow: LINES_BELOW, highlightCode: false };
  const shown = near.map((line) => printable(line.slice(from, from + MAX_WIDTH)));
  const frame = codeFrameColumns(shown.join("\n"), { start: { line: place.line, column }, ...end }, options);
  return paint.color
    ? frame.replace(
        /^(>?)(.*\|)( *\^+)?/gm,
        (_, mark, gutter, carets = "") => `${red(mark)}${dim(gutter)}${red(carets)}`,
      )
    : frame;
}

const wrap = (open: number, close: number) => (text: string) =>
  text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`;
export const red = wrap(31, 39);
export const yellow = wrap(33, 39);
export const cyan = wrap(36, 39);
export const bold = wrap(1, 22);
export const dim = wrap(2, 22);
