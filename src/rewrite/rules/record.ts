/**
 * record: keeps what chosen ports say, as rows of an anchor or as messages to be joined by stamp.
 *
 *   joints ──► controller ──► torque        joints ──► controller ──┬──► torque
 *                                      →       └──► record#reach ◄──┘
 *
 * The recorder reads every port exactly as the anchor does (same `max_age`, `delay`, `missing`); it feeds nobody.
 */
import Type from "typebox";
import type { Graph, Input } from "../../graph/ir.js";
import type { Json } from "../../message/type.js";
import { nearest } from "../../problem/nearest.js";
import { type Problem, problem } from "../../problem/problem.js";
import { findPort, type NamedPort, portNames } from "../port.js";
import { type Options, type Outcome, type Rule, refuse, type Subject } from "../rule.js";

/** The component that the rule inserts. */
export const RECORDER = "record/recorder";

const names = (description: string) => Type.Array(Type.String(), { description });

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
  phase: "record",
  options: Type.Object(
    {
      as: Type.String({ pattern: "^[A-Za-z][A-Za-z0-9_-]*$", description: "name of the recording" }),
      inputs: Type.Optional(names("ports that the row's firing reads")),
      outputs: names("ports whose firing makes a row"),
      rows: Type.Optional(
        Type.Enum(["firings", "asof"], {
          description: "`firings`: a row a firing of the outputs' node. `asof`: every message, joined by stamp.",
        }),
      ),
      keep: Type.Optional(
        Type.Object(
          { rows: Type.Optional(Type.Integer({ minimum: 1, description: "only the last so many rows" })) },
          { additionalProperties: false },
        ),
      ),
      every: Type.Optional(Type.Integer({ minimum: 1, description: "keep every n-th row" })),
    },
    { additionalProperties: false },
  ),
  apply,
};

function apply(subject: Subject, options: Options): Outcome {
  const { typed, graph, origin } = subject;
  const problems: Problem[] = [];
  const resolve = (key: "inputs" | "outputs") =>
    ((options[key] ?? []) as string[]).flatMap((name, i) => {
      const port = findPort(typed, name);
      if (port !== undefined) return [port];
      const known = portNames(typed);
      const path = `${origin.path}/${key}/${i}`;
      problems.push(problem("L0504", { rule: "record", port: name, known, nearest: nearest(name, known) }, { path }));
      return [];
    });
  const inputs = resolve("inputs");
  const outputs = resolve("outputs");
  const id = `record#${options.as as string}`;
  if (Object.hasOwn(graph.nodes, id))
    problems.push(
      problem(
        "L0509",
        {
          rule: "record",
          reason: `there is a recording \`${options.as as string}\` already`,
          help: "Give it another name.",
        },
        { path: `${origin.path}/as` },
      ),
    );
  if (problems.length > 0) return refuse(subject, ...problems);

  const rows = (options.rows as string | undefined) ?? (outputs.every(isFiring) ? "firings" : "asof");
  const read: { [port: string]: Input } = {};
  for (const port of inputs) read[port.ref] = { ...asAnchorReads(port, outputs), origin };
  for (const port of outputs) read[port.ref] = { from: port.ref, origin };
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
  const after: Graph = { ...graph, nodes: { ...graph.nodes, [id]: recorder } };
  const what = `a recorder of ${[...inputs, ...outputs].map((p) => `\`${p.ref}\``).join(", ")}`;
  const when = rows === "firings" ? `a row a firing of ${owners(outputs)}` : "every message, rows joined by stamp";
  return {
    graph: after,
    changes: [{ verb: "inserts", path: `/nodes/${id}`, text: `${what}: ${when}` }],
    refusals: [],
  };
}

const isFiring = ({ vertex }: NamedPort) => vertex.place === "nodes" || vertex.place === "world";

const owners = (ports: readonly NamedPort[]) => [...new Set(ports.map((p) => `\`${p.vertex.id}\``))].join(", ");

/** The input as a node of the outputs reads it, so that the row holds what its firing saw. */
function asAnchorReads({ ref }: NamedPort, outputs: readonly NamedPort[]): Input {
  for (const { vertex } of outputs) {
    if (vertex.place !== "nodes" && vertex.place !== "world") continue;
    const [port, input] = Object.entries(vertex.node.in).find(([, { from }]) => from === ref) ?? [];
    if (input === undefined) continue;
    // periods are those of the anchor's clock, and the recorder has none
    const delay_ns = vertex.inputs.find((typed) => typed.port === port)?.delay_ns;
    return delay_ns === undefined ? input : { ...input, delay: `${delay_ns}ns` };
  }
  return { from: ref };
}
