/**
 * inject-fault: loses, delays, disturbs, freezes and spoils messages on their way, and makes nodes crash.
 *
 *   joints ──► controller      →      joints ──► joints#noise ──► joints#loss ──► controller
 *   controller (control/pd)    →      controller (crashing:control/pd)
 *
 * Every reader gets the faulty value: nodes, out-streams, metrics, monitors and recorders. On a port of the world it is
 * the in-streams that do; the world itself, and whoever measures it, keeps the truth. Faults are seeded by the ids of what
 * is inserted, so the same seed gives the same faults, and a fault of nothing changes nothing.
 */
import Type from "typebox";
import { crashing, isCrashing } from "../../component/crashing.js";
import type { Graph, GraphNode, Ref } from "../../graph/ir.js";
import type { NodeVertex, Vertex } from "../../graph/typed.js";
import type { Json } from "../../message/type.js";
import { LimbeckError, type Problem, problem } from "../../problem/problem.js";
import { during, type Fault, faultOptions, faultsIn, ON_PORTS } from "../faults.js";
import { insertedId } from "../inserted-id.js";
import { findPort, isStream, type NamedPort, refOf } from "../port.js";
import { quantities } from "../quantities.js";
import { effective, effectiveOutside, mapValues, rewire, simulatedBy } from "../rewire.js";
import { type Change, type Options, type Outcome, type Rule, refuse, type Subject } from "../rule.js";
import { nodesOption, portsOption, type Selection, selectNodes, selectPorts } from "../select.js";

const NOTES = `Faults on ports are components of the library (\`fault/freeze\`, \`fault/noise\`, \`fault/nan\`, \`fault/drop-out\`, \`fault/delay\`), one node each, in this order: the sensor first, then the link. \`nodes:\` with such a fault means all their outputs. On an out-stream the fault sits in front of it, so that the world hears what went wrong too.

On a port of the world (\`arm.joints\`) the fault is the sensor's: it sits in front of the in-streams that the port feeds, on the far side of their contract, so that the run log has what went wrong, one draw for all of them. The world itself is left as it is, and the port's name goes on meaning the truth: a metric against \`arm.joints\` measures against what is so, and \`diagnose\` sees the fault at the stream.

A message that is delayed keeps its stamp, so that it arrives old, and none overtakes another. What crosses the boundary is finite: NaN that reaches an out-stream is a fault of the node that said it, and on a port of the world it is refused (put it on the stream).

A crash is the node's own: a firing throws, as a bug in it would. What follows is what the node declares: another start within its \`restart\` budget, then its \`safe\` outputs.`;

/**
 * The rule.
 *
 * @example
 * const options = { ports: ["joints"], loss: "10%" };
 * const graph = { ...typed.graph, rewrites: [{ rule: "inject-fault", options }] };
 * rewrite(graph, catalogue, [injectFault]).graph.nodes.controller?.in.joints?.from // "joints#loss.value"
 */
export const injectFault: Rule = {
  name: "inject-fault",
  doc: "Loses, delays, disturbs, freezes or spoils the messages of ports, and makes nodes crash: for tests.",
  picture: `joints ──► controller      →   joints ──► joints#noise ──► joints#loss ──► controller
controller (control/pd)    →   controller (crashing:control/pd)`,
  example: `- inject-fault: {ports: [joints], noise: 0.02, loss: 10%, delay: 20ms, from: 2s}
- inject-fault: {nodes: {tag: safety}, crash: {at: 3s}}`,
  notes: NOTES,
  laws: [
    "Faults of nothing (`loss: 0%`, a window that never comes) change no digest.",
    "The same seed gives the same faults; each is drawn from a generator of its own, named by the inserted node's id.",
  ],
  phase: "inject-fault",
  options: Type.Object(
    {
      ports: Type.Optional(portsOption("ports whose messages go wrong")),
      nodes: Type.Optional(nodesOption("nodes that crash, or all whose outputs go wrong")),
      ...faultOptions,
      ...during,
    },
    { additionalProperties: false },
  ),
  inserts: () => [],
  apply,
};

function apply(subject: Subject, options: Options): Outcome {
  const { origin, typed } = subject;
  const { path } = origin;
  const read = quantities();
  const faults = faultsIn(options, path, read);
  const ports =
    options.ports === undefined
      ? undefined
      : selectPorts(subject, options.ports as unknown as Selection, `${path}/ports`);
  const nodes =
    options.nodes === undefined
      ? undefined
      : selectNodes(subject, options.nodes as unknown as Selection, `${path}/nodes`);
  const problems = [
    ...read.problems,
    ...(ports?.problems ?? []),
    ...(nodes?.problems ?? []),
    ...incomplete(options, path),
  ];
  if (problems.length > 0) return refuse(subject, ...problems);

  const chosen = new Map<Ref, NamedPort>();
  const outputs = (nodes?.found ?? []).flatMap((vertex) =>
    vertex.outputs.map(({ port }) => findPort(typed, refOf(vertex, port))!),
  );
  if (faults.ports.length > 0) for (const port of [...(ports?.found ?? []), ...outputs]) chosen.set(port.ref, port);
  const named = [options.ports].flat().filter((choice) => typeof choice === "string");
  const byName = new Set(named.map((name) => findPort(typed, name)?.ref));
  const deaf = [...chosen.values()].filter(
    ({ vertex, ref }) => vertex.place === "world" && feeds(subject.graph, ref).length === 0,
  );
  // a pattern may well choose ports of the world that feed nothing but the world, unless there are no others
  if (deaf.length < chosen.size) for (const { ref } of deaf) if (!byName.has(ref)) chosen.delete(ref);
  const targets = [...chosen.values()];
  const misfits = [
    ...outOfReach(subject, targets, path),
    ...unfit(subject, targets, faults.ports, path),
    ...notFinite(subject, targets, faults.ports, path),
    ...(faults.crash === undefined ? [] : twice(nodes!.found, path)),
  ];
  if (misfits.length > 0) return refuse(subject, ...misfits);

  let { graph } = subject;
  const changes: Change[] = [];
  const renamed = new Map<Ref, Ref>();
  for (const port of targets) {
    const done = onPort(graph, port, faults.ports, subject);
    graph = done.graph;
    changes.push(...done.changes);
    for (const [ref, now] of done.renamed) renamed.set(ref, now);
  }
  if (faults.crash !== undefined)
    for (const vertex of nodes!.found) {
      graph = crash(graph, vertex, faults.crash, subject);
      changes.push({
        verb: "replaces",
        path: `/nodes/${vertex.id}`,
        text: `\`${vertex.id}\` by one that crashes ${inWords(faults.crash)}`,
      });
    }
  return { graph, changes, refusals: [], renamed };
}

/** Puts one node a fault between a port and all who read it; between one of the world and the streams that it feeds. */
function onPort(graph: Graph, port: NamedPort, faults: readonly Fault[], { origin }: Subject) {
  const { vertex } = port;
  const { place } = vertex;
  const part = place === "world" ? "world" : "nodes";
  const first = faultyFrom(graph, port);
  const initial = initialOf(vertex, port.port);
  const several = !isStream(vertex) && vertex.outputs.length > 1;
  const nodes: { [id: string]: GraphNode } = {};
  let from = first;
  let after: Graph = graph;
  for (const { name, component, params } of faults) {
    const id = insertedId(after, vertex.id, several ? `${name}_${port.port}` : name);
    nodes[id] = {
      component,
      on: { each: ["value"] },
      in: { value: { from, origin } },
      params: { ...params, ...(port.kind === "event" ? { kind: "event" } : {}) },
      ...(initial === undefined ? {} : { initial: { value: initial } }),
      origin,
    };
    from = `${id}.value`;
    after = { ...after, [part]: { ...after[part], [id]: nodes[id]! } };
  }
  const now = new Map([[first, from]]);
  const { streams } = after;
  // what crosses the boundary is faulty already, and its name stands for what does
  const renamed: ReadonlyMap<Ref, Ref> = place === "out" || place === "world" ? new Map() : now;
  const rewired: Graph =
    place === "out"
      ? {
          ...after,
          streams: { ...streams, out: { ...streams.out, [vertex.id]: { ...streams.out[vertex.id]!, from } } },
        }
      : place === "world"
        ? { ...after, streams: { ...streams, in: mapValues(streams.in, (stream) => simulatedBy(stream, now)) } }
        : rewire(after, now, { except: new Set(Object.keys(nodes)) });
  const inserts = faults.map(({ component, params }, i): Change => {
    const settings = Object.entries(params).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    return {
      verb: "inserts",
      path: `/${part}/${Object.keys(nodes)[i]}`,
      text: `\`${component}\` on \`${port.ref}\`${settings.length === 0 ? "" : `: ${settings.join(", ")}`}`,
    };
  });
  const rewires = (path: string, text: string): Change => ({ verb: "rewires", path, text });
  const rewirings =
    place === "world"
      ? feeds(graph, port.ref).map((id) => rewires(`/streams/in/${id}`, `\`${id}\` is simulated by \`${from}\``))
      : [
          rewires(
            vertex.path,
            place === "out" ? `\`${vertex.id}\` sends \`${from}\`` : `readers of \`${port.ref}\` read \`${from}\``,
          ),
        ];
  return { graph: rewired, renamed, changes: [...inserts, ...rewirings] };
}

/** What the first fault of a port reads. */
function faultyFrom(graph: Graph, { ref, vertex }: NamedPort): Ref {
  if (vertex.place === "out") return graph.streams.out[vertex.id]!.from;
  return vertex.place === "world" ? effectiveOutside(graph, ref) : effective(graph, ref);
}

/** The in-streams that a port of the world simulates, through the faults that it has already. */
function feeds(graph: Graph, ref: Ref): string[] {
  const last = effectiveOutside(graph, ref);
  return Object.entries(graph.streams.in).flatMap(([id, { simulate }]) =>
    simulate !== undefined && simulate.split(":", 1)[0] === last ? [id] : [],
  );
}

function initialOf(vertex: Vertex, port: string): Json | undefined {
  if ("node" in vertex) return vertex.node.initial?.[port];
  return vertex.stream.initial;
}

/** The node with its component wrapped in one that crashes. */
function crash(graph: Graph, { id }: NodeVertex, when: { readonly [name: string]: Json }, { origin }: Subject): Graph {
  const node = graph.nodes[id]!;
  return {
    ...graph,
    nodes: { ...graph.nodes, [id]: { origin, ...node, ...crashing(node, { by: origin.path, ...when }) } },
  };
}

/** Nodes that crash already: when they do is said in one place. */
const twice = (nodes: readonly NodeVertex[], path: string): Problem[] =>
  nodes
    .filter(({ node }) => isCrashing(node.component))
    .map(({ id, node: { origin } }) =>
      problem(
        "L0514",
        {
          rule: injectFault.name,
          reason: `\`${id}\` crashes already`,
          help: "Name all times in one place: `crash: {at: [3s, 5s]}`.",
        },
        {
          path: `${path}/crash`,
          ...(origin === undefined ? {} : { related: [{ message: "told here", path: origin.path }] }),
        },
      ),
    );

/** Options that name nothing to do, or nothing to do it to. */
function incomplete(options: Options, path: string): Problem[] {
  const wrong = (reason: string, help: string, at = path) =>
    problem("L0514", { rule: injectFault.name, reason, help }, { path: at });
  const onPorts = ON_PORTS.filter((name) => options[name] !== undefined);
  const { ports, nodes, crash } = options;
  if (ports === undefined && nodes === undefined)
    return [wrong("it is told neither ports nor nodes", "Name `ports:` or `nodes:`.")];
  if (onPorts.length === 0 && crash === undefined)
    return [wrong("it is told no fault", "Name one or more of `loss`, `delay`, `noise`, `freeze`, `nan`, `crash`.")];
  if (crash !== undefined && nodes === undefined)
    return [wrong("ports do not crash", "Name the node: `nodes: [controller], crash: {at: 3s}`.", `${path}/crash`)];
  if (ports !== undefined && onPorts.length === 0)
    return [wrong("a crash is the node's, and `ports` has no other fault", "Leave `ports:` out.", `${path}/ports`)];
  const { at, rate } = (crash ?? {}) as { readonly [key: string]: Json };
  if (crash !== undefined && at === undefined && rate === undefined)
    return [
      wrong(
        "the crash has neither a time nor a rate",
        "Write `crash: {at: 3s}` or `crash: {rate: 0.1hz}`.",
        `${path}/crash`,
      ),
    ];
  return [];
}

/** Ports of the world that feed no stream, and single fields. */
function outOfReach({ graph, origin }: Subject, targets: readonly NamedPort[], path: string): Problem[] {
  const deaf = targets.filter(({ ref, vertex }) => vertex.place === "world" && feeds(graph, ref).length === 0);
  const feeding = Object.values(graph.streams.in).flatMap(({ simulate }) => simulate ?? []);
  const fields = targets.filter(({ ref }) => ref.includes(":")).map(({ ref }) => ref);
  return [
    ...(deaf.length === 0
      ? []
      : [
          problem(
            "L0513",
            { rule: origin.rule, ports: deaf.map(({ ref }) => ref), feeding: [...new Set(feeding)] },
            { path: `${path}/ports` },
          ),
        ]),
    ...fields.map((ref) =>
      problem(
        "L0514",
        {
          rule: origin.rule,
          reason: `\`${ref}\` is a part of a message, and messages go wrong as a whole`,
          help: `Name \`${ref.split(":")[0]}\`.`,
        },
        { path: `${path}/ports` },
      ),
    ),
  ];
}

/** NaN in the world, which would end there what sends it. */
function notFinite(
  { graph, origin }: Subject,
  targets: readonly NamedPort[],
  faults: readonly Fault[],
  path: string,
): Problem[] {
  if (!faults.some(({ name }) => name === "nan")) return [];
  return targets.flatMap(({ ref, vertex }) => {
    const streams = vertex.place === "world" ? feeds(graph, ref) : [];
    if (streams.length === 0) return [];
    const reason = "what crosses the boundary is finite, and a driver that reads NaN is one inside of it";
    const help = `Choose ${streams.map((id) => `\`${id}\``).join(", ")}.`;
    return [problem("L0512", { rule: origin.rule, option: "nan", port: ref, reason, help }, { path: `${path}/nan` })];
  });
}

/** Faults that a port's type does not take: told by the component that would be inserted. */
function unfit(
  { catalogue, origin }: Subject,
  targets: readonly NamedPort[],
  faults: readonly Fault[],
  path: string,
): Problem[] {
  return targets.flatMap(({ ref, type }) =>
    faults.flatMap(({ name, component, params }) => {
      try {
        catalogue.signature(component, params, { value: type });
        return [];
      } catch (error) {
        if (!(error instanceof LimbeckError)) throw error;
        return error.problems.map(({ message, help = "" }) =>
          problem(
            "L0512",
            { rule: origin.rule, option: name, port: ref, reason: message, help },
            { path: `${path}/${name}` },
          ),
        );
      }
    }),
  );
}

function inWords({ at, rate, from, until }: { readonly [name: string]: Json }): string {
  return [
    at === undefined ? "" : `at ${(at as readonly number[]).map((t) => `${t} s`).join(", ")}`,
    rate === undefined ? "" : `${rate} times a second`,
    from === undefined ? "" : `from ${from} s`,
    until === undefined ? "" : `until ${until} s`,
  ]
    .filter(Boolean)
    .join(" ");
}
