/**
 * graph ──► ids ──► wiring ──► order ──► signatures ──► ports ──► triggers ──► values, inputs, nodes, contracts, unused, soundness, evaluate ──► TypedGraph
 *
 * Every check adds what it finds and marks what is wrong; none stops at the first problem, and later ones pass over
 * what hangs on a mistake already told.
 */

import type { Problem } from "../problem/problem.js";
import type { Catalogue } from "./catalogue.js";
import { checkContracts } from "./checks/contracts.js";
import { checkEvaluate, checkRewrites } from "./checks/evaluate.js";
import { checkIds } from "./checks/ids.js";
import { checkInputs } from "./checks/inputs.js";
import { checkNodes } from "./checks/nodes.js";
import { checkOrder } from "./checks/order.js";
import { checkPorts } from "./checks/ports.js";
import { checkSignatures } from "./checks/signatures.js";
import { checkSoundness } from "./checks/soundness.js";
import { checkTriggers } from "./checks/triggers.js";
import { checkUnused } from "./checks/unused.js";
import { checkValues } from "./checks/values.js";
import { checkWiring } from "./checks/wiring.js";
import { type Draft, type DraftInput, type DraftVertex, draftOf, inputOf } from "./draft.js";
import type { Graph, InStream, OutStream } from "./ir.js";
import { throughRelays } from "./relay.js";
import type { TypedGraph, TypedInput, TypedOutput, Vertex } from "./typed.js";

export interface Checked {
  /** Present exactly when no problem is an error. */
  readonly typed?: TypedGraph;
  readonly problems: readonly Problem[];
}

/**
 * Checks a graph whose params are bound, and resolves every name, type and trigger in it.
 *
 * Takes time linear in nodes and edges (log-linear for the order), 10⁴ nodes at most.
 *
 * @example
 * const { typed, problems } = check(bind(graph, { set: {} }).graph, catalogue);
 * problems // []
 * typed?.vertices.map(({ id }) => id) // ["operator", "arm", "target", …]
 */
export function check(graph: Graph, catalogue: Catalogue): Checked {
  const draft = draftOf(graph, catalogue);
  checkIds(draft);
  if (draft.problems.some((p) => p.code === "L0230")) return { problems: draft.problems };
  checkWiring(draft);
  checkOrder(draft);
  checkSignatures(draft);
  checkPorts(draft);
  checkTriggers(draft);
  checkValues(draft);
  checkInputs(draft);
  checkNodes(draft);
  checkContracts(draft);
  checkUnused(draft);
  checkSoundness(draft);
  checkRewrites(draft);
  checkEvaluate(draft);
  const { problems } = draft;
  if (problems.some((p) => p.severity === "error")) return { problems };
  return { typed: throughRelays(typedGraph(draft)), problems };
}

function typedGraph(draft: Draft): TypedGraph {
  const vertices = draft.order.map((v, rank) => typedVertex(v, rank));
  return { graph: draft.graph, vertices, byId: new Map(vertices.map((v) => [v.id, v])), seed: draft.graph.seed };
}

function typedVertex(v: DraftVertex, rank: number): Vertex {
  const common = {
    id: v.id,
    rank,
    path: v.path,
    inputs: v.inputs.map(typedInput),
    outputs: typedOutputs(v),
    inserted: v.origins.length > 0 || v.id.includes("#"),
  };
  const { node, signature, trigger } = v;
  if (node !== undefined)
    return {
      ...common,
      place: v.place as "world" | "nodes",
      node,
      signature: signature!,
      trigger: trigger!,
      ...(v.latency === undefined ? {} : { latency: v.latency }),
      ...(v.restart === undefined ? {} : { restart: v.restart }),
      ...(node.place === undefined ? {} : { placement: node.place }),
      ...(v.timeout_ns === undefined ? {} : { timeout_ns: v.timeout_ns }),
    };
  const contract = v.contract!;
  return v.place === "in"
    ? { ...common, place: "in", stream: v.stream as InStream, contract }
    : { ...common, place: "out", stream: v.stream as OutStream, contract };
}

function typedOutputs(v: DraftVertex): TypedOutput[] {
  const withInitial = (port: string, kind: TypedOutput["kind"], type: TypedOutput["type"], initials: object) =>
    Object.hasOwn(initials, port)
      ? { port, kind, type, initial: (initials as { [p: string]: TypedOutput["initial"] })[port]! }
      : { port, kind, type };
  if (v.stream !== undefined) {
    const { kind = "signal", initial } = v.stream;
    return [withInitial("out", kind, v.type!, initial === undefined ? {} : { out: initial })];
  }
  return Object.entries(v.signature!.outputs).map(([port, o]) =>
    withInitial(port, o.kind, o.type, v.node!.initial ?? {}),
  );
}

function typedInput(i: DraftInput): TypedInput {
  const port = inputOf(i.vertex, i.port)!;
  const { vertex, port: from, field } = i.from!;
  const initial = i.input?.initial;
  return {
    port: i.port,
    path: i.path,
    kind: port.kind,
    optional: port.optional === true || i.vertex.signature?.wakes === true,
    type: i.type!,
    from: { vertex: vertex.id, port: from!, field },
    missing: i.input?.missing ?? "skip",
    boundary: i.boundary,
    ...(i.max_age_ns === undefined ? {} : { max_age_ns: i.max_age_ns }),
    ...(i.delay_ns === undefined ? {} : { delay_ns: i.delay_ns }),
    ...(initial === undefined ? {} : { initial }),
    ...(i.input?.exact === true ? { exact: true } : {}),
    ...(i.queue === undefined ? {} : { queue: i.queue }),
  };
}
