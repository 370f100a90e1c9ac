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
import { fail, type Problem, problem } from "../problem/problem.js";
import { portDigest, runDigest } from "./digest.js";
import { startClock, startReplay, startSource } from "./drive.js";
import { createEngine, type Engine, MAX_QUEUED_EVENTS } from "./engine.js";
import { crash, nodeFiring } from "./firing.js";
import { connect, type OutState, type Sample, type VertexState, wire } from "./state.js";
import { inStreamFiring, outStreamFiring, type StreamCounts, validation } from "./streams.js";
import { createTransit } from "./transit.js";

/** Skipped firings are warned of once they are more than one in so many. */
const SKIPS_TOLD = 20;

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
  /**
   * Gives each in-stream its messages from a log, at the tags they had; the world is left out, and no contract is
   * simulated.
   */
  readonly replay?: (stream: string) => AsyncIterable<Sample>;
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
  /** Firings cancelled for want of a value, by the input that lacked it. */
  readonly skipped: { readonly [port: string]: number };
  /** Event messages that a full queue pushed out, by input. */
  readonly dropped: { readonly [port: string]: number };
  readonly warnings: readonly Problem[];
  /** Stopped by its signal before the end. */
  readonly interrupted: boolean;
}

/**
 * Prepares a run of a checked graph.
 *
 * @example
 * const { component, typed } = await loadGraph("arm-reach.graph.yaml");
 * const run = await createRun(typed!, { component, services: servicesOf("arm-reach.graph.yaml", ".limbeck") });
 * run.port("torque").subscribe(({ time_ns, message }) => console.log(time_ns, message));
 * await run.start(1e9) // { virtual_s: 1, interrupted: false, … }
 */
export async function createRun(typed: TypedGraph, options: RunOptions): Promise<Run> {
  const seed = options.seed ?? typed.seed;
  const states = wire(typed);
  const engine = createEngine(states);
  connect(states, (edge, name) =>
    createTransit(engine.agenda, name, (message, stamp_ns) => engine.deliver(edge, message, stamp_ns)),
  );
  const streams: { [stream: string]: StreamCounts } = {};
  const outs = new Map<string, OutState>();
  let started = false;

  for (const state of states) {
    const { vertex } = state;
    const boundary = vertex.place === "in" || vertex.place === "out";
    for (const out of state.outs) {
      outs.set(out.name, out);
      if (options.digest !== false) out.digest = portDigest(out.type);
      out.validate = validation(engine, out, boundary, vertex.path);
    }
    if (boundary) {
      const random = rng(seedOf(seed, vertex.id));
      const counts = { lost: 0, out_of_range: 0 };
      streams[vertex.id] = counts;
      const firing = vertex.place === "in" ? inStreamFiring : outStreamFiring;
      state.fire = firing(engine, state, vertex.contract, counts, random, options.ideal ?? false);
    }
  }
  const runs = (state: VertexState) => options.replay === undefined || state.vertex.place !== "world";
  await instantiateAll(engine, states.filter(runs), options, seed);
  for (const state of states) {
    holdInitials(state);
    if (state.trigger.kind === "clock" && runs(state)) startClock(engine, state, state.trigger);
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
      if (started) throw new Error("a run starts once");
      started = true;
      if (for_ns !== undefined) engine.end_ns = for_ns;
      const stopped = () => options.signal?.aborted ?? false;
      let interrupted = stopped();
      await finishing(
        async () => {
          if (interrupted) return;
          const sources = sourcesOf(engine, states, options.replay);
          if (for_ns === undefined && sources.length === 0) fail("L0610", {});
          await startSources(engine, sources, for_ns === undefined);
          await engine.run(async () => {
            await options.onTurn?.(engine.time_ns);
            await new Promise((resolve) => setImmediate(resolve));
            interrupted = stopped();
            return !interrupted;
          });
        },
        () => closeAll(states),
        () => {
          for (const out of outs.values()) out.subject?.complete();
        },
      );
      const end_ns = for_ns === undefined || interrupted ? engine.time_ns : for_ns;
      return { ...digestsOf(states), ...counted(engine, states), virtual_s: end_ns / 1e9, streams, interrupted };
    },
  };
}

/** Does the first, then all the others whatever happens, and throws the first error met. */
async function finishing(...parts: readonly (() => void | Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts)
    try {
      await part();
    } catch (error) {
      errors.push(error);
    }
  if (errors.length > 0) throw errors[0];
}

const closeAll = (states: readonly VertexState[]): Promise<void> =>
  finishing(
    ...states.map(
      ({ instance }) =>
        () =>
          instance?.close?.(),
    ),
  );

/** Instances for every node; when one cannot be made, those that were are closed again. */
async function instantiateAll(
  engine: Engine,
  states: readonly VertexState[],
  options: RunOptions,
  seed: number,
): Promise<void> {
  try {
    for (const state of states)
      if (state.vertex.place === "world" || state.vertex.place === "nodes")
        await instantiate(engine, state, state.vertex, options, seed);
  } catch (error) {
    await finishing(
      () => {
        throw error;
      },
      () => closeAll(states),
    );
  }
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
      wake: waking(engine, state),
    });
  } catch (error) {
    return crash(engine, state, error);
  }
  if (!signature.source) state.fire = nodeFiring(engine, state, state.instance, signature.params, random);
}

/** Firings that a component asks for itself. */
const waking =
  (engine: Engine, state: VertexState) =>
  (time_ns: number): void => {
    const later = time_ns > engine.time_ns;
    engine.agenda.push({
      time_ns: later ? time_ns : engine.time_ns,
      microstep: later ? 0 : engine.microstep + 1,
      sequence: 0,
      happen: () => engine.wake(state),
    });
  };

type Start = (told: (time_ns: number | undefined) => void) => Promise<void>;

/** What feeds the run: the world's sources, or the log in the place of the whole world. */
function sourcesOf(engine: Engine, states: readonly VertexState[], replay: RunOptions["replay"]): Start[] {
  if (replay !== undefined)
    return states
      .filter(({ vertex }) => vertex.place === "in")
      .map((state) => (told) => startReplay(engine, state, replay(state.vertex.id), told));
  return states
    .filter((state) => state.trigger.kind === "source")
    .map((state) => (told) => startSource(engine, state, told));
}

/** Starts the sources; if the run has no length of its own, it ends with the last item of the last source. */
async function startSources(engine: Engine, sources: readonly Start[], openEnd: boolean): Promise<void> {
  const alive = new Set(sources);
  let last_ns = -1;
  for (const start of sources)
    await start((time_ns) => {
      if (time_ns !== undefined) last_ns = Math.max(last_ns, time_ns);
      else if (alive.delete(start) && alive.size === 0 && openEnd) engine.end_ns = last_ns + 1;
    });
}

/** Puts `initial` values in place: held from (0, 0), triggering nothing. */
function holdInitials(state: VertexState): void {
  for (const { port, initial, type } of state.vertex.outputs) {
    if (initial === undefined) continue;
    const message = fromJson(type, initial);
    const out = state.out[port]!;
    // a delayed edge has an `initial` of its own
    for (const { slot, select } of [...out.now, ...out.world]) {
      slot.value = select === undefined ? message : select(message);
      slot.stamp_ns = 0;
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
  const skipped: { [port: string]: number } = {};
  const dropped: { [port: string]: number } = {};
  const warnings: Problem[] = [];
  for (const { vertex, skipped: skips, slots, firings, instance } of states) {
    const { id, path } = vertex;
    for (const [port, count] of skips) {
      skipped[`${id}.${port}`] = count;
      if (count * SKIPS_TOLD > firings) warnings.push(problem("L0607", { node: id, port, count, firings }, { path }));
    }
    for (const { port, dropped: count, spec } of slots) {
      if (count === 0) continue;
      dropped[`${id}.${port}`] = count;
      warnings.push(problem("L0609", { node: id, port, count, limit: MAX_QUEUED_EVENTS }, { path: spec.path }));
    }
    for (const warning of instance?.warnings?.() ?? []) warnings.push({ path, ...warning });
  }
  const node_steps = states.reduce((sum, state) => sum + state.firings, 0);
  return { events: engine.events, node_steps, skipped, dropped, warnings };
}
