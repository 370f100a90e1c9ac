/** `limbeck verify FILE`: two processes and a replay of the first one's log must say the same, to the byte. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { LimbeckError, type Place, type Problem } from "../../problem/problem.js";
import type { Divergence } from "../../project/trace.js";
import { divergenceLines } from "../divergence.js";
import { exit } from "../exit.js";
import { facts } from "../facts.js";
import { loadForUse } from "../load.js";
import { declareNoCode, declareSeed, declareSet, declareWith, duration, type LoadWords } from "../options.js";
import { withScratch } from "../scratch.js";
import type { Context, Verb } from "../verb.js";

interface Words extends LoadWords {
  readonly for?: number;
  readonly seed?: number;
}

const RUNS = ["run 1", "run 2", "replay of run 1"] as const;
const MAX_OUTPUT_BYTES = 1 << 24;

export const verify: Verb<Words> = {
  name: "verify",
  summary: "prove that a graph repeats itself: two processes and a replay, one digest",
  examples: [["limbeck verify arm.graph.yaml --for 2s", "three digests, or the first message that differs"]],
  declare(command) {
    command.argument("<file>", "a graph file").option("--for <duration>", "virtual time (default: 2s)", duration, 2e9);
    declareSeed(command);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    await loadForUse(context, file as string, words, () => true);
    return withScratch(context, async (home) => tell(context, await threeRuns(context, file as string, words, home)));
  },
};

interface Verified {
  readonly digests: readonly string[];
  /** The runs between which `divergence` lies. */
  readonly between?: readonly [string, string];
  readonly divergence?: Divergence;
}

async function threeRuns(context: Context, file: string, words: Words, folder: string): Promise<Verified> {
  const digests: string[] = [];
  const trace = (k: number) => join(folder, `${k}.mcap`);
  let log = "";
  for (const [k, name] of RUNS.entries()) {
    context.output.onProgress({ phase: "verifying", done: k, total: RUNS.length, detail: name });
    const run = k < 2 ? ["simulate", file] : ["replay", file, log];
    const made = await child(context, [...run, ...shared(words), "--trace", trace(k)], folder);
    digests.push(made.digest);
    if (k === 0) log = made.log;
  }
  context.output.endProgress();
  for (const k of [1, 2]) {
    if (digests[k] === digests[0]) continue;
    const { firstDivergence } = await context.limbeck();
    const divergence = await firstDivergence(trace(0), trace(k));
    return { digests, between: [RUNS[0], RUNS[k]!], ...(divergence === undefined ? {} : { divergence }) };
  }
  return { digests };
}

const shared = ({ for: for_ns, seed, set = [], with: laid = [], code }: Words): string[] => [
  ...(for_ns === undefined ? [] : ["--for", `${for_ns}ns`]),
  ...(seed === undefined ? [] : ["--seed", String(seed)]),
  ...set.flatMap((text) => ["--set", text]),
  ...laid.flatMap((text) => ["--with", text]),
  ...(code === false ? ["--no-code"] : []),
];

/** Runs this very command line program again, and reads what it says as JSON. @throws LimbeckError with its problems */
function child(context: Context, words: readonly string[], folder: string): Promise<{ digest: string; log: string }> {
  const program = [process.argv[1]!, ...words, "--json", "--home", folder];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, program, { maxBuffer: MAX_OUTPUT_BYTES, signal: context.signal }, (error, out, err) => {
      if (error === null) resolve(JSON.parse(out));
      else if (context.signal.aborted) reject(context.signal.reason);
      else reject(problemsIn(out) ?? new Error(err.trim() || error.message));
    });
  });
}

/** The problems that a child printed, as they were thrown in it. */
function problemsIn(text: string): LimbeckError | undefined {
  if (!text.startsWith("[")) return undefined;
  const said = JSON.parse(text) as (Problem & Partial<Place>)[];
  return new LimbeckError(
    said.map(({ code, severity, message, help, file, line, column, endLine, endColumn }) => ({
      code,
      severity,
      message,
      ...(help == null ? {} : { help }),
      ...(file == null ? {} : { place: { file, line, column, endLine, endColumn } as Place }),
    })),
  );
}

function tell({ output }: Context, { digests, between, divergence }: Verified): number {
  const equal = new Set(digests).size === 1;
  if (output.json) {
    output.value({ digests, equal, first_divergence: divergence ?? null });
    return equal ? exit.done : exit.doesNotHold;
  }
  const lines = RUNS.map((name, k) => [name, digests[k]!] as const);
  output.data(facts(lines, output.style));
  if (equal) output.say("All three say the same.");
  else if (divergence === undefined) output.say("The digests differ.");
  else for (const line of divergenceLines(divergence, between!)) output.say(line);
  return equal ? exit.done : exit.doesNotHold;
}
