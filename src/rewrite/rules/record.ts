/**
 * record: keeps what chosen ports say, as rows of an anchor or as messages to be joined by stamp.
 *
 *   joints ──► controller ──► torque        joints ──► controller ──┬──► torque
 *                                      →       └──► record#reach ◄──┘
 *
 * The recorder reads every port exactly as the anchor does (same `max_age`, `delay`, `missing`); it feeds nobody, and so
 * may read on both sides of the boundary. One whose anchor is in the world stands there too, and hears the out-streams
 * when the anchor does.
 */
import Type from "typebox";
import { CONSENSUS_RECORDER } from "../../component/recorder/consensus.js";
import { type ConsensusOptions, comparedPorts, consensusOption, renamePorts } from "../../component/recorder/groups.js";
import { RECORDER } from "../../component/recorder/node.js";
import { policyOptions } from "../../component/recorder/options.js";
import { policyPart, readPolicies } from "../../component/recorder/read.js";
import type { Graph, Trigger } from "../../graph/ir.js";
import type { TypedGraph } from "../../graph/typed.js";
import type { Json, MessageSchema } from "../../message/type.js";
import { LimbeckError, type Problem, problem } from "../../problem/problem.js";
import { type Reading, readingOf } from "../anchor.js";
import { findPort, type NamedPort } from "../port.js";
import { type Options, type Outcome, type Rule, refuse, type Subject } from "../rule.js";
import { type Chosen, portsOption, type Selection, selectPorts } from "../select.js";

const NOTES = `Which rows are kept, in this order; every option is left out unless it is wanted:

| step | options |
| --- | --- |
| filters | \`when\`, then \`every\`, \`rate\`, \`on_change\`, then \`keeps\` of a recorder of one's own |
| how much of it | all, or \`trigger\` (rows around an event), or \`keep\` (the last ones) |
| how it lies on the disk | \`episodes\`, \`split\`, \`max_disk\` |

They act on complete rows, never on single messages: with two ports and \`every: 2\` over ten complete rows, five rows with both ports are kept. An incomplete row is counted by what it lacked. [Recordings](recordings.md) tells of each option.

A \`when\` is \`{port: contact.force, above: 20}\`: \`above\`, \`below\`, \`equals\` and \`changes\` must all hold, \`not: true\` turns the condition round, and the port is recorded, or a field of one (\`joints:velocity[0]\`). In a list all hold; \`{any: […]}\` wants one.`;

/**
 * The rule.
 *
 * @example
 * const options = { as: "tip", inputs: ["target"], outputs: ["controller.torque"] };
 * const graph = { ...typed.graph, rewrites: [{ rule: "record", options }] };
 * rewrite(graph, catalogue, [record]).applied[0]?.changes[0]?.text
 * // a recorder of `target`, `controller.torque`: a row a firing of `controller`
 */
export const record: Rule = {
  name: "record",
  doc: "Inserts a recorder on any ports.",
  picture: `joints ──► controller ──► torque        joints ──► controller ──┬──► torque
                                   →       └──► record#reach ◄──┘`,
  example: `- record: {as: reach, inputs: [target, joints], outputs: [controller.torque], keep: {rows: 20000}}
- record:
    as: contacts
    inputs: [joints, contact.force]
    outputs: [controller.torque]
    trigger: {when: {port: contact.force, above: 20}, pre: 500ms, post: 1s}
    split: {bytes: 100MB}
    max_disk: {bytes: 10GB, when_full: drop_oldest}`,
  notes: NOTES,
  laws: [
    "It is transparent: the digest of every authored port is the same with and without it.",
    "A row holds what its firing read: inputs as the anchor reads them (same `max_age`, `delay`, `missing`), outputs of the same tag.",
    "It reads on both sides of the boundary. A recorder of the world's firings hears the out-streams when the world does.",
  ],
  phase: "record",
  options: Type.Object(
    {
      as: Type.String({ pattern: "^[A-Za-z][A-Za-z0-9_-]*$", description: "name of the recording" }),
      inputs: Type.Optional(portsOption("ports that the row's firing reads", 0)),
      outputs: Type.Optional(
        portsOption("ports whose firing makes a row; with `consensus` left out: those that it compares"),
      ),
      rows: Type.Optional(
        Type.Enum(["firings", "asof"], {
          description: "`firings`: a row a firing of the outputs' node. `asof`: every message, joined by stamp.",
        }),
      ),
      component: Type.Optional(
        Type.String({ description: "a recorder of one's own: a file that exports a class that extends `Recorder`" }),
      ),
      params: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "params of that recorder" })),
      consensus: Type.Optional(consensusOption),
      raw: Type.Optional(
        Type.Boolean({
          description:
            "keep the outputs as their node said them, whatever rules have put behind it: a teacher's answers while a stand-in drives",
        }),
      ),
      ...policyOptions,
    },
    { additionalProperties: false },
  ),
  inserts: ({ component }) => (typeof component === "string" ? [component] : []),
  apply,
};

function apply(subject: Subject, options: Options): Outcome {
  const { graph, origin } = subject;
  const select = (key: "inputs" | "outputs") =>
    selectPorts(subject, (options[key] ?? []) as unknown as Selection, `${origin.path}/${key}`);
  const { consensus } = options as { consensus?: ConsensusOptions };
  const read = select("inputs");
  const anchors =
    consensus !== undefined && options.outputs === undefined ? compared(subject, consensus, read) : select("outputs");
  const outputs = options.raw === true ? anchors.found.map((port) => ({ ...port, from: port.ref })) : anchors.found;
  const inputs = read.found.filter(({ ref }) => !outputs.some((output) => output.ref === ref));
  const problems = [...read.problems, ...anchors.problems];
  const id = `record#${options.as as string}`;
  const before = graph.nodes[id] ?? graph.world[id];
  if (before !== undefined)
    problems.push(
      problem(
        "L0509",
        {
          rule: "record",
          reason: `\`${id}\` makes a recording \`${options.as as string}\` already`,
          help: "Give this one another name.",
        },
        {
          path: `${origin.path}/as`,
          ...(before.origin === undefined
            ? {}
            : { related: [{ message: "that one is from here", path: before.origin.path }] }),
        },
      ),
    );
  if (options.outputs === undefined && consensus === undefined)
    problems.push(
      problem(
        "L0502",
        { rule: "record", where: "", reason: "must have `outputs`, or a `consensus`" },
        { path: origin.path },
      ),
    );
  const alone = outputs.every(isFiring) || consensus !== undefined;
  const rows = (options.rows as Rows | undefined) ?? (alone ? "firings" : "asof");
  const reading = readingOf(inputs, outputs, rows, origin);
  const usual = consensus === undefined ? RECORDER : CONSENSUS_RECORDER;
  const { component = usual } = options as { component?: string };
  const policies = policyPart(options);
  const ports = [...inputs, ...outputs].map(({ ref, type }) => ({ port: ref, type: reading.typeOf(ref, type) }));
  // a recorder of one's own may know itself when it triggers; it is asked below
  const setting = { rows, ports, triggers: component !== RECORDER };
  if (ports.length > 0) problems.push(...readPolicies(policies, setting, origin.path).problems);
  if (problems.length > 0) return refuse(subject, ...problems);

  const { keep, ...others } = policies;
  const { rows: keep_rows, ...limits } = keep ?? {};
  const params = {
    ...(options.params as { [name: string]: Json } | undefined),
    ...(consensus === undefined ? {} : { consensus: inFull(subject.typed, consensus) }),
    as: options.as!,
    rows,
    inputs: inputs.map((p) => p.ref),
    outputs: outputs.map((p) => p.ref),
    ...(keep_rows === undefined ? {} : { keep_rows }),
    ...(Object.keys(limits).length === 0 ? {} : { keep: limits }),
    ...(others as { [name: string]: Json }),
    ...(Object.keys(reading.batches).length === 0 ? {} : { batches: reading.batches }),
    ...(Object.keys(reading.reads).length === 0 ? {} : { reads: reading.reads }),
  };
  const misfits = component === RECORDER ? [] : unfit(subject, component, options, params, ports);
  if (misfits.length > 0) return refuse(subject, ...misfits);

  const each = rows === "firings" ? outputs.map((p) => p.ref) : Object.keys(reading.in);
  const on: Trigger = { each };
  const recorder = { component, on, in: reading.in, params, origin };
  // messages are kept as they are sent, and rows as their anchor reads them
  const part = rows === "firings" && outputs.some(({ vertex }) => vertex.place === "world") ? "world" : "nodes";
  const chosen = [...(consensus === undefined ? [] : ["consensus"]), ...Object.keys(policies)];
  const after: Graph = { ...graph, [part]: { ...graph[part], [id]: recorder } };
  return {
    graph: after,
    changes: [{ verb: "inserts", path: `/${part}/${id}`, text: inWords(inputs, outputs, rows, component, chosen) }],
    refusals: [],
  };
}

/** The options with the names of ports in full, as they are recorded. */
const inFull = (typed: TypedGraph, options: ConsensusOptions): Json =>
  renamePorts(options, (ref) => findPort(typed, ref)?.ref ?? ref) as unknown as Json;

/** The ports of a consensus that are not read as inputs. */
function compared(subject: Subject, options: ConsensusOptions, inputs: Chosen<NamedPort>): Chosen<NamedPort> {
  const all = comparedPorts(options).map(({ ref, path }) =>
    selectPorts(subject, ref, `${subject.origin.path}/consensus${path}`),
  );
  const found = new Map(all.flatMap((one) => one.found.map((port) => [port.ref, port] as const)));
  for (const { ref } of inputs.found) found.delete(ref);
  return { found: [...found.values()], problems: all.flatMap(({ problems }) => problems) };
}

type Rows = Reading["rows"];

/** What a recorder of one's own has against its params, or that it is none. */
function unfit(
  subject: Subject,
  component: string,
  written: Options,
  params: { readonly [name: string]: Json },
  ports: readonly { readonly port: string; readonly type: MessageSchema }[],
): readonly Problem[] {
  const { catalogue, origin } = subject;
  const wrong = (reason: string) =>
    problem(
      "L0509",
      {
        rule: "record",
        reason,
        help: "Name a file whose default export is a class that extends `Recorder`, from `limbeck`.",
      },
      { path: `${origin.path}/component` },
    );
  try {
    const types = Object.fromEntries(ports.map(({ port, type }) => [port, type]));
    const signature = catalogue.signature(component, params, types);
    if (signature === undefined) return [wrong(`there is no component \`${component}\``)];
    return signature.sink ? [] : [wrong(`\`${component}\` is no recorder`)];
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    // every recorder knows what it is called
    if (error.problems.some(({ path }) => path === "/params/as")) return [wrong(`\`${component}\` is no recorder`)];
    const at = (path = "") => (path.startsWith("/params/") ? optionPath(path, written) : "/component");
    return error.problems.map((p) => ({ ...p, path: `${origin.path}${at(p.path)}` }));
  }
}

/** Params of the recorder are options of the rule, but for those of its own. */
function optionPath(path: string, options: Options): string {
  const name = path.split("/")[2]!;
  if (name === "rows" && options.rows === undefined) return "/component";
  return name in policyOptions || options[name] !== undefined ? path.slice("/params".length) : path;
}

function inWords(
  inputs: readonly NamedPort[],
  outputs: readonly NamedPort[],
  rows: Rows,
  component: string,
  chosen: readonly string[],
): string {
  const what = [...inputs, ...outputs].map((p) => `\`${p.ref}\``).join(", ");
  const by = [RECORDER, CONSENSUS_RECORDER].includes(component) ? "a recorder" : `a recorder (\`${component}\`)`;
  const when = rows === "firings" ? `a row a firing of ${owners(outputs)}` : "every message, rows joined by stamp";
  const told = chosen.map((name) => `\`${name}\``).join(", ");
  return `${by} of ${what}: ${when}${told === "" ? "" : `; by ${told}`}`;
}

const isFiring = ({ vertex }: NamedPort) => vertex.place === "nodes" || vertex.place === "world";

const owners = (ports: readonly NamedPort[]) => [...new Set(ports.map((p) => `\`${p.vertex.id}\``))].join(", ");
