/** `limbeck verify FILE`: two processes, a replay of the first one's log, and other legal orders must say the same, to the byte. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Option } from "commander";
import { LimbeckError, type Place, type Problem } from "../../problem/problem.js";
import type { Divergence } from "../../project/trace.js";
import { agreementTable, declareTolerance } from "../agreement.js";
import { divergenceLines } from "../divergence.js";
import { exit, exitOf } from "../exit.js";
import { facts } from "../facts.js";
import { loadForUse } from "../load.js";
import {
  count,
  declareNoCode,
  declareSeed,
  declareSet,
  declareWith,
  duration,
  jobOptions,
  type LoadWords,
  loadWords,
} from "../options.js";
import { withScratch } from "../scratch.js";
import type { Context, Verb } from "../verb.js";

interface Words extends LoadWords {
  readonly for?: number;
  readonly seed?: number;
  /** How many other orders to try. */
  readonly permute?: number;
  /** A policy to hold to the graph, in place of the graph to itself. */
  readonly policy?: string;
  readonly tolerance?: number;
}

const RUNS = ["run 1", "run 2", "replay of run 1"] as const;
const MAX_OUTPUT_BYTES = 1 << 24;

export const verify: Verb<Words> = {
  name: "verify",
  summary: "prove that a graph repeats itself: two processes and a replay, one digest",
  examples: [
    ["limbeck verify arm.graph.yaml --for 2s", "three digests, or the first message that differs"],
    ["limbeck verify arm.graph.yaml --permute 20", "and twenty other orders of what happens at one instant"],
    ["limbeck verify arm.graph.yaml --policy policy.onnx", "a lowered policy beside its nodes, port by port"],
  ],
  declare(command) {
    command.argument("<file>", "a graph file");
    command.addOption(new Option("--for <duration>", "virtual time").argParser(duration).default(2e9, "2s"));
    command.addOption(
      new Option("--permute <n>", "also run so many random legal orders of what arrives at one instant").argParser(
        count,
      ),
    );
    command.option("--policy <file>", "run a policy beside the nodes that it was lowered from, and compare");
    declareTolerance(command);
    declareSeed(command);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const loaded = await loadForUse(context, file as string, words, () => true);
    if (words.policy !== undefined) {
      const verified = await (await context.limbeck()).verifyPolicy(loaded, {
        ...jobOptions(context, words),
        policy: words.policy,
        ...(words.for === undefined ? {} : { for_ns: words.for }),
        ...(words.tolerance === undefined ? {} : { tolerance: words.tolerance }),
      });
      if (context.output.json) context.output.value(verified);
      else context.output.data(agreementTable(verified, context.output.style));
      return verified.holds ? exit.done : exit.doesNotHold;
    }
    return withScratch(context, async (home) => tell(context, await runs(context, file as string, words, home)));
  },
};

interface Verified {
  /** Of the two runs and the replay. */
  readonly digests: readonly string[];
  /** Other orders that were run. */
  readonly permutations: number;
  readonly equal: boolean;
  /** The runs between which `divergence` lies. */
  readonly between?: readonly [string, string];
  readonly divergence?: Divergence;
  /** Errors of the first run: nodes that gave up. */
  readonly problems: readonly Problem[];
}

/** What is read of a run's JSON. */
interface Ran {
  readonly digest: string;
  readonly log: string;
  readonly problems: readonly Said[];
}
type Said = Problem & Partial<Place>;

async function runs(context: Context, file: string, words: Words, folder: string): Promise<Verified> {
  const { permute: orders = 0 } = words;
  const trace = (k: number) => join(folder, `${k}.mcap`);
  const run = (k: number, name: string, what: readonly string[]) => {
    context.output.onProgress({ phase: "verifying", done: k, total: RUNS.length + orders, detail: name });
    return child(context, [...what, ...shared(words), "--trace", trace(k)], folder);
  };
  const first = await run(0, RUNS[0], ["simulate", file]);
  const others = [await run(1, RUNS[1], ["simulate", file]), await run(2, RUNS[2], ["replay", file, first.log])];
  const problems = placed(first.problems).filter(({ severity }) => severity === "error");
  const digests = [first, ...others].map(({ digest }) => digest);
  const differing = async (permutations: number, k: number, name: string): Promise<Verified> => {
    context.output.endProgress();
    const { firstDivergence } = await context.limbeck();
    const divergence = await firstDivergence(trace(0), trace(k));
    const found = divergence === undefined ? {} : { divergence };
    return { digests, problems, permutations, equal: false, between: [RUNS[0], name], ...found };
  };
  for (const k of [1, 2]) if (digests[k] !== digests[0]) return differing(0, k, RUNS[k]!);
  for (let order = 1; order <= orders; order++) {
    const name = `order ${order}`;
    const k = RUNS.length - 1 + order;
    const { digest } = await run(k, name, ["simulate", file, "--permute-seed", String(order)]);
    if (digest !== digests[0]) return differing(order, k, name);
    await rm(trace(k));
  }
  context.output.endProgress();
  return { digests, problems, permutations: orders, equal: true };
}

const shared = (words: Words): string[] => [
  ...(words.for === undefined ? [] : ["--for", `${words.for}ns`]),
  ...(words.seed === undefined ? [] : ["--seed", String(words.seed)]),
  ...loadWords(words),
];

/** Runs this very command line program again, and reads what it says as JSON. @throws LimbeckError with its problems */
function child(context: Context, words: readonly string[], folder: string): Promise<Ran> {
  const program = [process.argv[1]!, ...words, "--json", "--home", folder];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, program, { maxBuffer: MAX_OUTPUT_BYTES, signal: context.signal }, (error, out, err) => {
      if (error === null) resolve(JSON.parse(out));
      else if (context.signal.aborted) reject(context.signal.reason);
      // a node that gave up is told with exit code 1, and its run repeats itself like any other
      else if (out.startsWith("{")) resolve(JSON.parse(out));
      else reject(problemsIn(out) ?? new Error(err.trim() || error.message));
    });
  });
}

/** The problems that a child printed, as they were thrown in it. */
function problemsIn(text: string): LimbeckError | undefined {
  if (!text.startsWith("[")) return undefined;
  return new LimbeckError(placed(JSON.parse(text)));
}

const placed = (said: readonly Said[]): Problem[] =>
  said.map(({ code, severity, message, help, file, line, column, endLine, endColumn }) => ({
    code,
    severity,
    message,
    ...(help == null ? {} : { help }),
    ...(file == null ? {} : { place: { file, line, column, endLine, endColumn } as Place }),
  }));

function tell({ output }: Context, { digests, permutations, equal, between, divergence, problems }: Verified): number {
  const code = equal ? exitOf(problems) : exit.doesNotHold;
  output.problems(problems);
  if (output.json) {
    output.value({ digests, equal, permutations, first_divergence: divergence ?? null });
    return code;
  }
  const lines = RUNS.map((name, k) => [name, digests[k]!] as const);
  output.data(facts(lines, output.style));
  if (divergence !== undefined) output.data(`${divergenceLines(divergence, between!).join("\n")}\n`);
  if (equal && permutations > 0)
    output.say(`All three and ${permutations} other order${permutations === 1 ? "" : "s"} say the same.`);
  else if (equal) output.say("All three say the same.");
  else output.say("They differ.");
  return code;
}
