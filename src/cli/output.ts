/**
 * The command's two channels: data goes to stdout, words and progress to stderr.
 *
 * Progress is a bar on a terminal and one quiet line a phase everywhere else, so that a log file stays readable.
 */
import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "../distill/workbench.js";
import { printBriefly, printProblems } from "../problem/print.js";
import type { Problem } from "../problem/problem.js";
import { readText, type Sources } from "./sources.js";
import { hasColour, type Style, styleFor } from "./style.js";

/** The outside of the process that a command may touch. */
export interface Io {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

export interface Output {
  /** `--json` was given. */
  readonly json: boolean;
  /** For text that goes to stdout. */
  readonly style: Style;
  /** Whether `style` has colours. */
  readonly colour: boolean;
  /** Data, to stdout as it is. */
  data(text: string): void;
  /** Data, to stdout as JSON. */
  value(value: unknown): void;
  /** Words for people, to stderr. */
  say(text: string): void;
  /** Problems for people, to stderr. */
  problems(problems: readonly Problem[], sources?: Sources): void;
  /** Problems for people, to stderr, in a line each. */
  briefly(problems: readonly Problem[]): void;
  readonly onProgress: (progress: Progress) => void;
  /** Ends the progress bar, if there is one. */
  endProgress(): void;
}

export function makeOutput({ stdout, stderr, env }: Io, json: boolean): Output {
  const words = styleFor(stderr, env);
  const progress = makeProgress(stderr, words);
  const say = (text: string) => {
    progress.end();
    stderr.write(text.endsWith("\n") ? text : `${text}\n`);
  };
  const data = (text: string) => {
    progress.end();
    stdout.write(text);
  };
  return {
    json,
    style: styleFor(stdout, env),
    colour: hasColour(stdout, env),
    data,
    value: (value) => data(`${JSON.stringify(value, null, 2)}\n`),
    say,
    problems: (problems, sources) => {
      const options = { color: hasColour(stderr, env), readText: readText(sources) };
      if (problems.length > 0) say(printProblems(problems, options));
    },
    briefly: (problems) => {
      if (problems.length > 0) say(printBriefly(problems, { color: hasColour(stderr, env) }));
    },
    onProgress: progress.show,
    endProgress: progress.end,
  };
}

function makeProgress(stream: NodeJS.WriteStream, style: Style) {
  let phase: string | undefined;
  let bar: SingleBar | undefined;

  const end = () => {
    bar?.stop();
    bar = undefined;
    phase = undefined;
  };
  const show = (now: Progress) => {
    if (now.phase !== phase) {
      end();
      phase = now.phase;
      if (stream.isTTY) bar = startBar(stream, style, now);
      else stream.write(`${now.phase} …\n`);
    }
    bar?.setTotal(now.total);
    bar?.update(now.done, { detail: now.detail ?? "" });
  };
  return { show, end };
}

const PHASE_WIDTH = 28;

/** `12 s left`, `3 min left`; nothing while it is not known, and when it is over. */
const timeLeft = (s: number): string => (s > 0 ? `${s < 100 ? `${s} s` : `${Math.round(s / 60)} min`} left  ` : "");

function startBar(stream: NodeJS.WriteStream, style: Style, first: Progress): SingleBar {
  // a job that does not know its end (a log that is read to it) has no bar to fill
  const bars = first.total > 0 ? `${style.cyan("{bar}")} {percentage}%  {eta_formatted}` : "";
  const options = {
    stream,
    format: `${first.phase.padEnd(PHASE_WIDTH)} ${bars}{detail}`,
    barsize: 24,
    hideCursor: true,
    etaBuffer: 50,
    formatTime: timeLeft,
  } as const;
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(first.total, first.done, { detail: first.detail ?? "" });
  return bar;
}
