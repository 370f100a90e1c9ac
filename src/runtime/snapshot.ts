/**
 * The state of a run at rest, as data: memory, queues, clocks, messages on their way, random numbers, nodes.
 *
 * A run that goes on from it says what the first one would have said, to the byte.
 */
import { digestOf } from "../graph/digest.js";
import { fail, LimbeckError, type Problem, problem } from "../problem/problem.js";
import type { Engine } from "./engine/engine.js";
import type { Memory } from "./engine/memory.js";
import type { Parts } from "./keep.js";
import type { NodeState } from "./node/state.js";
import { LINKS, STATE, VALUES_AT } from "./plan/plan.js";

const FORMAT = 1;

/** Takes `structuredClone` and V8's serializer; no reference into the run is left in it. */
export interface Snapshot {
  readonly format: typeof FORMAT;
  /** Digest of the graph, and the run's seed: it goes on with no other. */
  readonly graph: string;
  readonly seed: number;
  readonly time_ns: number;
  readonly microstep: number;
  /** Of the vertices, in the order of the arrays. */
  readonly vertices: readonly string[];
  readonly memory: Pick<Memory, "numbers" | "values">;
  readonly nodes: { readonly [id: string]: unknown };
  readonly skipped: { readonly [id: string]: readonly (readonly [string, number])[] };
  readonly parts: { readonly [name: string]: unknown };
}

type Nodes = readonly (NodeState | undefined)[];

/** @throws LimbeckError L0614 for nodes whose state is not data, all of them at once */
export async function snapshotRun(engine: Engine, nodes: Nodes, parts: Parts, seed: number): Promise<Snapshot> {
  const kept: { [id: string]: unknown } = {};
  const skipped: { [id: string]: [string, number][] } = {};
  const refusals: Problem[] = [];
  for (const node of nodes) {
    if (node === undefined) continue;
    const { id, signature, path } = node.vertex;
    skipped[id] = [...node.skipped];
    const { instance, gone } = node;
    if (instance === undefined || gone || instance.step !== undefined || signature.source) continue;
    if (instance.snapshot === undefined) {
      // what a recorder has kept is not the run's to keep
      if (signature.stateful && !signature.sink)
        refusals.push(problem("L0614", { node: id, reason: "its component has no `snapshot()`" }, { path }));
      continue;
    }
    try {
      kept[id] = await instance.snapshot();
    } catch (error) {
      if (error instanceof LimbeckError) refusals.push(...error.problems.map((p) => ({ path, ...p })));
      else refusals.push(problem("L0614", { node: id, reason: (error as Error).message }, { path }));
    }
  }
  const { plan, memory, time_ns, microstep } = engine;
  for (const node of nodes) {
    if (node === undefined) continue;
    const { id, path } = node.vertex;
    const state = node.instance?.step === undefined ? kept[id] : memory.values[stateAt(engine, node.rank)];
    const reason = notData(state);
    if (reason !== undefined) refusals.push(problem("L0614", { node: id, reason }, { path }));
  }
  if (refusals.length > 0) throw new LimbeckError(refusals);
  return structuredClone<Snapshot>({
    format: FORMAT,
    graph: digestOf(plan.typed.graph),
    seed,
    time_ns,
    microstep,
    vertices: plan.vertices.map(({ id }) => id),
    memory: { numbers: memory.numbers, values: memory.values },
    nodes: kept,
    skipped,
    parts: parts.snapshot(),
  });
}

const stateAt = ({ plan }: Engine, rank: number): number => plan.links[LINKS * rank + VALUES_AT]! + STATE;

/** Why a state cannot be kept: it holds a function, most often. */
function notData(state: unknown): string | undefined {
  try {
    structuredClone(state);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** @throws LimbeckError L0616 for a snapshot of another graph, seed or version */
export async function restoreRun(
  engine: Engine,
  nodes: Nodes,
  parts: Parts,
  seed: number,
  snapshot: Snapshot,
): Promise<void> {
  const { plan, memory } = engine;
  const refuse = (reason: string) => fail("L0616", { reason });
  if (snapshot.format !== FORMAT) refuse(`its format is ${snapshot.format}, and this version reads ${FORMAT}`);
  if (snapshot.graph !== digestOf(plan.typed.graph)) refuse("it was taken of another graph");
  if (snapshot.seed !== seed) refuse(`its seed is ${snapshot.seed}, and this run's is ${seed}`);
  if (snapshot.vertices.some((id, rank) => plan.vertices[rank]?.id !== id))
    refuse("its vertices stand in another order");
  const saved = structuredClone(snapshot);
  // what components asked for when they were made belongs to a run that starts
  engine.agenda.clear();
  engine.microstep = saved.microstep;
  memory.numbers.set(saved.memory.numbers);
  for (const [at, value] of saved.memory.values.entries()) memory.values[at] = value;
  for (const node of nodes) {
    if (node === undefined) continue;
    const { id } = node.vertex;
    for (const [port, count] of saved.skipped[id] ?? []) node.skipped.set(port, count);
    if (Object.hasOwn(saved.nodes, id)) await node.instance?.restore?.(saved.nodes[id]);
  }
  await parts.restore(saved.parts);
}
