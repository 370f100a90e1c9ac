/** A run of the graph from one start, as a lowered loop will follow it again: what it is told, and what the run said. */
import type { Component, Context, Models, Services, Setup } from "../component/component.js";
import { rng, seedOf } from "../component/rng.js";
import { portNamer } from "../graph/names.js";
import type { TypedGraph, Vertex } from "../graph/typed.js";
import { tickAt } from "../lower/clocks.js";
import { type Feed, type Feeder, feeder } from "../lower/fed.js";
import type { LoweredLoop } from "../lower/loop.js";
import { lockstepModels } from "../models/lockstep.js";
import type { Tensors } from "../onnx/ir.js";
import { createRun, type Run } from "../runtime/run.js";
import type { Varied } from "./workbench.js";

export interface Rollout {
  readonly feed: Feed;
  /** At the loop's outputs: [ticks, …]. */
  readonly said: Tensors;
}

export interface RolloutOptions {
  readonly ticks: number;
  readonly services: Services;
  /** The bytes of a model. */
  readonly bytes: (reference: string, sha256?: string) => Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: (done: number) => void;
}

/** Runs that go on side by side, and share a batch. */
const LANES = 16;

/**
 * Runs the graph from each start, under noise of its own; undefined when it was interrupted.
 *
 * @throws LimbeckError of the runs
 */
export async function rollouts(
  loop: LoweredLoop,
  starts: readonly { readonly varied: Varied; readonly seed: number }[],
  { bytes, onStart, ...options }: RolloutOptions,
): Promise<Rollout[] | undefined> {
  const found: Rollout[] = [];
  const models = lockstepModels(bytes, Math.min(LANES, starts.length));
  try {
    for (let from = 0; from < starts.length; from += LANES) {
      const cohort = starts.slice(from, from + LANES);
      const ended = await Promise.allSettled(
        cohort.map(async (start, lane) => {
          const made = await rollout(loop, start, { ...options, models: models.lane(lane) });
          onStart?.(found.length + 1);
          return made;
        }),
      );
      for (const result of ended) {
        if (result.status === "rejected") throw result.reason;
        if (result.value === undefined) return undefined;
        found.push(result.value);
      }
    }
  } finally {
    await models.close();
  }
  return found;
}

async function rollout(
  loop: LoweredLoop,
  { varied, seed }: { readonly varied: Varied; readonly seed: number },
  { ticks, services, models, signal }: Omit<RolloutOptions, "bytes"> & { readonly models: Models },
): Promise<Rollout | undefined> {
  const hears = feeder(loop, ticks);
  const typed = withSteadyLinks(varied.typed, loop);
  const run = await createRun(typed, {
    component: drawing(varied.component, hears.draws, seed),
    services: { ...services, models },
    seed,
    digest: false,
    ...(signal === undefined ? {} : { signal }),
  });
  const nameOf = portNamer(typed);
  for (const { vertex, port, hear } of hears.ports)
    run.port(nameOf(typed.byId.get(vertex)!, port).name).subscribe(hear);
  hearLinks(run, typed, hears.draws, seed);
  const { interrupted } = await run.start(tickAt(loop.base, ticks - 1) + 1);
  return interrupted ? undefined : { feed: hears.feed(), said: hears.said() };
}

/** The graph with links as the lowered loop has them: what they lose it is told, and none has jitter. */
function withSteadyLinks(typed: TypedGraph, { inside, draws }: LoweredLoop): TypedGraph {
  const vertices = typed.vertices.map((vertex): Vertex => {
    if (vertex.place !== "out" && (vertex.place !== "in" || !inside.has(vertex.id))) return vertex;
    const { contract } = vertex;
    const loss = draws.some(({ node }) => node === vertex.id) ? contract.loss : 0;
    return { ...vertex, contract: { ...contract, jitter_ns: 0, loss } };
  });
  return { ...typed, vertices, byId: new Map(vertices.map((v) => [v.id, v])) };
}

/** Tells what streams draw: a number for each message, as it is sent, for the tick at which it arrives. */
function hearLinks(run: Run, typed: TypedGraph, draws: Feeder["draws"], seed: number): void {
  const nameOf = portNamer(typed);
  for (const { node: id, drew } of draws) {
    const vertex = typed.byId.get(id)!;
    const [sent] = vertex.inputs;
    if (vertex.place !== "in" || sent === undefined) continue;
    const own = rng(seedOf(seed, id));
    const { name } = nameOf(typed.byId.get(sent.from.vertex)!, sent.from.port);
    run
      .port(name)
      .subscribe(({ time_ns }) => drew(time_ns + vertex.contract.latency_ns, Float64Array.of(own.uniform())));
  }
}

/** Components that tell what they draw: each of their nodes draws a second time, from a generator of the same seed. */
function drawing(component: Varied["component"], draws: Feeder["draws"], seed: number): Varied["component"] {
  return (name) => {
    const found = component(name);
    if (found?.draws === undefined) return found;
    return { ...found, instantiate: (setup) => instance(found, setup) };
  };

  async function instance(component: Component, setup: Setup) {
    const made = await component.instantiate(setup);
    const told = draws.find(({ node }) => node === setup.node);
    if (told === undefined) return made;
    const { next } = component.draws!(setup)!;
    const own = rng(seedOf(seed, setup.node));
    const hear = ({ time_ns, time }: Context) => told.drew(time_ns, next(own, time));
    const { step, fire } = made;
    return {
      ...made,
      ...(step && {
        step: {
          ...step,
          run: (...[inputs, state, ctx, prepared]: Parameters<typeof step.run>) => {
            hear(ctx);
            return step.run(inputs, state, ctx, prepared);
          },
        },
      }),
      ...(fire && {
        fire: (...[inputs, ctx]: Parameters<typeof fire>) => {
          hear(ctx);
          return fire(inputs, ctx);
        },
      }),
    };
  }
}
