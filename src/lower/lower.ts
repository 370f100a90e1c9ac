/**
 * Exact lowering: nodes of a checked graph become one ONNX graph that answers as they do.
 *
 *   typed graph ─ 1 region ─► nodes, ports ─ 2 pieces ─► a graph a node ─ 3 schedule ─► calls
 *               ─ 4 checks ─ 5 emit ─► one graph ─ 6 facts ─► policy
 *
 * What cannot be lowered is told all at once, with the place of the node (L0860 to L0868).
 */

import { createHash } from "node:crypto";
import type { Component, InputTypes } from "../component/component.js";
import type { ModelSpec } from "../component/model.js";
import { messageParts } from "../component/parts.js";
import { readingOf } from "../component/tensor/list.js";
import { canonicalJson, digestOf } from "../graph/digest.js";
import type { Graph } from "../graph/ir.js";
import type { NodeVertex, TypedGraph } from "../graph/typed.js";
import type { MessageSchema } from "../message/type.js";
import { METADATA_KEY } from "../models/metadata.js";
import type { PolicyFacts, PolicyStudent } from "../models/policy.js";
import { type GraphBuilder, graphBuilder } from "../onnx/builder.js";
import type { Model } from "../onnx/ir.js";
import { optimised } from "../onnx/optimise.js";
import { portable } from "../onnx/portable.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { crashOf } from "../runtime/node/firing.js";
import { delayProblems, piecesOf } from "./checks.js";
import { type Emitted, emit } from "./emit/emit.js";
import { mergedModel } from "./emit/merged.js";
import { tracedPiece } from "./emit/program.js";
import type { Piece } from "./piece.js";
import { leadersOf, roundingsOf } from "./promise.js";
import { type LowerRegion, type LowerSpec, lowerRegion } from "./region.js";
import { type Schedule, scheduleOf } from "./schedule.js";

/** A student, and the node that it is. */
export interface StandingIn extends PolicyStudent {
  readonly place: string;
  /** What its ports are in the graph without it: `{ spot: "find.spot" }`. */
  readonly says: { readonly [port: string]: string };
}

export interface LowerOptions {
  readonly component: (name: string) => Component | undefined;
  /** A model by its reference, for nodes that are models. @throws LimbeckError L0850 to L0855 */
  readonly model?: (reference: string, sha256?: string) => Model;
  /** The graph as its author wrote it, for the digest (default: the checked one). */
  readonly authored?: Graph;
  readonly metrics?: PolicyFacts["metrics"];
  /** The nodes whose place the policy takes, where others stand in for some of them by now (default: those of the region). */
  readonly nodes?: readonly string[];
  /** Models among the nodes that were distilled for the policy, in place of nodes that cannot be lowered. */
  readonly students?: readonly StandingIn[];
}

export interface Lowered {
  readonly model: Model;
  readonly facts: PolicyFacts;
  /** Nodes that were asked for and that no output depends on. */
  readonly left_out: readonly string[];
}

/**
 * Lowers a region, or the whole system.
 *
 * @throws LimbeckError L0505, L0509, L0860 to L0868, with the paths of nodes and inputs
 * @example
 * const { typed, component } = await loadGraph("arm-reach.graph.yaml");
 * const { facts } = lower(typed!, { nodes: ["controller"] }, { component });
 * facts.call // { period_ns: 10000000, phase_ns: 0 }
 */
export function lower(typed: TypedGraph, spec: LowerSpec, options: LowerOptions): Lowered {
  const region = lowerRegion(typed, spec);
  const { g, schedule, emitted } = lowerNodes(typed, region, options);
  const written = g.model();
  const students = (options.students ?? []).filter(({ place }) => region.inside.has(place));
  const facts = factsOf(typed, region, schedule, emitted, written, { ...options, students });
  const metadata = { ...written.metadata, [METADATA_KEY]: JSON.stringify(facts) };
  const model = portable({ ...written, metadata, graph: optimised(written.graph) });
  return { model, facts, left_out: region.left_out };
}

/** Phases 2 to 5: the graph of a region, as it is written. */
export function lowerNodes(
  typed: TypedGraph,
  region: LowerRegion,
  options: LowerOptions,
): { readonly g: GraphBuilder; readonly schedule: Schedule; readonly emitted: Emitted } {
  const { pieces, problems } = piecesOf(region, (node) => pieceOf(node, options), options.component);
  if (problems.length > 0) throw new LimbeckError(problems);
  const schedule = scheduleOf({ typed, region, pieces });
  if (!("clocks" in schedule)) throw new LimbeckError(schedule);
  const late = delayProblems(region, schedule);
  if (late.length > 0) throw new LimbeckError(late);
  const g = graphBuilder(typed.graph.name);
  return { g, schedule, emitted: emit(g, { region, schedule, pieces }) };
}

/** What a node is to the lowering, of those kinds of component that can be lowered. */
function pieceOf(node: NodeVertex, { component, model }: LowerOptions): Piece | undefined {
  const { id, node: written, signature, inputs, path } = node;
  const found = component(written.component);
  if (found?.kind === "model" && "spec" in found) {
    const spec = found.spec as ModelSpec;
    const refuse = (reason: string): never =>
      fail("L0868", { node: id, model: spec.model, reason, help: MERGED }, { path });
    if (spec.policy !== undefined) return refuse("it is a policy itself");
    return mergedModel(node, spec, model?.(spec.model, spec.sha256) ?? refuse("there is no model store here"));
  }
  const types: InputTypes = Object.fromEntries(inputs.map(({ port, type }) => [port, type]));
  const setup = { node: id, params: signature.params, inputs: types, ...readingOf(node) };
  try {
    const program = found?.tensor?.(setup);
    return program === undefined ? undefined : tracedPiece(program);
  } catch (error) {
    if (error instanceof LimbeckError) throw error;
    throw new LimbeckError(crashOf(node, 0, error), { cause: error });
  }
}

const MERGED = "Lower the nodes that it stands for, or leave it out of what is lowered.";

function factsOf(
  typed: TypedGraph,
  region: LowerRegion,
  { base, on }: Schedule,
  { inputs, outputs, dt, time, state }: Emitted,
  written: Model,
  {
    authored = typed.graph,
    metrics = {},
    component,
    nodes = region.nodes.map(({ id }) => id),
    students = [],
  }: LowerOptions,
): PolicyFacts {
  const roundingOf = roundingsOf(written);
  const leaders = leadersOf(
    written,
    students.map(({ place }) => place),
  );
  const leading = (port: string): string[] => {
    const led = leaders(port);
    return students.flatMap(({ place, model }) => (led.includes(place) ? [model] : []));
  };
  const says: ReadonlyMap<string, string> = new Map(
    students.flatMap(({ place, says }) =>
      Object.entries(says).map(([port, ref]) => [`${place}.${port}`, ref] as const),
    ),
  );
  const portFacts = (direction: "obs" | "act", port: string, ref: string, type: MessageSchema) => ({
    ref,
    type,
    digest: createHash("sha256").update(canonicalJson(type)).digest("hex"),
    tensors: messageParts(type, port).leaves.map(({ path, dtype, dims }) => ({
      name: `${direction}.${port}${path === "" ? "" : `:${path}`}`,
      dtype,
      dims: [...dims],
    })),
  });
  return {
    limbeck: 1,
    policy: 1,
    call: {
      ...(base === undefined ? {} : { period_ns: base.period_ns, phase_ns: base.phase_ns }),
      ...(on.length === 0 ? {} : { on: [...on] }),
    },
    inputs: Object.fromEntries(
      inputs.map(({ port: { port, ref, type, kind, delay, initial }, fresh, age }) => [
        port,
        {
          ...portFacts("obs", port, ref, type),
          kind,
          fresh,
          age,
          ...(delay === undefined ? {} : { delay }),
          ...(initial === undefined ? {} : { initial }),
        },
      ]),
    ),
    outputs: Object.fromEntries(
      outputs.map(({ port: { port, ref, type, kind, stream }, valid, stamp }) => {
        const { tensors, ...about } = portFacts("act", port, says.get(ref) ?? ref, type);
        const led = leading(port);
        return [
          port,
          {
            ...about,
            tensors: tensors.map((tensor) => ({ ...tensor, rounding: roundingOf(tensor.name) })),
            kind,
            valid,
            stamp,
            ...(stream === undefined ? {} : { stream }),
            ...(led.length === 0 ? {} : { students: led }),
          },
        ];
      }),
    ),
    dt,
    time,
    state: state.map(({ name, dtype, dims }) => ({ name, dtype, dims: [...dims] })),
    graph: { name: typed.graph.name, digest: digestOf(authored) },
    nodes: [...nodes],
    seed: typed.seed,
    parents: region.nodes.flatMap((node) => {
      const found = component(node.node.component);
      return found?.kind === "model" && "spec" in found ? [(found.spec as ModelSpec).model] : [];
    }),
    ...(students.length === 0
      ? {}
      : { students: students.map(({ model, nodes: of, kind, tuned }) => ({ model, nodes: [...of], kind, tuned })) }),
    metrics,
  };
}
