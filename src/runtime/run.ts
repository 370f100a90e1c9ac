/**
 * A run: instances for every node, streams that behave by their contracts, and the engine between them.
 *
 *   checked graph ──wire──► states ──instantiate──► engine.run ──► digests, counts
 *
 * Nothing here touches a clock, a file or the net: components, files, clock and log come in as arguments.
 */
import { type Observable, Subject } from "rxjs";
import type { Component, Services } from "../component/component.js";
import { rng, seedOf } from "../component/rng.js";
import type { NodeVertex, TypedGraph } from "../graph/typed.js";
import { fromJson } from "../message/convert.js";
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail, LimbeckError, type Problem, problem } from "../problem/problem.js";
import { portDigest, runDigest } from "./digest.js";
import { startClock, startSource } from "./drive.js";
import { createEngine, type Engine } from "./engine.js";
import { nodeFiring } from "./firing.js";
import { type OutState, type Sample, type VertexState, wire } from "./state.js";
import { inStreamFiring, outStreamFiring, type StreamCounts, validation } from "./streams.js";

export interface RunOptions {
  readonly component: (name: string) => Component | undefined;
  readonly services: Services;
  /** Default: the graph's seed. */
  readonly seed?: number;
  /** Contracts are kept perfectly: no loss, latency or jitter. */
  readonly ideal?: boolean;
  /** Default true. */
  readonly digest?: boolean;
  /** Takes every in-stream message, for replay. */
  readonly log?: RunLog;
  readonly signal?: AbortSignal;
  /** Called now and then between two tags; the run waits for it. */
  readonly onTurn?: (time_ns: number) => void | Promise<void>;
}

/** Where a run's in-stream messages are kept. */
export interface RunLog {
  stream(id: string, type: MessageSchema): (sample: Sample) => void;
}

export interface Run {
  /** The messages of a port (`controller.torque`) or stream (`torque`), as they are sent. @throws LimbeckError L0606 */
  port(name: string): Observable<Sample>;
  /** The ports that `port()` knows. */
  readonly ports: readonly string[];
  /** Runs every tag before `for_ns`; without it, until every source has ended. A run starts once. */
  start(for_ns?: number): Promise<RunResult>;
}

export interface RunResult {
  /** SHA-256 over the port digests of authored streams and nodes; empty with `digest: false`. */
  readonly digest: string;
  readonly ports: { readonly [port: string]: string };
  /** Digests of the world's ports and of inserted ones. */
  readonly apart: { readonly [port: string]: string };
  /** Messages sent. */
  readonly events: number;
  /** Firings of nodes and world nodes. */
  readonly node_steps: number;
  readonly virtual_s: number;
  /** Messages lost on the way or outside of their declared range, by stream. */
  readonly streams: { readonly [stream: string]: StreamCounts };
  readonly warnings: readonly Problem[];
  /** Stopped by its signal before the end. */
  readonly interrupted: boolean;
}

/** Prepares a run of a checked graph. */
export async function createRun(typed: TypedGraph, options: RunOptions): Promise<Run> {
  const seed = options.seed ?? typed.seed;
  const states = wire(typed);
  const engine = createEngine(states);
  const streams: { [stream: string]: StreamCounts } = {};
  const outs = new Map<string, OutState>();

  for (const state of states) {
    const { vertex } = state;
    const boundary = vertex.place === "in" || vertex.place === "out";
    for (const out of state.outs) {
      outs.set(out.name, out);
      if (options.digest !== false) out.digest = portDigest(out.type);
      out.validate = validation(engine, out, boundary);
    }
    if (boundary) {
      const random = rng(seedOf(seed, vertex.id));
      const counts = { lost: 0, out_of_range: 0 };
      streams[vertex.id] = counts;
      const firing = vertex.place === "in" ? inStreamFiring : outStreamFiring;
      state.fire = firing(engine, state, vertex.contract, counts, random, options.ideal ?? false);
    } else await instantiate(engine, state, vertex, options, seed);
  }
  for (const state of states) {
    holdInitials(state);
    if (state.trigger.kind === "clock") startClock(engine, state, state.trigger);
    if (state.vertex.place === "in" && options.log) {
      const out = state.outs[0]!;
      subjectOf(out).subscribe(options.log.stream(state.vertex.id, out.type));
    }
  }

  return {
    ports: [...outs.keys()],
    port(name) {
      const out = outs.get(name);
      if (out !== undefined) return subjectOf(out).asObservable();
      return fail("L0606", { port: name, known: [...outs.keys()], nearest: nearest(name, outs.keys()) });
    },
    async start(for_ns) {
      if (for_ns !== undefined) engine.end_ns = for_ns;
      let interrupted = false;
      try {
        const sources = states.filter((state) => state.trigger.kind === "source");
        await startSources(engine, sources, for_ns === undefined);
        await engine.run(async () => {
          await options.onTurn?.(engine.time_ns);
          await new Promise((resolve) => setImmediate(resolve));
          interrupted = options.signal?.aborted ?? false;
          return !interrupted;
        });
      } finally {
        for (const state of states) await state.instance?.close?.();
        for (const out of outs.values()) out.subject?.complete();
      }
      const end_ns = Number.isFinite(engine.end_ns) && !interrupted ? engine.end_ns : engine.time_ns;
      return { ...digestsOf(states), ...counted(engine, states), virtual_s: end_ns / 1e9, streams, interrupted };
    },
  };
}

async function instantiate(
  engine: Engine,
  state: VertexState,
  vertex: NodeVertex,
  { component, services }: RunOptions,
  seed: number,
): Promise<void> {
  const { signature, node } = vertex;
  const random = rng(seedOf(seed, vertex.id));
  try {
    state.instance = await component(node.component)!.instantiate({
      node: vertex.id,
      params: signature.params,
      signature,
      inputs: Object.fromEntries(vertex.inputs.map((input) => [input.port, input.type])),
      kinds: Object.fromEntries(vertex.inputs.map((input) => [input.port, input.kind])),
      rng: random,
      services,
    });
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    throw new LimbeckError(
      error.problems.map((p) => ({ ...p, path: p.path === undefined ? vertex.path : p.path })),
      { cause: error },
    );
  }
  if (!signature.source) state.fire = nodeFiring(engine, state, state.instance, signature.params, random);
}

/** Starts the sources; if the run has no length of its own, it ends with the last item of the last source. */
async function startSources(engine: Engine, sources: readonly VertexState[], openEnd: boolean): Promise<void> {
  const alive = new Set(sources);
  let last_ns = -1;
  for (const state of sources)
    await startSource(engine, state, (time_ns) => {
      if (time_ns !== undefined) last_ns = Math.max(last_ns, time_ns);
      else if (alive.delete(state) && alive.size === 0 && openEnd) engine.end_ns = last_ns + 1;
    });
}

/** Puts `initial` values in place: held from (0, 0), triggering nothing. */
function holdInitials(state: VertexState): void {
  for (const { port, initial, type } of state.vertex.outputs) {
    if (initial === undefined) continue;
    const message = fromJson(type, initial);
    const out = state.out[port]!;
    for (const edge of [...out.now, ...out.world, ...out.delayed]) {
      if (edge.slot.value !== undefined) continue;
      edge.slot.value = edge.select === undefined ? message : edge.select(message);
      edge.slot.stamp_ns = 0;
    }
  }
}

function subjectOf(out: OutState): Subject<Sample> {
  out.subject ??= new Subject<Sample>();
  return out.subject;
}

function digestsOf(states: readonly VertexState[]) {
  const ports: { [port: string]: string } = {};
  const apart: { [port: string]: string } = {};
  for (const { vertex, outs } of states) {
    const into = vertex.place === "world" || vertex.inserted ? apart : ports;
    for (const out of outs) if (out.digest !== undefined) into[out.name] = out.digest.value();
  }
  return { digest: Object.keys(ports).length === 0 ? "" : runDigest(ports), ports, apart };
}

function counted(engine: Engine, states: readonly VertexState[]) {
  const warnings = states.flatMap(({ vertex, skipped, firings }) =>
    [...skipped]
      .filter(([, count]) => count * 20 > firings)
      .map(([port, count]) => problem("L0607", { node: vertex.id, port, count, firings }, { path: vertex.path })),
  );
  const node_steps = states.reduce((sum, state) => sum + state.firings, 0);
  return { events: engine.events, node_steps, warnings };
}
