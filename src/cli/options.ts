/** Options that several verbs share, declared and read in one way. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { TransformStep } from "../dataset/options.js";
import { parseDuration } from "../graph/quantity.js";
import type { LoadOptions } from "../project/load.js";
import { folders } from "../project/services.js";
import type { JobOptions, RunJobOptions } from "../project/simulate.js";
import { type AsOf, DIRECTIONS, type Direction } from "../record/asof.js";
import type { Context } from "./verb.js";

const collect = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];

/** `a,b` → `["a", "b"]`; may be given more than once. */
export const names = (value: string, before: readonly string[] | undefined): string[] => {
  const given = value.split(",").map((name) => name.trim());
  if (given.includes("")) throw new InvalidArgumentError("Names are separated by single commas.");
  return [...(before ?? []), ...given];
};

/** What is fitted: for all, and for single nodes. */
interface StudentsSaid {
  readonly all?: readonly string[];
  readonly of: { readonly [node: string]: readonly string[] };
}

/** `ridge,mlp` for all, `planner=gru,history` for one node; may be given more than once. */
const students = (value: string, before: StudentsSaid = { of: {} }): StudentsSaid => {
  const at = value.indexOf("=");
  if (at < 0) return { ...before, all: names(value, before.all) };
  const node = value.slice(0, at).trim();
  if (node === "" || node.includes(",") || value.includes("=", at + 1))
    throw new InvalidArgumentError("Write kinds, or one node and its kinds: planner=gru,history.");
  const own = Object.hasOwn(before.of, node) ? before.of[node] : undefined;
  return { ...before, of: { ...before.of, [node]: names(value.slice(at + 1), own) } };
};

export interface StudentsWords {
  readonly students?: StudentsSaid;
}

/** `--students`: what to fit. */
export const declareStudents = (command: Command, what: string): Command =>
  command.option("--students <kinds>", `${what}; of one node: planner=gru,history; may be repeated`, students);

export const studentOptions = ({ students: said }: StudentsWords) => ({
  ...(said?.all === undefined ? {} : { students: said.all }),
  ...(said === undefined || Object.keys(said.of).length === 0 ? {} : { studentsOf: said.of }),
});

/** `60s` → nanoseconds. */
export const duration = (value: string): number => {
  const ns = distance(value);
  if (ns === 0) throw new InvalidArgumentError("It must be longer than nothing.");
  return ns;
};

/** How far stamps may be apart: `20ms` → nanoseconds; `0ms` for equal stamps alone. */
export const distance = (value: string): number => {
  const { value: ns, problem } = parseDuration(value);
  if (ns === undefined) throw new InvalidArgumentError(`${problem.message}. ${problem.help ?? ""}`.trim());
  return ns;
};

/** `gps=100ms,nearest` → how the messages of port `gps` are joined; may be given more than once. */
export const asof = (value: string, before: { readonly [port: string]: AsOf } | undefined) => {
  const at = value.lastIndexOf("=");
  const words = value
    .slice(at + 1)
    .split(",")
    .map((word) => word.trim());
  const isDirection = (word: string): word is Direction => (DIRECTIONS as readonly string[]).includes(word);
  const directions = words.filter(isDirection);
  const tolerances = words.filter((word) => !isDirection(word));
  if (at < 1 || directions.length > 1 || tolerances.length > 1)
    throw new InvalidArgumentError(
      `Write a port, and its tolerance, its direction (${DIRECTIONS.join(", ")}) or both: gps=100ms,nearest.`,
    );
  const rule: AsOf = {
    ...(directions.length === 0 ? {} : { direction: directions[0]! }),
    ...(tolerances.length === 0 ? {} : { tolerance_ns: distance(tolerances[0]!) }),
  };
  const port = value.slice(0, at);
  if (before !== undefined && Object.hasOwn(before, port))
    throw new InvalidArgumentError(`How ${port} is joined is said twice.`);
  return { ...before, [port]: rule };
};

/** A whole number from 0. */
export const seed = (value: string): number => {
  const n = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(n))
    throw new InvalidArgumentError("A seed is a whole number from 0.");
  return n;
};

export interface LoadWords {
  readonly set?: readonly string[];
  readonly with?: readonly string[];
  readonly code?: boolean;
}

/** `--set`: for every verb that loads a graph. */
export const declareSet = (command: Command): Command =>
  command.option("--set <name=value>", "set a parameter of the graph or of a node; may be repeated", collect);

/** `--with`: rewrite files over the graph. */
export const declareWith = (command: Command): Command =>
  command.option("--with <file>", "lay a rewrite file over the graph; may be repeated", collect);

export const declareNoCode = (command: Command): Command =>
  command.option("--no-code", "load no component file: the graph is read as data only");

/** A whole number from 1. */
export const count = (value: string): number => {
  const n = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(n) || n === 0)
    throw new InvalidArgumentError("It is a whole number from 1.");
  return n;
};

/** `1,2,5` → numbers of rows. */
export const lags = (value: string): number[] => names(value, undefined).map(count);

export interface TransformWords {
  readonly differences?: number | true;
  readonly lags?: readonly number[];
  readonly history?: number;
}

/** `--differences`, `--lags`, `--history`: of every input, in this order. */
export const transformSteps = ({ differences, lags, history }: TransformWords): TransformStep[] => [
  ...(differences === undefined
    ? []
    : [{ kind: "difference" as const, order: differences === true ? 1 : differences }]),
  ...(lags === undefined ? [] : [{ kind: "lag" as const, rows: lags }]),
  ...(history === undefined ? [] : [{ kind: "history" as const, rows: history }]),
];

/** `--episodes` and `--for`: how much is simulated to record or to measure. */
export const declareEpisodes = (command: Command): Command =>
  command
    .addOption(new Option("--episodes <n>", "episodes to simulate, in place of the usual number").argParser(count))
    .option("--for <duration>", "virtual time of one episode, e.g. 10s", duration);

export interface EpisodeWords {
  readonly episodes?: number;
  readonly for?: number;
}

export const episodeOptions = ({ episodes, for: for_ns }: EpisodeWords) => ({
  ...(episodes === undefined ? {} : { episodes }),
  ...(for_ns === undefined ? {} : { for_ns }),
});

export const declareSeed = (command: Command): Command =>
  command.addOption(new Option("--seed <n>", "seed of everything random, in place of the file's own").argParser(seed));

export const loadOptions = ({ home }: Context, { set, with: rewrites, code }: LoadWords): LoadOptions => ({
  models: folders(home).models,
  ...(set === undefined ? {} : { set }),
  ...(rewrites === undefined ? {} : { with: rewrites }),
  ...(code === false ? { noCode: true } : {}),
});

/** The options of a load as they are typed, for a command that is to load the same graph. */
export const loadWords = ({ set = [], with: laid = [], code }: LoadWords): string[] => [
  ...set.flatMap((text) => ["--set", text]),
  ...laid.flatMap((text) => ["--with", text]),
  ...(code === false ? ["--no-code"] : []),
];

/** What every job that takes time is given. */
export const jobOptions = (
  { home, signal, output, clock }: Context,
  words: { readonly seed?: number },
): JobOptions => ({
  home,
  signal,
  onProgress: output.onProgress,
  now: clock,
  ...(words.seed === undefined ? {} : { seed: words.seed }),
});

/** What `simulate` and `replay` are told of a run. */
export interface RunWords extends LoadWords {
  readonly for?: number;
  readonly seed?: number;
  readonly trace?: string;
  readonly hangAfter: number;
}

/** `--for` and all that a run of a graph takes; `length` says how long it is when nobody does. */
export function declareRun(command: Command, length: string): void {
  command.option("--for <duration>", `virtual time, e.g. 60s (default: ${length})`, duration);
  command.option("--trace <file>", "write every message of every authored port to a new MCAP file");
  command.addOption(
    new Option("--hang-after <duration>", "wall time of one firing from which on a node hangs")
      .argParser(duration)
      .default(HANG_AFTER_NS, "10s"),
  );
  declareSeed(command);
  declareSet(command);
  declareWith(command);
  declareNoCode(command);
}

/** No firing that is meant to be takes as long. */
const HANG_AFTER_NS = 10e9;

export const runOptions = (context: Context, words: RunWords): RunJobOptions => ({
  ...jobOptions(context, words),
  hang: { after_ms: words.hangAfter / 1e6, json: context.output.json },
  ...(words.for === undefined ? {} : { for_ns: words.for }),
  ...(words.trace === undefined ? {} : { trace: words.trace }),
});
