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
import { RECORDER } from "../../component/recorder.js";
import type { Graph, Input } from "../../graph/ir.js";
import type { Json } from "../../message/type.js";
import { problem } from "../../problem/problem.js";
import type { NamedPort } from "../port.js";
import { type Options, type Outcome, type Rule, refuse, type Subject } from "../rule.js";
import { portsOption, type Selection, selectPorts } from "../select.js";

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
  example: `- record: {as: reach, inputs: [target, joints], outputs: [controller.torque], keep: {rows: 20000}}`,
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
      outputs: portsOption("ports whose firing makes a row"),
      rows: Type.Optional(
        Type.Enum(["firings", "asof"], {
          description: "`firings`: a row a firing of the outputs' node. `asof`: every message, joined by stamp.",
        }),
      ),
      keep: Type.Optional(
        Type.Object(
          { rows: Type.Optional(Type.Integer({ minimum: 1, description: "only the last so many rows" })) },
          { additionalProperties: false, description: "a part of the rows" },
        ),
      ),
      every: Type.Optional(Type.Integer({ minimum: 1, description: "keep every n-th row" })),
    },
    { additionalProperties: false },
  ),
  apply,
};

function apply(subject: Subject, options: Options): Outcome {
  const { graph, origin } = subject;
  const select = (key: "inputs" | "outputs") =>
    selectPorts(subject, (options[key] ?? []) as unknown as Selection, `${origin.path}/${key}`);
  const [chosen, anchors] = [select("inputs"), select("outputs")];
  const outputs = anchors.found;
  const inputs = chosen.found.filter(({ ref }) => !outputs.some((output) => output.ref === ref));
  const problems = [...chosen.problems, ...anchors.problems];
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
  if (problems.length > 0) return refuse(subject, ...problems);

  const rows = (options.rows as string | undefined) ?? (outputs.every(isFiring) ? "firings" : "asof");
  const read: { [port: string]: Input } = {};
  for (const port of inputs) {
    const { queue, ...asRead } = asAnchorReads(port, outputs);
    // nothing waits for a recorder of messages; a row would have to know what has waited for its firing
    read[port.ref] = { ...asRead, ...(rows === "asof" || queue === undefined ? {} : { queue }), origin };
  }
  for (const port of outputs) read[port.ref] = { from: port.from, origin };
  const keep = (options.keep as { rows?: number } | undefined)?.rows;
  const params: { [name: string]: Json } = {
    as: options.as!,
    rows,
    inputs: inputs.map((p) => p.ref),
    outputs: outputs.map((p) => p.ref),
    ...(keep === undefined ? {} : { keep_rows: keep }),
    ...(options.every === undefined ? {} : { every: options.every }),
  };
  const each = rows === "firings" ? outputs.map((p) => p.ref) : Object.keys(read);
  const recorder = { component: RECORDER, on: { each }, in: read, params, origin };
  // messages are kept as they are sent, and rows as their anchor reads them
  const part = rows === "firings" && outputs.some(({ vertex }) => vertex.place === "world") ? "world" : "nodes";
  const after: Graph = { ...graph, [part]: { ...graph[part], [id]: recorder } };
  const what = `a recorder of ${[...inputs, ...outputs].map((p) => `\`${p.ref}\``).join(", ")}`;
  const when = rows === "firings" ? `a row a firing of ${owners(outputs)}` : "every message, rows joined by stamp";
  return {
    graph: after,
    changes: [{ verb: "inserts", path: `/${part}/${id}`, text: `${what}: ${when}` }],
    refusals: [],
  };
}

const isFiring = ({ vertex }: NamedPort) => vertex.place === "nodes" || vertex.place === "world";

const owners = (ports: readonly NamedPort[]) => [...new Set(ports.map((p) => `\`${p.vertex.id}\``))].join(", ");

/** The input as a node of the outputs reads it, so that the row holds what its firing saw. */
function asAnchorReads({ from: source }: NamedPort, outputs: readonly NamedPort[]): Input {
  for (const { vertex } of outputs) {
    if (vertex.place !== "nodes" && vertex.place !== "world") continue;
    const [port, input] = Object.entries(vertex.node.in).find(([, { from }]) => from === source) ?? [];
    if (input === undefined) continue;
    // periods are those of the anchor's clock, and the recorder has none
    const delay_ns = vertex.inputs.find((typed) => typed.port === port)?.delay_ns;
    return delay_ns === undefined ? input : { ...input, delay: `${delay_ns}ns` };
  }
  return { from: source };
}
