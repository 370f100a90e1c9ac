/** L00: the command line and the files it is given. */
import { didYouMean, error } from "../entry.js";

export interface SaidArgs {
  readonly port: string;
  readonly time_ns: number;
  readonly microstep: number;
  readonly message: unknown;
}

export const command = {
  L0001: error<{ file: string; nearest?: string | undefined }>(
    3,
    "file not found",
    (a) => ({ message: `there is no file ${a.file}`, help: didYouMean(a.nearest) }),
    "The path is taken relative to the folder the command runs in; paths inside a graph file are relative to that file.",
  ),
  L0002: error<{ file: string; expected: string }>(
    3,
    "a folder where a file is expected",
    (a) => ({ message: `${a.file} is a folder, not ${a.expected}`, help: "Name the file itself." }),
    "Commands take graph files one by one; a shell pattern such as `graphs/*.graph.yaml` names many.",
  ),
  L0003: error<{ file: string; reason: string }>(
    3,
    "file cannot be read",
    (a) => `${a.file} cannot be read: ${a.reason}`,
    "The operating system refused the file. Its reason is printed as it gave it.",
  ),
  L0004: error<{ what: string; help?: string }>(
    2,
    "wrong usage",
    (a) => ({ message: a.what, help: a.help ?? "`limbeck help` lists the verbs; `limbeck help VERB` shows one." }),
    "The command's words do not fit together. `limbeck help VERB` shows what the verb takes.",
  ),
  L0005: error<{ file: string; reason: string }>(
    3,
    "file cannot be written",
    (a) => `${a.file} cannot be written: ${a.reason}`,
    "The operating system refused to write there. Its reason is printed as it gave it; nothing was left half-written.",
  ),
  L0006: error<{ folder: string; found: string }>(
    2,
    "the folder is not empty",
    (a) => ({
      message: `${a.folder} is not empty: it holds ${a.found}`,
      help: "Name a new folder, or an empty one.",
    }),
    "`limbeck new` writes a whole project and overwrites nothing of yours, so it wants a folder of its own.\n\n```sh\nlimbeck new my-robot\n```",
  ),
  L0007: error<{ code: string; nearest?: string | undefined }>(
    2,
    "no such code",
    (a) => ({
      message: `there is no problem with the code ${a.code}`,
      help: didYouMean(a.nearest) || "`limbeck explain` without a code lists them all.",
    }),
    "Codes are an L and four digits, as printed in front of each problem.",
  ),
  L0008: error<{ stream: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "no such in-stream",
    (a) => ({
      message: `the graph has no in-stream \`${a.stream}\``,
      help: didYouMean(a.nearest) || `It has ${a.known.map((id) => `\`${id}\``).join(", ") || "none"}.`,
    }),
    'A stimulus is made for an in-stream, since that is where messages enter the computer: its type, rate, latency, jitter, loss and range say what may come.\n\n```ts\narbitraryStimulus(typed, "joints")   // joints is one of the graph\'s streams.in\n```',
  ),
  L0009: error<{
    port: string;
    time_ns: number;
    microstep: number;
    values: readonly [unknown, unknown];
    stamps_ns: readonly [number | null, number | null];
  }>(
    1,
    "two runs differ",
    ({ port, time_ns, microstep, values, stamps_ns }) => {
      const said = (i: 0 | 1) =>
        stamps_ns[i] === null ? "nothing" : `${JSON.stringify(values[i])} stamped ${stamps_ns[i] / 1e9} s`;
      return `the runs differ first at \`${port}\`, ${time_ns / 1e9} s, microstep ${microstep}: ${said(0)} against ${said(1)}`;
    },
    "Two runs that should have said the same did not. What is named is the earliest message in which they part; everything after it may follow from it. Usual causes: a component that reads a clock, a global variable or `Math.random` in place of `ctx`; state kept outside of the state that `step` returns.",
  ),
  L0010: error<{ cut_ns: number; whole: SaidArgs | undefined; restored: SaidArgs | undefined }>(
    1,
    "a restored component goes on otherwise",
    ({ cut_ns, whole, restored }) => {
      const said = (message: SaidArgs | undefined) =>
        message === undefined
          ? "nothing"
          : `${JSON.stringify(message.message)} at \`${message.port}\`, ${message.time_ns / 1e9} s, microstep ${message.microstep}`;
      return `restored from a snapshot at ${cut_ns / 1e9} s, the component parts from its whole run: ${said(restored)} in place of ${said(whole)}`;
    },
    "A run can be stopped, kept, and gone on with, and must then say what it would have said in one piece. A stream says by `horizon` how far back it remembers; where an operator remembers longer (`delay(50)` under `horizon: 20ms`), what it still held is lost.",
  ),
} as const;
