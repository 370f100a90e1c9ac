/** `limbeck lower FILE`: nodes, or the whole system, as one ONNX graph that answers as they do. */

import { Option } from "commander";
import { checkModelName } from "../../models/reference.js";
import type { Problem } from "../../problem/problem.js";
import { fail } from "../../problem/problem.js";
import type { Loaded, LoweredFile, SplicedFile, SpliceJob } from "../../project/project.js";
import { agreementTable, declareTolerance } from "../agreement.js";
import { calledWhen } from "../called.js";
import { exit } from "../exit.js";
import { facts } from "../facts.js";
import { loadForUse } from "../load.js";
import {
  count,
  declareNoCode,
  declareSeed,
  declareSet,
  declareStudents,
  declareWith,
  duration,
  jobOptions,
  type LoadWords,
  names,
  type StudentsWords,
  studentOptions,
} from "../options.js";
import { splicedFact, splicedLosers } from "../spliced.js";
import type { Style } from "../style.js";
import { declareTuning, type TuningWords, tuningFact, tuningOptions } from "../tuning.js";
import type { Api, Context, Verb } from "../verb.js";

interface Words extends LoadWords, TuningWords, StudentsWords {
  readonly nodes?: readonly string[];
  readonly all?: boolean;
  readonly output?: string;
  readonly as?: string;
  readonly for: number;
  readonly report: boolean;
  readonly seed?: number;
  readonly tolerance?: number;
  readonly distillMissing: boolean;
  readonly episodes?: number;
  readonly resume?: boolean;
}

export const lower: Verb<Words> = {
  name: "lower",
  summary: "turn nodes, or the whole system, into one ONNX policy, exactly",
  examples: [
    [
      "limbeck lower arm.graph.yaml --all --output policy.onnx",
      "from in-streams to out-streams, and how well it agrees",
    ],
    ["limbeck lower arm.graph.yaml --nodes ik,controller --output control.onnx", "the region of two nodes"],
    [
      "limbeck lower arm.graph.yaml --all --output policy.onnx --distill-missing --students ridge --students planner=gru",
      "what cannot be lowered becomes students",
    ],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .option("--nodes <ids>", "lower the region of these nodes", names)
      .option("--all", "lower the whole system, from in-streams to out-streams")
      .option("--output <file>", "the ONNX file to write")
      .option("--as <name>", "store it as a model that takes the nodes' place")
      .option("--no-report", "do not run the policy beside the graph")
      .option("--distill-missing", "distil the nodes that cannot be lowered, and put the models in their places", false)
      .addOption(new Option("--episodes <n>", "episodes to distil them from").argParser(count))
      .option("--resume", "go on with what was interrupted while it was distilled or tuned");
    declareStudents(command, "what to distil them into, e.g. ridge,mlp");
    declareTuning(command);
    command.addOption(
      new Option("--for <duration>", "virtual time of the run for the report").argParser(duration).default(2e9, "2s"),
    );
    declareTolerance(command);
    declareSeed(command);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck } = context;
    const { nodes, all } = words;
    if ((nodes === undefined) === (all !== true))
      fail("L0004", {
        what: nodes === undefined ? "what to lower is not said" : "--nodes and --all exclude each other",
        help: "Give `--nodes a,b`, or `--all`.",
      });
    if (words.output === undefined && words.as === undefined)
      fail("L0004", {
        what: "where the policy goes is not said",
        help: "Give `--output policy.onnx`, or `--as NAME` for the model store.",
      });
    const [idle] = Object.keys({ ...tuningOptions(words), ...distillWords(words) });
    if (!words.distillMissing && idle !== undefined)
      fail("L0004", {
        what: `\`--${idle === "studentsOf" ? "students" : idle}\` is said, and nothing is distilled`,
        help: "Give `--distill-missing` with it, or leave it out.",
      });
    if (words.as !== undefined) checkModelName(words.as);
    const loaded = await loadForUse(context, file as string, words, isUnread);
    const api = await limbeck();
    const spec = nodes === undefined ? ({ all: true } as const) : { nodes };
    const job = { home: context.home, spec, ...(words.output === undefined ? {} : { output: words.output }) };
    const lowered = words.distillMissing
      ? await api.lowerSpliced(loaded, { ...job, distill: distilling(context, words, loaded) })
      : await api.lower(loaded, job);
    const { spliced = [], finetuned, warnings = [] } = lowered as Partial<SplicedFile>;
    output.problems(warnings, loaded.sources);
    const { onnx, facts: about, left_out, ops } = lowered;
    const verified = words.report
      ? await api.verifyPolicy(loaded, {
          ...jobOptions(context, words),
          policy: { name: words.output ?? words.as!, onnx },
          for_ns: words.for,
          ...(words.tolerance === undefined ? {} : { tolerance: words.tolerance }),
        })
      : undefined;
    const stored =
      words.as === undefined
        ? undefined
        : await api.storePolicy(lowered, {
            home: context.home,
            as: words.as,
            ...(verified === undefined ? {} : { verified }),
            command: context.words,
            createdAt: context.now().toISOString(),
          });
    if (output.json)
      output.value({
        output: words.output ?? null,
        stored: stored ?? null,
        bytes: onnx.length,
        ops,
        left_out,
        ...about,
        spliced,
        ...(finetuned === undefined ? {} : { finetuned }),
        report: verified ?? null,
      });
    else {
      output.data(summary(lowered, { spliced, finetuned }, words.output, stored, output.style));
      for (const line of splicedLosers(spliced)) output.data(`${output.style.yellow(line)}\n`);
      if (verified !== undefined) output.data(`\n${agreementTable(verified, output.style)}`);
    }
    return verified === undefined || verified.holds ? exit.done : exit.doesNotHold;
  },
};

/** What only distilling has a use for. */
const distillWords = ({ episodes, resume, ...words }: Words) => ({
  ...studentOptions(words),
  ...(episodes === undefined ? {} : { episodes }),
  ...(resume === undefined ? {} : { resume }),
});

/** How the nodes that cannot be lowered are distilled; their models are named after the graph. */
function distilling(context: Context, words: Words, loaded: Loaded): SpliceJob["distill"] {
  return {
    ...jobOptions(context, words),
    as: loaded.written.name,
    command: context.words.filter((word) => word !== "--resume"),
    createdAt: context.now().toISOString(),
    ...distillWords(words),
    ...tuningOptions(words),
  };
}

/** What nobody reads may be what is to be lowered. */
const isUnread = ({ code }: Problem) => code === "L0210";

type Stored = Awaited<ReturnType<Api["storePolicy"]>>;

function summary(
  { onnx, facts: about, left_out, ops }: LoweredFile,
  { spliced, finetuned }: { spliced: SplicedFile["spliced"]; finetuned: SplicedFile["finetuned"] },
  file: string | undefined,
  stored: Stored | undefined,
  style: Style,
): string {
  const { call, inputs, outputs, state, nodes, parents } = about;
  const size = (dims: readonly number[]) => dims.reduce((product, d) => product * d, 1);
  const remembered = state.reduce((sum, { dims }) => sum + size(dims), 0);
  return facts(
    [
      ["policy", `${style.bold(file ?? stored!.onnx)} (${onnx.length} bytes, ${ops} ops)`],
      ["model", stored === undefined ? undefined : `${style.bold(stored.model)}, drop-in ${stored.component}`],
      ["nodes", nodes.join(", ")],
      [
        "left out",
        left_out.length === 0
          ? undefined
          : `${left_out.join(", ")} (no output depends on ${left_out.length === 1 ? "it" : "them"})`,
      ],
      ...spliced.map((part) => ["distilled", splicedFact(part)] as const),
      ["fine-tuned", finetuned && tuningFact(finetuned)],
      ["models", parents.length === 0 ? undefined : parents.join(", ")],
      ["called", calledWhen(call)],
      ["takes", Object.keys(inputs).join(", ") || "nothing"],
      ["gives", Object.keys(outputs).join(", ")],
      ["remembers", `${remembered} ${remembered === 1 ? "number" : "numbers"}`],
    ],
    style,
  );
}
