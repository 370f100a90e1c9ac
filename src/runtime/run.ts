/**
 * A run: instances for every node, streams that behave by their contracts, and the engine between them.
 *
 *   checked graph ──planOf──► plan ──instantiate──► engine.run ──► digests, counts
 *
 * Nothing here touches a clock, a file or the net: components, files, clock and log come in as arguments.
 */
import type { Observable } from "rxjs";
import type { Component, Instance, Services, Setup } from "../component/component.js";
import { rng, seedOf } from "../component/rng.js";
import { queuesOf } from "../component/tensor/list.js";
import { effectivePort } from "../graph/relay.js";
import type { InStreamVertex, NodeVertex, OutStreamVertex, TypedGraph } from "../graph/typed.js";
import type { Message, MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail, LimbeckError, type Problem } from "../problem/problem.js";
import { type Counts, counted, digestsOf, warningsOf } from "./counts.js";
import { createClock, createReplay, createSource, type Driver, type Source } from "./drive.js";
import { createEngine, type Engine, type Fire } from "./engine/engine.js";
import { createParts, type Keep } from "./keep.js";
import { createFaults, type Fault, faultProblems, Interruption } from "./node/faults.js";
import { audit, crashOf } from "./node/firing.js";
import { createCrew } from "./node/node.js";
import type { NodeState } from "./node/state.js";
import { permuted } from "./plan/permute.js";
import { planOf } from "./plan/plan.js";
import { createOutlets, type Outlet, type Sample } from "./port/outlets.js";
import { inStreamFiring, outStreamFiring, type StreamCounts } from "./port/streams.js";
import { restoreRun, type Snapshot, snapshotRun } from "./snapshot.js";
import { type Beat, beatAt, rest } from "./watchdog.js";

export type { Sample } from "./port/outlets.js";
export type { Snapshot } from "./snapshot.js";

export interface RunOptions {
  readonly component: (name: string) => Component | undefined;
  readonly services: Services;
  /** Default: the graph's seed. */
  readonly seed?: number;
  /** Contracts are kept perfectly and firings take no time: no loss, latency or jitter. */
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
  /** What a node that faults does to the run: `end` (default) throws, `isolate` lets all others go on. */
  readonly faults?: "end" | "isolate";
  /** Hears of faults as they happen. */
  readonly onFault?: (fault: Fault) => void;
  /** Goes on from here: the same graph, seed and options. */
  readonly from?: Snapshot;
  /** Another legal order of what happens at one tag, by this seed: no port may see it. */
  readonly permute?: number;
  /** Makes the instance of a node that does not run here (`place: worker`). */
  readonly host?: (vertex: NodeVertex, setup: Setup) => Instance | Promise<Instance>;
  /** Where it is seen from another thread that the run goes on. */
  readonly beat?: Beat;
  readonly signal?: AbortSignal;
  /** Called now and then between two tags; the run waits for it. */
  readonly onTurn?: (time_ns: number) => void | Promise<void>;
}

/** Where a run's in-stream messages are kept. */
export interface RunLog {
  stream(id: string, type: MessageSchema): (sample: Sample) => void;
}

export interface Run {
  /**
   * The messages of a port (`controller.torque`) or stream (`torque`), as they are sent.
   *
   * An authored name means the effective value, after every rewrite; `torque#raw` is what it was before them.
   * @throws LimbeckError L0606
   */
  port(name: string): Observable<Sample>;
  /** Calls `hear` with each message of a port and its stamp: what `port` tells, with nothing around it. @throws LimbeckError L0606 */
  listen(name: string, hear: (message: Message, stamp_ns: number) => void): void;
  /** How often a node has fired so far. */
  firings(node: string): number;
  /** The ports that `port()` knows. */
  readonly ports: readonly string[];
  /** Ids of the vertices by rank, for whoever watches `beat`. */
  readonly vertices: readonly string[];
  /** Runs every tag before `for_ns`; without it, until every source has ended. The same as `advance` and `finish`. */
  start(for_ns?: number): Promise<RunResult>;
  /** Runs every tag before this time, and rests there. */
  advance(until_ns?: number): Promise<void>;
  /** The state of a run at rest, as data. @throws LimbeckError L0614 naming the nodes whose state is not data */
  snapshot(): Promise<Snapshot>;
  /** Counts so far: drops, skips, losses. */
  counts(): Counts;
  /** Ends the run and tells how it went. */
  finish(): Promise<RunResult>;
}

export interface RunResult extends Counts {
  /** SHA-256 over the port digests of authored streams and nodes; empty with `digest: false`. From a snapshot on, what came after it. */
  readonly digest: string;
  readonly ports: { readonly [port: string]: string };
  /** Digests of the world's ports and of inserted ones. */
  readonly apart: { readonly [port: string]: string };
  readonly virtual_s: number;
  readonly warnings: readonly Problem[];
  readonly faults: readonly Fault[];
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
export async function createRun(graph: TypedGraph, options: RunOptions): Promise<Run> {
  const seed = options.seed ?? graph.seed;
  const order = options.permute === undefined ? undefined : rng(seedOf(options.permute, "order"));
  const plan = planOf(order === undefined ? graph : permuted(graph, order));
  const engine = createEngine(plan, order?.uniform);
  engine.beat = options.beat;
  const parts = createParts();
  const team = await assemble(engine, seed, parts.keep, options);
  if (options.beat !== undefined) rest(options.beat);
  const { outlets, drivers, sources, crew, faults, streams } = team;
  const byName = new Map(outlets.map((outlet) => [outlet.name, outlet]));
  const byRef = new Map(outlets.map((outlet, out) => [plan.outs[out]!.ref, outlet]));
  const tally = () => counted(engine, crew.nodes, streams);
  let state: "new" | "running" | "over" = "new";
  let started = false;
  let interrupted = false;
  /** The node in the middle of whose firing it was stopped. */
  let cut: string | undefined;
  /** Where the last `advance` went to. */
  let until_ns: number | undefined;
  const stopped = () => options.signal?.aborted ?? false;

  // before anything is taken up again: a source tells where it stands
  const opens = hearOfEnds(engine, sources);
  if (options.from !== undefined) {
    await restoreRun(engine, crew.nodes, parts, seed, options.from);
    state = "running";
  }

  async function begin(openEnd: boolean): Promise<void> {
    if (openEnd && sources.length === 0) fail("L0610", {});
    opens(openEnd);
    if (state === "running") return;
    state = "running";
    for (const driver of drivers) await driver.start();
  }

  async function advance(to_ns?: number): Promise<void> {
    if (state === "over") throw new Error("a run that is over goes on no more");
    started = true;
    interrupted = stopped();
    if (interrupted) return;
    until_ns = to_ns;
    engine.end_ns = to_ns ?? Number.POSITIVE_INFINITY;
    await begin(to_ns === undefined);
    // where a firing is waited for, there is no turn in which to look
    const stop = () => {
      engine.end_ns = 0;
    };
    options.signal?.addEventListener("abort", stop, { once: true });
    try {
      await engine.run(async () => {
        await options.onTurn?.(engine.time_ns);
        await new Promise((resolve) => setImmediate(resolve));
        return !stopped();
      });
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      cut = error.node;
    } finally {
      options.signal?.removeEventListener("abort", stop);
      interrupted = stopped();
    }
  }

  async function end(...parts: (() => void | Promise<void>)[]): Promise<void> {
    await finishing(
      ...parts,
      () => {
        state = "over";
      },
      () => closeAll(crew.nodes),
      faults.settled,
      () => {
        for (const outlet of outlets) outlet.complete();
      },
    );
  }

  function result(until_ns: number | undefined): RunResult {
    const end_ns = until_ns === undefined || interrupted ? engine.time_ns : until_ns;
    const paths = new Map(plan.vertices.map(({ id, path }) => [id, path]));
    return {
      ...digestsOf(plan, outlets),
      ...tally(),
      virtual_s: end_ns / 1e9,
      warnings: [...warningsOf(engine, crew.nodes, streams), ...faultProblems(faults.told, (node) => paths.get(node)!)],
      faults: faults.told,
      interrupted,
    };
  }

  function outletOf(name: string): Outlet {
    const ref = effectivePort(name, (id) => byRef.has(`${id}.out`));
    const outlet = byName.get(name) ?? byName.get(ref) ?? byRef.get(graph.effective?.get(ref) ?? ref);
    return outlet ?? fail("L0606", { port: name, known: [...byName.keys()], nearest: nearest(name, byName.keys()) });
  }

  return {
    ports: [...byName.keys()],
    vertices: plan.vertices.map(({ id }) => id),
    port: (name) => outletOf(name).subject().asObservable(),
    listen: (name, hear) => outletOf(name).listen(hear),
    firings: (node) => engine.firings(plan.rankOf.get(node)!),
    async start(for_ns) {
      if (started) throw new Error("a run starts once");
      await end(() => advance(for_ns));
      return result(for_ns);
    },
    advance,
    async snapshot() {
      if (cut === undefined) return snapshotRun(engine, crew.nodes, parts, seed);
      const reason = "the run was stopped in the middle of its firing";
      const help = "Let it go on until the node has answered, or take the snapshot before.";
      return fail("L0614", { node: cut, reason, help }, { path: plan.vertices[plan.rankOf.get(cut)!]!.path });
    },
    counts: tally,
    async finish() {
      await end();
      return result(until_ns);
    },
  };
}

/** Everything that lives in a run. */
async function assemble(engine: Engine, seed: number, keep: Keep, options: RunOptions) {
  const { plan } = engine;
  const ideal = options.ideal ?? false;
  const flights = new Map<number, () => number>();
  const outlets = createOutlets({
    engine,
    digest: options.digest !== false,
    replaying: options.replay !== undefined,
    keep,
    flights,
  });
  const streams: { [stream: string]: StreamCounts } = {};
  const drivers: Driver[] = [];
  const sources: Source[] = [];
  /** When nodes were started again, by rank. */
  const begun = new Map<number, number>();
  keep("begun", {
    snapshot: () => [...begun],
    restore(saved) {
      for (const [rank, at_ns] of saved as [number, number][]) begun.set(rank, at_ns);
    },
  });
  const crash = (rank: number, error: unknown) => faults.crash(rank, error);
  const crew = createCrew({ engine, seed, ideal, keep, crash });
  const faults = createFaults({
    engine,
    nodes: crew.nodes,
    isolate: options.faults === "isolate",
    signal: options.signal,
    keep,
    onFault: options.onFault ?? (() => {}),
    async remake(rank) {
      const state = crew.nodes[rank]!;
      begun.set(rank, engine.time_ns);
      const fire = crew.firing(rank, await instantiate(state));
      return crew.arm(rank, fire, flights);
    },
  });

  async function instantiate({ rank, vertex }: NodeState): Promise<Instance> {
    const { signature, node, placement = "inline", inputs } = vertex;
    const setup: Setup = {
      node: vertex.id,
      params: signature.params,
      signature,
      inputs: Object.fromEntries(inputs.map((input) => [input.port, input.type])),
      kinds: Object.fromEntries(inputs.map((input) => [input.port, input.kind])),
      trigger: vertex.trigger,
      queues: queuesOf(inputs),
      rng: crew.owned.rngs[rank]!,
      services: options.services,
      // looked up when it is asked for: a run that is taken up again has made its instances before it knows
      get begun_ns() {
        return begun.get(rank) ?? 0;
      },
      wake: (time_ns) => engine.wakeAt(rank, time_ns),
    };
    if (engine.beat !== undefined) beatAt(engine.beat, rank, engine.time_ns);
    if (placement !== "inline" && options.host !== undefined) return options.host(vertex, setup);
    return options.component(node.component)!.instantiate(setup);
  }

  function stream(rank: number, vertex: InStreamVertex | OutStreamVertex): void {
    const out = plan.outStart[rank]!;
    const { id, contract } = vertex;
    const counts = { lost: 0, out_of_range: 0 };
    streams[id] = counts;
    keep(`counts ${id}`, { snapshot: () => ({ ...counts }), restore: (saved) => void Object.assign(counts, saved) });
    const random = keep(`random ${id}`, rng(seedOf(seed, id)));
    const setup = { engine, rank, contract, counts, random, ideal, keep };
    if (vertex.place === "out") {
      engine.assign(rank, outStreamFiring(setup, outlets[out]!.world));
      return;
    }
    if (options.log !== undefined) outlets[out]!.subject().subscribe(options.log.stream(id, plan.outs[out]!.type));
    if (options.replay === undefined) {
      engine.assign(rank, inStreamFiring(setup));
      return;
    }
    const source = createReplay(engine, rank, options.replay(id), keep);
    engine.assign(rank, source.fire);
    sources.push(source);
  }

  /** How a node is driven, and what stands around its firing. */
  function drive(state: NodeState, instance: Instance): void {
    const { rank, vertex, gates } = state;
    const { trigger } = vertex;
    let fire: Fire;
    if (trigger.kind === "source") {
      const unknownPort = (port: string): never => audit(plan, rank, { [port]: true }) as never;
      // one that fails says no more, and what is on its way to be said is not taken up again
      const failed = (error: unknown) => {
        crash(rank, error);
        source.told(undefined);
      };
      const early = (error: unknown) => {
        if (engine.tag > 0) return failed(error);
        engine.agenda.push({ time_ns: 0, microstep: 0, sequence: 0, happen: () => failed(error) });
      };
      const source = createSource(engine, rank, instance, early, unknownPort, (name, part) => {
        keep(name, {
          snapshot: part.snapshot,
          restore: (saved) => (state.gone ? source.told(undefined) : part.restore(saved)),
        });
        return part;
      });
      sources.push(source);
      fire = source.fire;
    } else fire = crew.firing(rank, instance);
    engine.assign(rank, crew.arm(rank, fire, flights));
    if (trigger.kind === "clock") drivers.push(createClock(engine, rank, trigger, keep));
    else if (trigger.kind === "window" && trigger.every_ns !== undefined)
      drivers.push(createClock(engine, rank, { period_ns: trigger.every_ns, phase_ns: trigger.every_ns }, keep));
    if (instance.clock !== undefined) drivers.push(createClock(engine, rank, instance.clock, keep));
    for (const gate of gates) if (gate.start !== undefined) drivers.push({ start: gate.start });
  }

  const employed: (readonly [NodeState, Instance])[] = [];
  try {
    for (const [rank, vertex] of plan.vertices.entries()) {
      if (vertex.place === "in" || vertex.place === "out") stream(rank, vertex);
      else if (options.replay === undefined || vertex.place !== "world") {
        const random = rng(seedOf(seed, vertex.id));
        // a source that is taken up again draws again what it drew
        if (!vertex.signature.source) keep(`random ${vertex.id}`, random);
        const state = crew.add(rank, vertex, random);
        try {
          state.instance = await instantiate(state);
        } catch (error) {
          if (options.signal?.aborted === true && error === options.signal.reason) throw error;
          throw new LimbeckError(crashOf(vertex, 0, error), { cause: error });
        }
        employed.push([state, state.instance]);
      }
    }
  } catch (error) {
    await finishing(
      () => {
        throw error;
      },
      () => closeAll(crew.nodes),
    );
  }
  // gates of all nodes are there before anybody is held back by one
  for (const [state, instance] of employed) drive(state, instance);
  crew.join();
  return { outlets, streams, drivers: [...drivers, ...sources], sources, crew, faults };
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

const closeAll = (nodes: readonly (NodeState | undefined)[]): Promise<void> =>
  finishing(...nodes.map((node) => () => node?.instance?.close?.()));

/** A run that has no length of its own ends with the last item of its last source. */
function hearOfEnds(engine: Engine, sources: readonly Source[]): (openEnd: boolean) => void {
  const alive = new Set(sources);
  let last_ns = -1;
  let open = false;
  const look = () => {
    if (open && alive.size === 0) engine.end_ns = Math.max(last_ns, engine.time_ns) + 1;
  };
  for (const source of sources)
    source.told = (time_ns) => {
      if (time_ns !== undefined) last_ns = Math.max(last_ns, time_ns);
      else if (alive.delete(source)) look();
    };
  return (openEnd) => {
    open = openEnd;
    look();
  };
}
