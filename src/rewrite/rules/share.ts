/**
 * share: a stand-in drives a share of the firings, beside the nodes that it stands in for.
 *
 *   joints ──► controller ──► torque      →      joints ─┬─► controller ──────────┬─► controller#share ──► torque
 *                                                        └─► controller#student ──┘
 *
 * Both run at every firing on the same inputs, and a draw decides whose answer goes on. The nodes inside go on reading
 * each other; everybody outside reads what was applied. It is the mixture policy of DAgger (Ross, Gordon, Bagnell 2011),
 * and a canary release.
 */
import Type from "typebox";
import type { Params } from "../../component/component.js";
import { SHARE, TURN } from "../../component/share.js";
import type { Graph, GraphNode, Ref } from "../../graph/ir.js";
import { nearest } from "../../problem/nearest.js";
import { problem } from "../../problem/problem.js";
import { insertedId } from "../inserted-id.js";
import { type Region, regionOf } from "../region.js";
import { effective, rewire } from "../rewire.js";
import { type Change, type Options, type Outcome, type Rule, refuse, type Subject } from "../rule.js";
import { nodesOption, type Selection, selectNodes } from "../select.js";

/**
 * The rule.
 *
 * @example
 * const options = { nodes: ["controller"], with: "control/pd", params: { kp: 20, kd: 5 }, share: 0.1 };
 * const graph = { ...typed.graph, rewrites: [{ rule: "share", options }] };
 * rewrite(graph, catalogue, [share]).graph.streams.out.torque?.from // "controller#share.value"
 */
export const share: Rule = {
  name: "share",
  doc: "Lets a stand-in drive a share of the firings, beside the nodes that it stands in for.",
  picture: `joints ──► controller ──► torque   →   joints ─┬─► controller ────────┬─► controller#share ──► torque
                                               └─► controller#student ┘`,
  example: "- share: {nodes: controller, with: model:reach@2, share: 0.1}",
  notes:
    "Both run at every firing, on the same inputs, and one draw a firing decides for all outputs. Where the stand-in has no answer the nodes' own goes on. A recorder with `raw: true` keeps what the nodes would have done in the states that the stand-in visits.",
  laws: [
    "With a share of 0 no digest changes; with a share of 1 the digests are those of `substitute`, if the stand-in always answers.",
    "The same seed gives the same turns.",
  ],
  phase: "shadow",
  options: Type.Object(
    {
      nodes: nodesOption("the region that the stand-in stands in for"),
      with: Type.String({ description: "a component with the same ports: `model:reach@1`, `./reach.ts`" }),
      share: Type.Number({ minimum: 0, maximum: 1, description: "of the firings that the stand-in drives, 0 to 1" }),
      params: Type.Optional(Type.Record(Type.String(), Type.Any(), { description: "params of the stand-in" })),
    },
    { additionalProperties: false },
  ),
  inserts: (options) => (typeof options.with === "string" ? [options.with] : []),
  apply,
};

function apply(subject: Subject, options: Options): Outcome {
  const { typed, origin, catalogue } = subject;
  const chosen = selectNodes(subject, options.nodes as unknown as Selection, `${origin.path}/nodes`);
  if (chosen.problems.length > 0) return refuse(subject, ...chosen.problems);
  const ids = chosen.found.map(({ id }) => id);
  const region = regionOf(typed, ids, share.name, `${origin.path}/nodes`);
  if (Array.isArray(region)) return refuse(subject, ...region);

  const component = options.with as string;
  const params = (options.params ?? {}) as Params;
  const types = Object.fromEntries(region.inputs.map(({ port, type }) => [port, type]));
  const signature = catalogue.signature(component, params, types);
  if (signature === undefined) {
    const names = catalogue.components();
    const help = `Write \`model:NAME@VERSION\`, a file, or a library name such as \`${nearest(component, names) ?? names[0]}\`.`;
    const reason = `there is no component \`${component}\``;
    return refuse(subject, problem("L0509", { rule: share.name, reason, help }, { path: `${origin.path}/with` }));
  }
  const missing = region.outputs.filter(({ port }) => !Object.hasOwn(signature.outputs, port)).map(({ port }) => port);
  const loops = ownLoops(subject, region);
  const lacking = Object.entries(signature.inputs)
    .filter(([port, { optional }]) => optional !== true && !Object.hasOwn(types, port) && !Object.hasOwn(loops, port))
    .map(([port]) => port);
  if (missing.length > 0 || lacking.length > 0)
    return refuse(
      subject,
      problem("L0507", { model: component, missing, unknown: lacking }, { path: `${origin.path}/with` }),
    );
  return inserted(subject, region, options, Object.keys(signature.inputs));
}

/** Delayed edges from a lone node to itself. The stand-in hears at them what was applied, whoever said it. */
const ownLoops = ({ graph }: Subject, { nodes: [id, ...more] }: Region): GraphNode["in"] =>
  more.length > 0
    ? {}
    : Object.fromEntries(Object.entries(graph.nodes[id!]!.in).filter(([, { from }]) => from.startsWith(`${id}.`)));

function inserted(subject: Subject, region: Region, options: Options, reads: readonly string[]): Outcome {
  const { graph, origin } = subject;
  const base = region.outputs[0]!.node;
  const student = insertedId(graph, base, "student");
  const turn = insertedId(graph, base, "turn");
  const first = region.outputs[0]!.ref;
  const all = { ...ownLoops(subject, region), ...Object.fromEntries(region.inputs.map((r) => [r.port, r.input])) };
  const read = Object.entries(all).filter(([port]) => reads.includes(port));
  const nodes: { [id: string]: GraphNode } = {
    [student]: {
      component: options.with as string,
      on: region.on,
      in: Object.fromEntries(read.map(([port, input]) => [port, { ...input, origin }])),
      params: (options.params ?? {}) as Params,
      origin,
    },
    [turn]: {
      component: TURN,
      on: { each: ["teacher"] },
      in: { teacher: { from: first, origin } },
      params: { share: options.share as number },
      origin,
    },
  };
  const renamed = new Map<Ref, Ref>();
  let after: Graph = { ...graph, nodes: { ...graph.nodes, ...nodes } };
  for (const { node, of, port, ref } of region.outputs) {
    const several = region.outputs.filter((o) => o.node === node).length > 1;
    const id = insertedId(after, node, several ? `share_${of}` : "share");
    const from = effective(graph, ref);
    const initial = graph.nodes[node]?.initial?.[of];
    nodes[id] = {
      component: SHARE,
      on: { each: ["value"] },
      in: {
        value: { from, origin },
        student: { from: `${student}.${port}`, origin },
        turn: { from: `${turn}.student`, origin },
      },
      params: {},
      ...(initial === undefined ? {} : { initial: { value: initial } }),
      origin,
    };
    after = { ...after, nodes: { ...after.nodes, [id]: nodes[id]! } };
    renamed.set(from, `${id}.value`);
  }
  const changes: Change[] = [
    {
      verb: "inserts",
      path: `/nodes/${student}`,
      text: `\`${options.with as string}\`, which drives in ${options.share as number} of the firings of \`${base}\``,
    },
    ...[...renamed].map(
      ([from, now]): Change => ({
        verb: "rewires",
        path: `/nodes/${base}`,
        text: `readers of \`${from}\` read \`${now}\``,
      }),
    ),
  ];
  const except = new Set([...region.nodes, ...Object.keys(nodes).filter((id) => id !== student)]);
  return { graph: rewire(after, renamed, { except }), changes, refusals: [], renamed };
}
