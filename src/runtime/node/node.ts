/**
 * A node at work: its firing, and what stands around it.
 *
 *   woken ──► held back? ──► busy? ──► gates load ──► firing ──► gates taken ──► outputs now, or after the latency
 *
 * Most nodes have nothing of the kind, and then the firing alone is what the engine calls.
 */
import type { Instance, Outputs, Stamps } from "../../component/component.js";
import { type Rng, rng, seedOf } from "../../component/rng.js";
import { noOutputs, noState } from "../../component/step.js";
import { MAX_WAITING } from "../../graph/ir.js";
import type { NodeVertex } from "../../graph/typed.js";
import { LimbeckError, problem } from "../../problem/problem.js";
import type { Engine, Fire } from "../engine/engine.js";
import { fuse } from "../engine/fuse.js";
import type { Unusual } from "../engine/registers.js";
import { specialise, type Written } from "../engine/specialise.js";
import type { Keep } from "../keep.js";
import { FIRED, FIRED_NS, LINKS, NUMBERS_AT, type SlotPlan, STATE, VALUES_AT } from "../plan/plan.js";
import { createTransit } from "../port/transit.js";
import { FiringContext, type Owned } from "./context.js";
import { audit, instanceFiring, missingValue, send } from "./firing.js";
import { alignedGate, alignment } from "./gate/aligned.js";
import { batchGate } from "./gate/batch.js";
import { exactGate } from "./gate/exact.js";
import type { Gate, GateSetup } from "./gate/gate.js";
import { likeGate, type Reading, readingOf } from "./gate/like.js";
import { createServer, type Server } from "./gate/portion.js";
import { serverGate } from "./gate/server.js";
import { silenceGate } from "./gate/silence.js";
import { windowGate } from "./gate/window.js";
import { youngGate } from "./gate/young.js";
import { brakesOf, type Flights, heldBack, serving } from "./hold.js";
import { latencySampler } from "./latency.js";
import type { NodeState } from "./state.js";

export interface Crew {
  readonly owned: Owned;
  /** By rank; absent for streams. */
  readonly nodes: (NodeState | undefined)[];
  /** Makes the firing of a node for an instance: the first one, or one after a restart. */
  firing(rank: number, instance: Instance): Fire;
  /** Lets neighbours that are steps and nothing else fire as one. */
  join(): void;
  /** Puts gates, queues and latency around the firing of a node. */
  arm(rank: number, fire: Fire, flights: Flights): Fire;
  add(rank: number, vertex: NodeVertex, random: Rng): NodeState;
}

export interface CrewSetup {
  readonly engine: Engine;
  readonly seed: number;
  /** No latency of nodes. */
  readonly ideal: boolean;
  readonly keep: Keep;
  /** A node has faulted. */
  readonly crash: (rank: number, error: unknown) => void;
}

/** What stands around the firing of a node outlives its instance. */
interface Arm {
  fire: Fire;
  armed: Fire;
}

interface Flying {
  readonly outputs: Outputs;
  readonly stamps: Stamps | undefined;
  /** What the firing read, where others read the same; by slot. */
  readonly read: ReadonlyMap<number, Reading>;
}

export function createCrew({ engine, seed, ideal, keep, crash }: CrewSetup): Crew {
  const { plan, memory } = engine;
  const owned: Owned = { params: [], rngs: [] };
  const nodes: (NodeState | undefined)[] = plan.vertices.map(() => undefined);
  const arms = new Map<number, Arm>();
  /** By rank: sends what a firing says, and gives the time at which it lands. */
  const landings = new Map<number, (outputs: Outputs, stamp_ns: number, stamps?: Stamps) => void>();
  /** What the firings read whose results have landed last, by slot. */
  const landed = new Map<number, Reading>();
  const nothing: ReadonlyMap<number, Reading> = new Map();
  /** Slots that others read like. */
  const likened = new Set(plan.slots.flatMap(({ like }) => like ?? []));

  const unusual: Unusual = {
    missing(rank, slot) {
      if (plan.slots[slot]!.spec.missing === "fault") return crash(rank, missingValue(engine, slot));
      const { skipped } = nodes[rank]!;
      const { port } = plan.slots[slot]!;
      skipped.set(port, (skipped.get(port) ?? 0) + 1);
    },
    audit: (rank, outputs) => audit(plan, rank, outputs),
    crash,
    later(rank, outputs, stamp_ns, stamps) {
      const land = landings.get(rank);
      if (land === undefined) send(engine, rank, outputs, stamp_ns, stamps as Stamps | undefined);
      else land(outputs, stamp_ns, stamps as Stamps | undefined);
    },
    noOutputs,
    noState,
    noNumber: engine.noNumber,
  };
  const prepared: unknown[] = [];
  /** Firings with nothing around them. */
  const bare = new Map<number, Fire>();
  const steps: (Written | undefined)[] = plan.vertices.map(() => undefined);
  engine.shared = { unusual, ctx: new FiringContext(engine, owned), prepared };

  function gatesOf(rank: number, vertex: NodeVertex, server: Server): Gate[] {
    const { trigger } = vertex;
    const together = alignment(trigger.kind === "aligned" ? trigger.within_ns : 0);
    const make = (slot: SlotPlan): Gate | undefined => {
      const { size = MAX_WAITING, policy = "drop_oldest" } = slot.spec.queue ?? {};
      const overflow = () => crash(rank, overflowing(vertex, slot, size, engine.time_ns));
      const setup: GateSetup = { engine, plan: slot, size, policy, overflow };
      switch (slot.gate) {
        case "aligned":
          return alignedGate(setup, together);
        case "window":
          return trigger.kind === "window" ? windowGate(setup, trigger) : undefined;
        case "silence":
          return trigger.kind === "silence" ? silenceGate(setup, trigger.for_ns) : undefined;
        case "exact":
          return exactGate(setup);
        case "server":
          return serverGate(setup, server);
        case "batch":
          return batchGate(setup);
        case "young":
          return youngGate(setup);
        case "like":
          return likeGate(engine, slot, landings.has(plan.slots[slot.like!]!.rank) ? landed : undefined);
        case undefined:
          return undefined;
      }
    };
    const slots = plan.slots.slice(plan.slotStart[rank], plan.slotStart[rank + 1]);
    return slots.flatMap((slot) => {
      const gate = make(slot);
      if (gate === undefined) return [];
      engine.gates[slot.index] = gate.arrive;
      return [keep(`gate ${slot.name}`, gate)];
    });
  }

  return {
    owned,
    nodes,

    join() {
      fuse(
        engine,
        steps.filter((step): step is Written => step !== undefined && engine.fires[step.rank] === bare.get(step.rank)),
      );
    },

    add(rank, vertex, random) {
      const server = createServer();
      const gates = gatesOf(rank, vertex, server);
      const state: NodeState = {
        rank,
        vertex,
        instance: undefined,
        gates,
        server,
        skipped: new Map(),
        gone: false,
        held: 0,
        inFlight: () => 0,
        ground: () => {},
      };
      nodes[rank] = state;
      owned.params[rank] = vertex.signature.params;
      owned.rngs[rank] = random;
      if (vertex.latency !== undefined && !ideal) landings.set(rank, landing(state));
      return state;
    },

    firing(rank, instance) {
      nodes[rank]!.instance = instance;
      // to an instance everything is new: one that was made in a run has fired no more than one that began it
      const at = plan.links[LINKS * rank + NUMBERS_AT]!;
      memory.numbers[at + FIRED] = memory.numbers[at + FIRED_NS] = -1;
      if (instance.step === undefined) {
        const ctx = new FiringContext(engine, owned);
        return instanceFiring(engine, instance, ctx, unusual);
      }
      const { run, initial } = instance.step;
      memory.values[plan.links[LINKS * rank + VALUES_AT]! + STATE] = initial;
      prepared[rank] = instance.step.prepared;
      const step = {
        rank,
        run,
        late: landings.has(rank),
        prepared: prepared[rank] !== undefined,
        stateful: instance.step.stateful,
      };
      steps[rank] = step;
      const fire = specialise(plan, [step], engine.beat !== undefined);
      bare.set(rank, fire);
      return fire;
    },

    arm(rank, fire, flights) {
      const outlives = arms.get(rank);
      if (outlives !== undefined) {
        outlives.fire = fire;
        return outlives.armed;
      }
      const state = nodes[rank]!;
      const queues = state.gates.filter(({ slot }) => plan.slots[slot]!.gate === "server");
      const brakes = brakesOf(engine, nodes, state, flights);
      if (state.gates.length === 0 && brakes.length === 0) return fire;
      const arm: Arm = { fire, armed: fire };
      arms.set(rank, arm);
      let armed: Fire = () => arm.fire(rank);
      if (state.gates.length > 0) armed = gated(rank, state.gates, armed);
      if (queues.length > 0) armed = serving(engine, state, queues, armed, keep);
      if (brakes.length > 0) armed = heldBack(engine, state, brakes, armed, keep);
      arm.armed = armed;
      return armed;
    },
  };

  /** Results on their way: the node is busy until the last has landed. */
  function landing(state: NodeState) {
    const { rank, vertex, server } = state;
    const random = rng(seedOf(seed, `${vertex.id}#latency`));
    keep(`latency ${vertex.id}`, random);
    const sample = latencySampler(vertex.latency!, random);
    const own = plan.slots
      .slice(plan.slotStart[rank], plan.slotStart[rank + 1])
      .filter(({ index }) => likened.has(index));
    const reading = () =>
      own.length === 0 ? nothing : new Map(own.map((slot) => [slot.index, readingOf(engine, slot)]));
    const land = ({ outputs, stamps, read }: Flying, stamp_ns: number) => {
      for (const [slot, what] of read) landed.set(slot, what);
      send(engine, rank, outputs, stamp_ns, stamps);
    };
    const transit = keep(
      `results ${vertex.id}`,
      createTransit<Flying>(engine.agenda, vertex.id, (flying, stamp_ns) => {
        try {
          land(flying, stamp_ns);
        } catch (error) {
          crash(rank, error);
        }
      }),
    );
    state.inFlight = transit.inFlight;
    state.ground = () => {
      transit.clear();
      server.free_ns = Number.NEGATIVE_INFINITY;
    };
    return (outputs: Outputs, stamp_ns: number, stamps?: Stamps) => {
      const latency_ns = sample();
      const flying = { outputs, stamps, read: reading() };
      // without any latency a result still lands behind those that are on their way or have landed at this tag
      if (latency_ns === 0 && !transit.busy(engine.time_ns, engine.microstep)) land(flying, stamp_ns);
      else {
        const at = engine.time_ns + latency_ns;
        const microstep = latency_ns > 0 ? 0 : engine.microstep + 1;
        server.free_ns = transit.send(at, microstep, flying, stamp_ns);
      }
    };
  }

  function gated(rank: number, gates: readonly Gate[], fire: Fire): Fire {
    const exact = gates.filter(({ slot }) => plan.slots[slot]!.gate === "exact");
    const others = gates.filter((gate) => !exact.includes(gate));
    const cancels = gates.filter((gate) => gate.cancelled !== undefined);
    const taken = (before: number) => {
      if (engine.firings(rank) > before) for (const gate of gates) gate.taken();
      else for (const gate of cancels) gate.cancelled!();
    };
    return () => {
      for (const gate of others) gate.load(engine.time_ns);
      // what is read by stamp is chosen once the stamp of the firing is known
      if (exact.length > 0) {
        const stamp_ns = engine.stampOf(rank);
        for (const gate of exact) gate.load(stamp_ns);
      }
      const before = engine.firings(rank);
      const pending = fire(rank);
      if (pending !== undefined) return pending.then(() => taken(before));
      taken(before);
    };
  }
}

const overflowing = ({ id }: NodeVertex, { port, spec }: SlotPlan, limit: number, time_ns: number): LimbeckError =>
  new LimbeckError([problem("L0612", { node: id, port, limit, time_ns }, { path: spec.path })]);
