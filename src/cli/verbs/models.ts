/** `limbeck models list|show|promote|add`: what is in the model store. */
import { join } from "node:path";
import { shellWord } from "../../distill/report/shell.js";
import { type Card, columnName } from "../../models/card.js";
import { CHAMPION, checkModelName, parseReference } from "../../models/reference.js";
import { findModel, listModels, openModel, type StoredModel, setAlias } from "../../models/store.js";
import { LimbeckError, type Problem } from "../../problem/problem.js";
import { calledWhen } from "../called.js";
import { facts } from "../facts.js";
import { loadForUse } from "../load.js";
import { declareNoCode, declareSet, declareWith, type LoadWords, loadWords, names } from "../options.js";
import { scoreFact } from "../score.js";
import type { Style } from "../style.js";
import { table } from "../table.js";
import { type TeacherWords, teacherOf } from "../teacher.js";
import { type Context, type Group, HOME, type Verb } from "../verb.js";

const storeOf = ({ home }: Context) => join(home, "models");

const list: Verb = {
  name: "list",
  summary: "all models, with their versions and their champion",
  declare: () => {},
  run(context) {
    const { output } = context;
    const root = storeOf(context);
    const rows = listModels(root).map((model) => ({ ...model, champion: championOf(context, root, model.name) }));
    if (output.json)
      output.value(
        rows.map(({ name, versions, aliases, champion }) => ({
          name,
          versions,
          aliases,
          ...(champion === undefined ? {} : { champion: brief(champion.card) }),
        })),
      );
    else if (rows.length === 0) output.say(`${root} holds no model yet; \`limbeck distill\` makes one.`);
    else
      output.data(
        table(
          ["model", "versions", "champion", "student", "stands in for", "nMSE", "created"].map((title) => ({ title })),
          rows.map(({ name, versions, champion }) => ({
            cells: [
              name,
              versions.join(" "),
              champion && `${name}@${champion.version}`,
              champion?.card.student.kind,
              champion && standsFor(champion.card),
              champion?.card.metrics.test.nmse_mean,
              champion?.card.created_at.slice(0, 16).replace("T", " "),
            ],
          })),
          output.style,
        ),
      );
    return undefined;
  },
};

/** A damaged card is said, and does not hide the other models. */
function championOf({ output }: Context, root: string, name: string): StoredModel | undefined {
  try {
    return findModel(root, name);
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    output.problems(error.problems);
    return undefined;
  }
}

const brief = ({ version, sha256, created_at, student, metrics }: Card) => ({
  version,
  sha256,
  created_at,
  student: student.kind,
  nmse_mean: metrics.test.nmse_mean,
});

const standsFor = ({ teacher, inputs, outputs }: Card): string =>
  `${teacher.nodes?.join(", ") ?? `${Object.keys(inputs).join(", ")} → ${Object.keys(outputs).join(", ")}`} (${teacher.graph})`;

const show: Verb = {
  name: "show",
  summary: "one model: ports, columns, origin, metrics; its file is verified",
  examples: [
    ["limbeck models show reach", "the champion"],
    ["limbeck models show reach@2 --json", "the card of version 2"],
  ],
  declare: (command) => command.argument("<model>", "reach, reach@3 or reach@champion"),
  run(context, _options, [reference]) {
    const { output } = context;
    const model = openModel(storeOf(context), reference as string);
    if (output.json) output.value(model.card);
    else output.data(shown(model, output.style));
    return undefined;
  },
};

function shown({ card, files }: StoredModel, style: Style): string {
  const about = facts(
    [
      ["model", `${style.bold(`${card.name}@${card.version}`)}, ${card.student.kind}, opset ${card.opset}`],
      ["stands in for", standsFor(card)],
      ["runs", runsWhen(card)],
      ["test", scoreFact(card.metrics.test)],
      ["rows", card.policy === undefined ? rowsFact(card) : undefined],
      ["seed", String(card.seed)],
      ["parents", card.parents.join(", ") || undefined],
      ["created", card.created_at],
      ["command", `limbeck ${card.command.join(" ")}`],
      ["SHA-256", `${card.sha256} (verified, ${card.size} bytes)`],
      ["file", files.onnx],
      ["component", files.component],
      ["report", files.report],
    ],
    style,
  );
  const columns = [
    { title: "column" },
    { title: "of" },
    { title: "unit" },
    { title: "min" },
    { title: "max" },
    { title: "mean" },
    { title: "sd" },
  ];
  const rowsOf = (of: string, list: Card["columns"]["inputs"]) =>
    list.map((c) => ({ cells: [columnName(c), of, c.unit, c.min, c.max, c.mean, c.sd] }));
  const rows = [...rowsOf("input", card.columns.inputs), ...rowsOf("output", card.columns.outputs)];
  // a policy takes and gives messages as they are
  return rows.length === 0 ? about : `${about}\n${table(columns, rows, style)}`;
}

function runsWhen({ policy, trigger }: Card): string {
  if (policy !== undefined) return calledWhen(policy.call);
  return "clock" in trigger ? `at ${trigger.clock}` : `on each ${trigger.each.join(", ")}`;
}

const rowsFact = ({ dataset: { rows, split } }: Card): string =>
  `${rows.train} train, ${rows.validation} validation, ${rows.test} test, split by ${split.by}`;

interface PromoteWords {
  readonly to: string;
}

const promote: Verb<PromoteWords> = {
  name: "promote",
  summary: "point an alias at a version (the first version is champion until then)",
  examples: [["limbeck models promote reach@2", "reach@champion is now reach@2"]],
  declare: (command) => command.argument("<model>", "reach@2").option("--to <alias>", "the alias to move", CHAMPION),
  run(context, { to }, [reference]) {
    const { output } = context;
    const root = storeOf(context);
    const { name, version } = findModel(root, parseReference(reference as string));
    setAlias(root, name, to, version);
    if (output.json) output.value({ name, alias: to, version });
    else output.say(`${name}@${to} is now ${name}@${version}`);
    return undefined;
  },
};

interface AddWords extends LoadWords, TeacherWords {
  readonly graph: string;
}

const add: Verb<AddWords> = {
  name: "add",
  summary: "store a model that was trained elsewhere, such as one of `limbeck_torch.py`",
  examples: [
    [
      "limbeck models add reach reach.onnx --graph arm.graph.yaml --nodes controller",
      "reach@1 stands in for controller",
    ],
  ],
  declare(command) {
    command
      .argument("<name>", "the model's name in the store")
      .argument("<file>", "an ONNX file that says what it was trained on")
      .requiredOption("--graph <file>", "the graph that it is for")
      .option("--nodes <ids>", "it stands in for the region of these nodes", names)
      .option("--all", "it stands in for the whole system")
      .option("--inputs <ports>", "it stands in for a relation: the ports it is computed from", names)
      .option("--outputs <ports>", "it stands in for a relation: the ports that it computes", names);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [name, file]) {
    const { output, home, limbeck, now } = context;
    const as = checkModelName(name as string);
    const teacher = teacherOf(words, "what the model stands in for");
    const loaded = await loadForUse(context, words.graph, words, isUnread);
    const { addModel } = await limbeck();
    const added = await addModel(loaded, {
      home,
      as,
      file: file as string,
      teacher,
      command: context.words,
      createdAt: now().toISOString(),
    });
    if (output.json) output.value(added);
    else {
      const reference = `${added.model}@${added.version}`;
      output.data(
        facts(
          [
            ["model", `${added.onnx} (${output.style.bold(reference)})`],
            ["component", added.component],
            ["test", scoreFact(added.test)],
          ],
          output.style,
        ),
      );
      const graph = [words.graph, ...loadWords(words)].map(shellWord).join(" ");
      const at = home === HOME ? "" : ` --home ${shellWord(home)}`;
      output.say(`Measure it in closed loop: limbeck compare ${graph} --with ${reference}${at}`);
    }
    return undefined;
  },
};

/** What nobody reads may be what the model reads. */
const isUnread = ({ code }: Problem) => code === "L0210";

export const models: Group = {
  name: "models",
  summary: "the model store: list, show, promote, add",
  verbs: [list, show, promote, add],
};
