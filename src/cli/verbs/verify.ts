/** `limbeck verify FILE`: two processes and a replay of the first one's log must say the same, to the byte. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { folders } from "../../project/services.js";
import type { Divergence } from "../../project/trace.js";
import { exit } from "../exit.js";
import { facts } from "../facts.js";
import { loadForUse } from "../load.js";
import { declareNoCode, declareSeed, declareSet, declareWith, duration, type LoadWords } from "../options.js";
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
    // what the runs make goes away with this folder; models are the user's own
    const folder = mkdtempSync(join(tmpdir(), "limbeck-verify-"));
    const models = resolve(folders(context.home).models);
    if (existsSync(models)) symlinkSync(models, folders(folder).models);
    try {
      return tell(context, await threeRuns(context, file as string, words, folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
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

/** Runs this very command line program again, and reads what it says as JSON. */
function child(context: Context, words: readonly string[], folder: string): Promise<{ digest: string; log: string }> {
  const program = [process.argv[1]!, ...words, "--json", "--home", folder];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      program,
      { maxBuffer: MAX_OUTPUT_BYTES, signal: context.signal },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(stderr.trim() || error.message));
        else resolve(JSON.parse(stdout));
      },
    );
  });
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
  else {
    const { port, time_ns, microstep, values } = divergence;
    output.say(`First difference: \`${port}\` at ${time_ns / 1e9} s, microstep ${microstep}`);
    for (const [i, name] of between!.entries())
      output.say(`  ${name}: ${values[i] === null ? "nothing" : JSON.stringify(values[i])}`);
  }
  return equal ? exit.done : exit.doesNotHold;
}
