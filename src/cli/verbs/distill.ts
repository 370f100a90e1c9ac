/** `limbeck distill FILE`: a region or a relation becomes a model; trained, measured, stored, dropped in. */
import { shellWord } from "../../distill/report/shell.js";
import type { TeacherSpec } from "../../distill/teacher.js";
import { checkModelName } from "../../models/reference.js";
import { fail, type Problem } from "../../problem/problem.js";
import type { DistilledParts, DistillOptions } from "../../project/project.js";
import type { DistillResult } from "../../project/results.js";
import { comparisonTable, losers } from "../comparison.js";
import { facts } from "../facts.js";
import { loadForUse } from "../load.js";
import {
  count,
  declareEpisodes,
  declareNoCode,
  declareSeed,
  declareSet,
  declareStudents,
  declareWith,
  type EpisodeWords,
  episodeOptions,
  jobOptions,
  type LoadWords,
  lags,
  loadWords,
  names,
  type StudentsWords,
  studentOptions,
  type TransformWords,
  transformSteps,
} from "../options.js";
import { splicedFact, splicedLosers } from "../spliced.js";
import { table } from "../table.js";
import { type TeacherWords, teacherOf } from "../teacher.js";
import { declareTuning, type TuningWords, tuningFact, tuningOptions } from "../tuning.js";
import { type Context, HOME, type Verb } from "../verb.js";

interface Words extends LoadWords, EpisodeWords, TeacherWords, TransformWords, TuningWords, StudentsWords {
  readonly as: string;
  readonly from?: readonly string[];
  readonly dagger?: number;
  readonly residual?: string;
  readonly bounded?: readonly string[];
  readonly resume?: boolean;
  readonly seed?: number;
}

export const distill: Verb<Words> = {
  name: "distill",
  summary: "train a model that stands in for nodes, or for a relation between ports",
  examples: [
    ["limbeck distill arm.graph.yaml --nodes controller --as reach", "a stand-in for one node"],
    ["limbeck distill log.graph.yaml --inputs joints --outputs torque --as torque", "a relation between ports"],
    ["limbeck distill arm.graph.yaml --nodes filter --as filter --history 8", "a stand-in that remembers 8 firings"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .requiredOption("--as <name>", "the model's name in the store")
      .option("--nodes <ids>", "distil the region of these nodes", names)
      .option("--all", "distil the whole system")
      .option("--inputs <ports>", "distil a relation: the ports it is computed from", names)
      .option("--outputs <ports>", "distil a relation: the ports that are to be computed", names)
      .option("--from <recording>", "take the rows from recordings instead of running the graph", names)
      .option("--residual <node>", "learn what is missing from this node's outputs, and add it to them")
      .option("--bounded <outputs>", "outputs that never leave the range that they were seen in", names)
      .option(
        "--dagger <rounds>",
        "then let the student drive, in a growing share, and the teacher answer beside it",
        count,
      )
      .option("--differences [order]", "show students how the inputs changed since the row before", count)
      .option("--lags <rows>", "show students the inputs so many rows ago, e.g. 1,2,5", lags)
      .option("--history <rows>", "show students the inputs of the last rows, this one among them", count);
    declareStudents(
      command,
      "what to fit: ridge, forest, boosted, mlp, ridge+mlp, conv, keypoints, keypoints-argmax, history, gru; auto tries several",
    );
    declareTuning(command);
    declareEpisodes(command);
    command.option("--resume", "go on where the same command was interrupted");
    declareSeed(command);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck, now } = context;
    checkModelName(words.as);
    const teacher = residualOf(teacherOf(words, "what to distil"), words.residual);
    const loaded = await loadForUse(context, file as string, words, isUnread);
    const api = await limbeck();
    const options = {
      ...jobOptions(context, words),
      ...episodeOptions(words),
      as: words.as,
      command: context.words.filter((word) => word !== "--resume"),
      createdAt: now().toISOString(),
      ...studentOptions(words),
      ...(words.dagger === undefined ? {} : { dagger: words.dagger }),
      ...tuningOptions(words),
      ...(words.resume === undefined ? {} : { resume: words.resume }),
      ...transformsOf(words),
    };
    const { from, bounded } = words;
    if (from !== undefined && words.dagger !== undefined)
      fail("L0004", {
        what: "--from and --dagger exclude each other: rounds are recorded, and not taken from recordings",
        help: "Leave one of them out.",
      });
    const parts = await api.partsOf(loaded, teacher);
    const ofOne = [from === undefined ? [] : "--from", bounded === undefined ? [] : "--bounded"].flat();
    if (parts !== undefined && ofOne.length > 0)
      fail("L0004", {
        what: `${ofOne.join(" and ")} speak${ofOne.length === 1 ? "s" : ""} of one student, and these nodes fire at several times and need ${parts.length}`,
        help: `Leave it out, or distil the parts one by one: ${parts.map((part) => `\`--nodes ${part.join(",")}\``).join(", ")}.`,
      });
    if (parts !== undefined && !("inputs" in teacher)) {
      const result = await api.distillParts(loaded, { ...options, teacher, parts });
      output.problems(result.warnings, loaded.sources);
      if (output.json) output.value(result);
      else output.data(summaryOfParts(result, file as string, words, context));
      return undefined;
    }
    const result = await api.distill(loaded, {
      ...options,
      teacher,
      ...(from === undefined ? {} : { from }),
      ...(bounded === undefined ? {} : { bounded }),
    });
    output.problems(result.warnings, loaded.sources);
    if (output.json) output.value(result);
    else output.data(summary(result, file as string, words, context));
    return undefined;
  },
};

/** Only a region of nodes can leave a node beside it. */
function residualOf(spec: TeacherSpec, residual: string | undefined): TeacherSpec {
  if (residual === undefined) return spec;
  return "nodes" in spec
    ? { ...spec, residual }
    : fail("L0908", { output: "what is distilled", base: residual, reason: "only `--nodes` can have a residual" });
}

/** The first row stands in for those before it, so that the student speaks at once. */
function transformsOf(words: Words): Pick<DistillOptions, "transforms"> {
  const steps = transformSteps(words);
  return steps.length === 0 ? {} : { transforms: { steps, pad: "first" } };
}

/** What nobody reads is what distilling will read. */
const isUnread = ({ code }: Problem) => code === "L0210";

function summary(result: DistillResult, file: string, words: Words, context: Context): string {
  const { style } = context.output;
  const reference = `${result.model}@${result.version}`;
  const { train, validation, test } = result.rows;
  const places = facts(
    [
      ["recording", result.recording],
      ["dataset", `${result.dataset} (${train} train, ${validation} validation, ${test} test rows)`],
      ["model", `${result.onnx} (${reference}, ${result.winner})`],
      ["component", result.component],
      ["report", result.report],
      ["fine-tuned", result.finetuned && tuningFact(result.finetuned)],
    ],
    style,
  );
  const won = `${style.green(style.bold(result.winner))} is stored as ${style.bold(reference)}.`;
  const verdict = [...losers(result).map((line) => `${style.yellow(line)}\n`), `${won}  * best, teacher apart\n`];
  const rounds = result.rounds === undefined ? [] : [roundsTable(result.rounds, style)];
  const blocks = [
    ...rounds,
    comparisonTable(result, style) + verdict.join(""),
    places,
    // a graph that only recordings were ever made for cannot be run to compare in
    nextWords(reference, file, words, context, words.from === undefined || result.teacher !== undefined),
  ];
  return `\n${blocks.join("\n")}`;
}

/** One policy of several students: each on the rows of its own part, and all of them in closed loop. */
function summaryOfParts(result: DistilledParts, file: string, words: LoadWords, context: Context): string {
  const { style } = context.output;
  const { model, onnx, component, spliced, finetuned, compared } = result;
  const places = facts(
    [
      ...spliced.map((part) => ["distilled", splicedFact(part)] as const),
      ["policy", `${onnx} (${style.bold(model)}, all of them together)`],
      ["component", component],
      ["fine-tuned", finetuned && tuningFact(finetuned)],
    ],
    style,
  );
  const verdict = [...losers(compared), ...splicedLosers(spliced)].map((line) => `${style.yellow(line)}\n`);
  const blocks = [comparisonTable(compared, style) + verdict.join(""), places, nextWords(model, file, words, context)];
  return `\n${blocks.join("\n")}`;
}

function nextWords(reference: string, file: string, words: LoadWords, context: Context, runs = true): string {
  const home = context.home === HOME ? "" : ` --home ${shellWord(context.home)}`;
  const graph = [file, ...loadWords(words)].map(shellWord).join(" ");
  const compare: [string, string] = [
    `limbeck compare ${graph} --with ${reference}${home}`,
    "the model and its teacher, measured again",
  ];
  const next = [
    ...(runs ? [compare] : []),
    [`limbeck models show ${reference}${home}`, "its ports, columns, origin and digest"],
    [`limbeck graph ${graph} --format svg --output graph.svg`, "the graph it was taken from"],
  ] satisfies [string, string][];
  const width = Math.max(...next.map(([line]) => line.length));
  const does = context.output.style.dim;
  return `Try next:\n${next.map(([line, what]) => `  npx ${line.padEnd(width)}  ${does(what)}\n`).join("")}`;
}

/** Who drove in each round of DAgger. */
const roundsTable = (rounds: NonNullable<DistillResult["rounds"]>, style: Context["output"]["style"]): string =>
  table(
    [{ title: "DAgger" }, { title: "episodes" }, { title: "student drives" }],
    rounds.map(({ round, episodes, share, student }) => ({
      cells: [
        `round ${round}`,
        String(episodes),
        student === undefined ? "–" : `${student}, ${Math.round(share * 100)} %`,
      ],
    })),
    style,
  );
