/**
 * substitute: a model in the place of a node, of a region, or of a stream.
 *
 *   joints ──► [ik ─► controller ◄─ gravity] ──► torque      →      joints ──► controller (reach@1) ──► torque
 *
 * Authored names go on meaning the effective value: with one output node the stand-in takes that node's id; with
 * several it gets an id of its own, and whoever named an old port is rewired.
 */
import Type from "typebox";
import type { InputTypes, Params } from "../../component/component.js";
import type { Signature } from "../../graph/catalogue.js";
import type { Graph, GraphNode, Input } from "../../graph/ir.js";
import { nearest } from "../../problem/nearest.js";
import { LimbeckError, type Problem, problem } from "../../problem/problem.js";
import { findPort } from "../port.js";
import { type Boundary, boundaryOf, type Region, regionOf } from "../region.js";
import { rewire } from "../rewire.js";
import { type Change, type Options, type Outcome, type Rule, refuse, type Subject } from "../rule.js";
import { nodesOption, type Selection, selectNodes } from "../select.js";

/**
 * The rule.
 *
 * @example
 * const options = { nodes: ["gravity"], with: "dynamics/two-link-gravity", params: { gravity: 1.62 } };
 * const graph = { ...typed.graph, rewrites: [{ rule: "substitute", options }] };
 * rewrite(graph, catalogue, [substitute]).graph.nodes.gravity?.params // { gravity: 1.62 }
 */
export const substitute: Rule = {
  name: "substitute",
  doc: "Puts a model (or any component with the same ports) in the place of nodes or of a stream.",
  picture: `joints ──► [ik ─► controller ◄─ gravity] ──► torque   →   joints ──► controller (model:reach@1) ──► torque`,
  example: `- substitute: {nodes: [ik, controller, gravity], with: model:reach@champion}
- substitute: {nodes: {component: filter/ema}, each: true, with: filter/median, params: {samples: 5}}`,
  laws: [
    "A component in the place of itself changes no digest.",
    "Authored names go on meaning the effective value: with one output node the stand-in takes that node's id; with several, whoever named an old port is rewired.",
  ],
  phase: "substitute",
  options: Type.Object(
    {
      nodes: Type.Optional(nodesOption("the region to replace")),
      each: Type.Optional(
        Type.Boolean({ description: "replace every one of the nodes by itself, and not all of them by one stand-in" }),
      ),
      stream: Type.Optional(Type.String({ description: "the in-stream to replace" })),
      with: Type.String({ description: "a component: `model:reach@1`, `./reach.ts`" }),
      inputs: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: "where the stand-in's inputs come from" }),
      ),
      params: Type.Optional(Type.Record(Type.String(), Type.Any(), { description: "params of the stand-in" })),
      as: Type.Optional(Type.String({ description: "id of the stand-in, where it needs one of its own" })),
    },
    { additionalProperties: false },
  ),
  inserts: (options) => (typeof options.with === "string" ? [options.with] : []),
  apply(subject, options) {
    const { nodes, stream } = options;
    if ((nodes === undefined) === (stream === undefined)) return untold(subject, nodes !== undefined);
    return nodes === undefined
      ? inStream(subject, options, stream as string)
      : chosen(subject, options, nodes as unknown as Selection);
  },
};

const untold = (subject: Subject, both: boolean): Outcome =>
  refuse(
    subject,
    problem(
      "L0509",
      {
        rule: "substitute",
        reason: both ? "it is told to replace nodes and a stream" : "it is told nothing to replace",
        help: both ? "Write two rewrites, one for each." : "Name `nodes:` or a `stream:`.",
      },
      { path: subject.origin.path },
    ),
  );

/** All chosen nodes as one region, or each as one of its own. */
function chosen(subject: Subject, options: Options, nodes: Selection): Outcome {
  const { found, problems } = selectNodes(subject, nodes, `${subject.origin.path}/nodes`);
  if (problems.length > 0) return refuse(subject, ...problems);
  const ids = found.map(({ id }) => id);
  if (options.each !== true) return region(subject, options, ids);
  let { graph } = subject;
  const changes: Change[] = [];
  const refusals: Problem[] = [];
  for (const id of ids) {
    // ports and types are those of the graph as it was: the stand-in has the node's id, and only its component differs
    const done = region({ ...subject, graph }, options, [id]);
    graph = done.graph;
    changes.push(...done.changes);
    refusals.push(...done.refusals);
  }
  return refusals.length > 0 ? refuse(subject, ...refusals) : { graph, changes, refusals };
}

function region(subject: Subject, options: Options, ids: readonly string[]): Outcome {
  const { typed, graph, origin } = subject;
  const component = options.with as string;
  const params = (options.params ?? {}) as Params;
  const boundary = boundaryOf(typed, ids, "substitute", `${origin.path}/nodes`, { ends: true });
  if (Array.isArray(boundary)) return refuse(subject, ...boundary);
  const inputTypes = Object.fromEntries(boundary.inputs.map(({ port, type }) => [port, type]));
  const signature = signatureOf(subject, component, params, inputTypes);
  if ("refusals" in signature) return signature;
  // who knows itself when it fires, and what a missing value means, reads every port as it is
  const schedule = signature.scheduled === true ? asItIs(graph, boundary, signature) : undefined;
  const found: Replaced | Problem[] = schedule ?? regionOf(typed, ids, "substitute", `${origin.path}/nodes`);
  if (Array.isArray(found)) return refuse(subject, ...found);

  const own = ownLoops(graph, found, signature);
  const given = new Set([...found.inputs.map((i) => i.port), ...own.map(([port]) => port)]);
  const told = (options.inputs ?? {}) as { [port: string]: string };
  const wanted = Object.entries(signature.inputs).filter(([port]) => !given.has(port) && !(port in told));
  const missing = found.outputs.filter(({ port }) => !Object.hasOwn(signature.outputs, port)).map((o) => o.port);
  const lacking = wanted.filter(([, { optional }]) => optional !== true).map(([port]) => port);
  if (missing.length > 0 || lacking.length > 0)
    return refuse(
      subject,
      problem("L0507", { model: component, missing, unknown: lacking }, { path: `${origin.path}/with` }),
    );

  const speakers = [...new Set(found.outputs.map((o) => o.node))];
  const id = speakers.length === 1 ? speakers[0]! : ((options.as as string | undefined) ?? idFor(component, graph));
  const read = found.inputs
    .filter(({ port }) => Object.hasOwn(signature.inputs, port))
    .map(({ port, input }) => [port, { ...input, origin }] as const);
  const node: GraphNode = {
    component,
    ...(found.on === undefined ? {} : { on: found.on }),
    in: { ...Object.fromEntries(read), ...Object.fromEntries(own), ...toldInputs(told, origin) },
    params,
    ...kept(graph, found, "safe"),
    ...kept(graph, found, "initial"),
    origin,
  };
  const nodes: { [id: string]: GraphNode } = {};
  const gone = new Set(found.nodes);
  for (const [key, value] of Object.entries(graph.nodes)) {
    if (key === speakers[0]) nodes[id] = node;
    if (!gone.has(key)) nodes[key] = value;
  }
  const renamed = new Map(found.outputs.map((o) => [o.ref, `${id}.${o.port}`]));
  const after = rewire({ ...graph, nodes }, renamed, { options: true });
  const lost = danglers(after, gone, id);
  if (lost !== undefined) return refuse(subject, problem("L0508", lost, { path: `${origin.path}/nodes` }));
  const changes: Change[] = [
    {
      verb: "replaces",
      path: `/nodes/${id}`,
      text: `${found.nodes.map((n) => `\`${n}\``).join(", ")} by \`${component}\``,
    },
    ...[...renamed]
      .filter(([a, b]) => a !== b)
      .map(([a, b]): Change => ({ verb: "rewires", path: `/nodes/${id}`, text: `\`${a}\` is now \`${b}\`` })),
  ];
  return { graph: after, changes, refusals: [], renamed };
}

function inStream(subject: Subject, options: Options, id: string): Outcome {
  const { typed, graph, origin } = subject;
  const known = Object.keys(graph.streams.in);
  if (!known.includes(id))
    return refuse(
      subject,
      problem(
        "L0504",
        { rule: "substitute", port: id, known, nearest: nearest(id, known) },
        { path: `${origin.path}/stream` },
      ),
    );
  const component = options.with as string;
  const params = (options.params ?? {}) as Params;
  const signature = signatureOf(subject, component, params, {});
  if ("refusals" in signature) return signature;
  const told = (options.inputs ?? {}) as { [port: string]: string };
  const read: { [port: string]: Input } = toldInputs(told, origin);
  const lacking: string[] = [];
  for (const [port, { optional }] of Object.entries(signature.inputs)) {
    if (port in read) continue;
    const source = findPort(typed, port);
    if (source !== undefined && source.vertex.id !== id) read[port] = { from: source.ref, origin };
    else if (optional !== true) lacking.push(port);
  }
  const output = Object.hasOwn(signature.outputs, id) ? id : Object.keys(signature.outputs)[0];
  if (lacking.length > 0 || output === undefined)
    return refuse(
      subject,
      problem(
        "L0507",
        { model: component, missing: output === undefined ? [id] : [], unknown: lacking },
        { path: `${origin.path}/with` },
      ),
    );
  const standIn = (options.as as string | undefined) ?? `${id}#model`;
  const renamed = new Map([[id, `${standIn}.${output}`]]);
  const rewired = rewire(graph, renamed, { options: true });
  return {
    graph: { ...rewired, nodes: { ...rewired.nodes, [standIn]: { component, in: read, params, origin } } },
    changes: [
      { verb: "inserts", path: `/nodes/${standIn}`, text: `\`${component}\`` },
      { verb: "rewires", path: `/streams/in/${id}`, text: `readers of \`${id}\` read \`${standIn}.${output}\`` },
    ],
    refusals: [],
    renamed,
  };
}

/** A region for a stand-in with a schedule of its own: outputs may be named after the out-streams that they are. */
function asItIs(graph: Graph, { nodes, inputs, outputs }: Boundary, signature: Signature): Replaced {
  const streams = Object.entries(graph.streams.out);
  return {
    nodes,
    inputs: inputs.map(({ port, input }) => {
      const { from, delay, initial } = input;
      const late = delay === undefined ? {} : { delay, ...(initial === undefined ? {} : { initial }) };
      return { port, input: { from, ...late } };
    }),
    outputs: outputs.flatMap((output) => {
      if (Object.hasOwn(signature.outputs, output.port)) return [output];
      const stream = streams.find(([id, { from }]) => from === output.ref && Object.hasOwn(signature.outputs, id));
      return stream === undefined ? [] : [{ ...output, port: stream[0] }];
    }),
  };
}

/** What of a region is needed to replace it. */
type Replaced = Pick<Region, "nodes" | "outputs"> & {
  readonly inputs: readonly { readonly port: string; readonly input: Input }[];
  readonly on?: Region["on"];
};

/** What the stand-in looks like, or why there is none of that name and these params. */
function signatureOf(subject: Subject, component: string, params: Params, types: InputTypes): Signature | Outcome {
  try {
    return subject.catalogue.signature(component, params, types) ?? refuse(subject, unknown(subject, component));
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    const path = (p: Problem) => (p.path?.startsWith("/params") ? p.path : "/with");
    return refuse(subject, ...error.problems.map((p) => ({ ...p, path: `${subject.origin.path}${path(p)}` })));
  }
}

const unknown = ({ catalogue, origin }: Subject, component: string) => {
  const names = catalogue.components();
  return problem(
    "L0509",
    {
      rule: "substitute",
      reason: `there is no component \`${component}\``,
      help: `Write \`model:NAME@VERSION\`, a file, or a library name such as \`${nearest(component, names) ?? names[0]}\`.`,
    },
    { path: `${origin.path}/with` },
  );
};

const toldInputs = (told: { [port: string]: string }, origin: Input["origin"] & object) =>
  Object.fromEntries(Object.entries(told).map(([port, from]) => [port, { from, origin }]));

/** Delayed edges from a lone node to itself: they go on if the stand-in has the port too. */
const ownLoops = (graph: Graph, { nodes: [id, ...more] }: Replaced, { inputs }: Signature): [string, Input][] =>
  more.length > 0
    ? []
    : Object.entries(graph.nodes[id!]!.in).filter(
        ([port, { from }]) => from.startsWith(`${id}.`) && Object.hasOwn(inputs, port),
      );

/** What the old nodes declared for the ports that live on. */
function kept(graph: Graph, { outputs }: Replaced, key: "safe" | "initial") {
  const entries = outputs.flatMap(({ node, of, port }) => {
    const value = graph.nodes[node]?.[key]?.[of];
    return value === undefined ? [] : [[port, value] as const];
  });
  return entries.length === 0 ? {} : { [key]: Object.fromEntries(entries) };
}

const idFor = (component: string, graph: Graph): string => {
  const base = /([A-Za-z][\w-]*)(?:@[\w-]+|\.[cm]?[jt]s)?$/.exec(component)?.[1] ?? "standin";
  const { world, nodes, streams } = graph;
  return [world, nodes, streams.in, streams.out].some((ids) => Object.hasOwn(ids, base)) ? `${base}#model` : base;
};

/** Names of removed ports that somebody still reads. */
function danglers(graph: Graph, gone: ReadonlySet<string>, id: string) {
  const dangling = (from: string) => {
    const owner = from.split(/[.:]/)[0]!;
    return gone.has(owner) && owner !== id;
  };
  for (const [reader, node] of Object.entries(graph.nodes)) {
    const ports = Object.values(node.in)
      .map((input) => input.from)
      .filter(dangling);
    if (ports.length > 0) return { ports, reader: `\`${reader}\`` };
  }
  for (const [reader, out] of Object.entries(graph.streams.out))
    if (dangling(out.from)) return { ports: [out.from], reader: `the stream \`${reader}\`` };
  const measured = Object.values(graph.evaluate?.metrics ?? {})
    .flatMap((m) => Object.values(m).flat())
    .filter(dangling);
  return measured.length > 0 ? { ports: measured, reader: "a metric" } : undefined;
}
