/** L04: components, their params, sources. */
import { didYouMean, error, warning } from "../entry.js";

const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.map((n) => `\`${n}\``).join(", "));

export const component = {
  L0401: error<{ name: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "unknown parameter",
    (a) => ({
      message: `the component has no parameter \`${a.name}\``,
      help: didYouMean(a.nearest) || `Its parameters: ${list(a.known)}.`,
    }),
    "A node's `params` are checked against its component's declaration, so that a misspelt name cannot silently leave a default in force.\n\n```yaml\ncontroller: {component: control/pd, params: {kP: 30}}   # fails\ncontroller: {component: control/pd, params: {kp: 30}}   # mended\n```",
  ),
  L0402: error<{ name: string }>(
    1,
    "missing parameter",
    (a) => ({ message: `the component needs the parameter \`${a.name}\``, help: `Add it under \`params:\`.` }),
    "The component declares this parameter without a default, because no value would be right for everyone.",
  ),
  L0403: error<{ name: string; reason: string }>(
    1,
    "parameter does not fit",
    (a) => `the parameter \`${a.name}\` ${a.reason}`,
    "Parameters carry a JSON Schema: type, bounds, allowed values. A value outside of it is refused before anything runs.",
  ),
  L0404: error<{ node: string; time: string; item: number }>(
    3,
    "a source's time is not a time",
    (a) =>
      `\`${a.node}\` gave ${a.time} as the time of its item ${a.item + 1}, not a whole number of nanoseconds since the start`,
    "Times are integer nanoseconds since the run's origin, from 0 to 9·10¹⁵ (104 days).",
  ),
  L0405: error<{ node: string; time_ns: number; last_ns: number; item: number }>(
    3,
    "a source's time goes backwards",
    (a) =>
      `item ${a.item + 1} of \`${a.node}\` is at ${a.time_ns / 1e9} s, before the one in front of it at ${a.last_ns / 1e9} s`,
    "A source yields its messages in order of time. Sort the data first, or let each message keep its own `stamp` and order by arrival.",
  ),
  L0406: error<{ file: string; reason: string; at?: string }>(
    3,
    "component file does not load",
    (a) => `${a.file} does not load: ${a.at === undefined ? "" : `${a.at}: `}${a.reason}`,
    "A component file is TypeScript or JavaScript whose default export is made by `step()`, `source()` or `model()` of the package `limbeck`. The reason is the loader's own.",
  ),
  L0407: error<{ file: string }>(
    3,
    "component file exports no component",
    (a) => ({
      message: `${a.file} has no component as its default export`,
      help: 'End it with `export default step({…})`, from `import { step } from "limbeck"`.',
    }),
    "One file, one component: the default export is what `component: ./file.ts` stands for.",
  ),
  L0408: error<{ file: string; root: string }>(
    1,
    "component file outside the project",
    (a) => ({
      message: `${a.file} lies outside of ${a.root}`,
      help: "Component files are code: keep them inside the project, the nearest folder with a package.json or .git.",
    }),
    "A graph file holds no code, but the component files it names are code that runs with your rights. They are loaded only from the project's own folder, so that a graph file from elsewhere cannot reach into the rest of the disk. `--no-code` loads none at all.",
  ),
  L0409: error<{ file: string }>(
    1,
    "component files are not loaded",
    (a) => ({ message: `${a.file} is code, and --no-code was given`, help: "Leave --no-code out to load it." }),
    "With `--no-code` a graph file is read as data only.",
  ),
  L0410: error<{
    file: string;
    line: number;
    columns: readonly string[];
    wanted: string;
    nearest?: string | undefined;
    /** What the lone column of the header is most likely divided by. */
    delimiter?: string | undefined;
  }>(
    3,
    "column not in the file",
    (a) => ({
      message: `${a.file}:${a.line}: there is no column \`${a.wanted}\` in the header`,
      help:
        a.delimiter === undefined
          ? `${didYouMean(a.nearest)} The columns: ${list(a.columns.slice(0, 40))}.`.trimStart()
          : `The header is a single column, ${list(a.columns.map((c) => c.slice(0, 60)))}; set \`delimiter: ${JSON.stringify(a.delimiter)}\`.`,
    }),
    "A log's columns are found by the names in its first line. The time column is named by `time`, the others by `ports`.",
  ),
  L0411: error<{ file: string; line: number; column: string; text: string }>(
    3,
    "not a number",
    (a) => ({
      message: `${a.file}:${a.line}: column \`${a.column}\` holds ${a.text === "" ? "nothing" : `“${a.text}”`}, not a finite number`,
      help: "Mend or remove the line, or set `bad_rows: skip` to leave such lines out (they are counted).",
    }),
    "NaN, infinities, empty cells and text in a numeric column are refused where they stand, since one of them would spoil every statistic behind it.",
  ),
  L0412: error<{ file: string; line: number; time: string; last: string }>(
    3,
    "stamps go backwards",
    (a) => ({
      message: `${a.file}:${a.line}: the time ${a.time} comes after ${a.last}`,
      help: "Sort the file by time, or set `order: sort` (reads it whole) or `order: skip` (leaves such lines out).",
    }),
    "Messages are replayed in order of time. A stamp that goes backwards is most often two logs glued together or a clock that was set; Limbeck does not guess which.",
  ),
  L0413: error<{ file: string; reason: string; line?: number | undefined }>(
    3,
    "data file cannot be read",
    (a) => `${a.file}${a.line === undefined ? "" : `:${a.line}`}: ${a.reason}`,
    "The file is not what the source expects: torn, not text, or with lines of different length.",
  ),
  L0414: error<{ reason: string; help: string }>(
    1,
    "component cannot be connected like this",
    (a) => ({ message: a.reason, help: a.help }),
    "Some components take what they are connected to: their ports follow the types at their inputs. These types do not suit it.",
  ),
  L0415: warning<{ file: string; count: number; rows: number; line: number; reason: string; option: string }>(
    "rows were left out",
    (a) =>
      `${a.file}: ${a.count} of ${a.rows} rows left out by \`${a.option}\`, the first at line ${a.line} (${a.reason})`,
    "`bad_rows: skip` leaves out rows with a cell that is no finite number or with a wrong number of cells, and `order: skip` rows whose time goes backwards. They are counted, so that a log that is mostly noise does not pass for a short one.",
  ),
  L0416: error<{ reason: string; help: string }>(
    1,
    "parameters do not go together",
    (a) => ({ message: a.reason, help: a.help }),
    "Each parameter by itself fits its schema, but not beside the others: a matrix of the wrong size, a lower limit above the upper one, a covariance that is none.",
  ),
  L0417: error<{ component: string; reason: string }>(
    1,
    "no stabilising gain",
    (a) => ({
      message: `\`${a.component}\` has no gain that makes this model stable: ${a.reason}`,
      help: "Every mode that does not die out by itself must be reached by an input (a column of `B`) and be weighed by `Q`. Look at `A`, `B` and `Q` for a state that is left out, and at `time: continuous` or `discrete`.",
    }),
    "A linear-quadratic regulator exists when (A, B) is stabilisable and (A, Q) has no unobserved mode on or beyond the boundary of stability. Otherwise the Riccati equation has no stabilising solution, and any matrix that an iteration came to would be a wrong gain.",
  ),
} as const;
