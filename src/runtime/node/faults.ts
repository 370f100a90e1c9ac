/**
 * What becomes of a node that faulted: its safe values at once, a new start while its budget lasts, and then never again.
 *
 * Everybody else goes on. Where a fault is to end the run (`faults: "end"`), it is thrown instead.
 */
import type { Outputs } from "../../component/component.js";
import type { NodeVertex } from "../../graph/typed.js";
import { fromJson } from "../../message/convert.js";
import { LimbeckError, type Problem, problem } from "../../problem/problem.js";
import type { Engine, Fire } from "../engine/engine.js";
import type { Keep } from "../keep.js";
import { ARRIVED } from "../plan/plan.js";
import { createTransit } from "../port/transit.js";
import { crashOf, send } from "./firing.js";
import { ACTIVE, type Life, type LifeEvent, live } from "./life.js";
import type { NodeState } from "./state.js";

export interface Fault {
  readonly node: string;
  readonly time_ns: number;
  /** What happened. */
  readonly problems: readonly Problem[];
  /** What came of it. */
  readonly outcome: "restarts" | "gives up";
}

export interface Faults {
  /** In the order in which they happened; of each node the last, beyond `MAX_FAULTS_TOLD`. */
  readonly told: readonly Fault[];
  /** A node has faulted; what befalls one that is down already befalls nobody. @throws LimbeckError when that ends the run, Interruption when it was stopped */
  crash(rank: number, error: unknown): void;
  /** Resolves once every instance that is used no more is closed. */
  settled(): Promise<void>;
}

/** A run was stopped in the middle of this node's firing: no fault of the node, and no place to rest. */
export class Interruption extends Error {
  readonly node: string;
  constructor(node: string) {
    super(`stopped while \`${node}\` fired`);
    this.node = node;
  }
}

export interface FaultSetup {
  readonly engine: Engine;
  readonly nodes: readonly (NodeState | undefined)[];
  readonly isolate: boolean;
  readonly signal: AbortSignal | undefined;
  readonly keep: Keep;
  readonly onFault: (fault: Fault) => void;
  /** A new instance in the place of the one that failed, and its firing. */
  readonly remake: (rank: number) => Promise<Fire>;
}

/** Faults that are kept with their reasons. */
const MAX_FAULTS_TOLD = 1000;

export function createFaults({ engine, nodes, isolate, signal, keep, onFault, remake }: FaultSetup): Faults {
  const told: Fault[] = [];
  const closing = new Set<Promise<unknown>>();
  const lives = new Map<number, Life>();
  /** By rank: when a node that is down is started again. */
  const restarts = new Map<number, number>();

  const down: Fire = () => {};

  const lead = (rank: number, event: LifeEvent) => {
    const { vertex } = nodes[rank]!;
    const { life, effects } = live(lives.get(rank) ?? ACTIVE, event, vertex.restart);
    lives.set(rank, life);
    return effects;
  };

  const restartAt = (rank: number, at_ns: number) => {
    restarts.set(rank, at_ns);
    // until then it takes nothing from its queues
    nodes[rank]!.server.free_ns = at_ns;
    engine.assign(rank, restart);
    engine.wakeAt(rank, at_ns);
  };

  /** Until its time has come, whatever else wakes the node is lost on it. */
  const restart: Fire = (rank) => {
    if (engine.time_ns < restarts.get(rank)!) return;
    restarts.delete(rank);
    return remake(rank).then(
      (fire) => {
        lead(rank, { type: "restarted" });
        engine.assign(rank, fire);
        if (nodes[rank]!.gates.some((gate) => gate.due?.() === true)) engine.wakeAt(rank, engine.time_ns);
      },
      (error: unknown) => crash(rank, error),
    );
  };

  const later = keep(
    "safe outputs",
    createTransit<{ rank: number; outputs: Outputs }>(engine.agenda, "safe outputs", ({ rank, outputs }, stamp_ns) =>
      send(engine, rank, outputs, stamp_ns),
    ),
  );

  /** At once; where the node has spoken already before it failed, a microstep later: a port says one thing at a tag. */
  const speakSafe = (rank: number, safe: Outputs) => {
    const { plan, memory, time_ns, microstep } = engine;
    const outs = plan.outs.slice(plan.outStart[rank], plan.outStart[rank + 1]);
    const spoken = (port: string) =>
      outs.some((out) => out.port === port && memory.numbers[out.stamp_at + ARRIVED] === engine.tag);
    const outputs = Object.fromEntries(Object.entries(safe).filter(([port]) => spoken(port)));
    send(engine, rank, Object.fromEntries(Object.entries(safe).filter(([port]) => !(port in outputs))), time_ns);
    if (Object.keys(outputs).length > 0) later.send(time_ns, microstep + 1, { rank, outputs }, time_ns);
  };

  /** The instance is used no more. That it cannot be closed either is no news of a node that has faulted. */
  const discard = (state: NodeState) => {
    const { instance } = state;
    state.instance = undefined;
    const closed = Promise.resolve()
      .then(() => instance?.close?.())
      .catch(() => {})
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  const tell = (fault: Fault) => {
    if (told.length >= MAX_FAULTS_TOLD) {
      const last = told.findLastIndex(({ node }) => node === fault.node);
      if (last >= 0) told.splice(last, 1);
    }
    told.push(fault);
    onFault(fault);
  };

  /** Nothing waits for it, and nobody is held back by it. */
  const bury = (state: NodeState) => {
    state.gone = true;
    for (const gate of state.gates) {
      engine.gates[gate.slot] = () => {};
      gate.onRoom?.();
    }
  };

  function crash(rank: number, error: unknown): void {
    const state = nodes[rank]!;
    const { vertex } = state;
    if (signal?.aborted === true && error === signal.reason) throw new Interruption(vertex.id);
    if (error instanceof Interruption) throw error;
    const problems = crashOf(vertex, engine.time_ns, error);
    if (!isolate) throw new LimbeckError(problems, { cause: error });
    if (state.gone || restarts.has(rank)) return;
    engine.assign(rank, down);
    // what it had found out and not yet said comes after its safe outputs, and would undo them
    state.ground();
    const reason = problems.map((p) => p.message).join("; ");
    const effects = lead(rank, { type: "fault", time_ns: engine.time_ns, reason });
    for (const effect of effects) {
      if (effect.type === "speak_safe") speakSafe(rank, safeOutputs(vertex));
      else if (effect.type === "restart") restartAt(rank, effect.at_ns);
      else bury(state);
    }
    discard(state);
    tell({ node: vertex.id, time_ns: engine.time_ns, problems, outcome: state.gone ? "gives up" : "restarts" });
  }

  keep("faults", {
    snapshot: () => ({ lives: [...lives], restarts: [...restarts], told }),
    restore(saved) {
      const from = saved as { lives: [number, Life][]; restarts: [number, number][]; told: Fault[] };
      told.push(...from.told);
      for (const [rank, life] of from.lives) {
        lives.set(rank, life);
        if (life.state !== "faulted") continue;
        engine.assign(rank, down);
        bury(nodes[rank]!);
        discard(nodes[rank]!);
      }
      for (const [rank, at_ns] of from.restarts) {
        restartAt(rank, at_ns);
        discard(nodes[rank]!);
      }
    },
  });
  return { told, crash, settled: async () => void (await Promise.all(closing)) };
}

const safeOutputs = ({ node, outputs }: NodeVertex): Outputs =>
  Object.fromEntries(
    outputs.flatMap(({ port, type }) => {
      const value = node.safe?.[port];
      return value === undefined ? [] : [[port, fromJson(type, value)]];
    }),
  );

/** Faults as problems, for the end of a run: those of nodes that gave up as errors, of nodes that were mended as warnings. */
export function faultProblems(faults: readonly Fault[], pathOf: (node: string) => string): Problem[] {
  const last = new Map(faults.map((fault) => [fault.node, fault]));
  return [...last].flatMap(([node, { outcome, problems }]) => {
    if (outcome === "gives up") return [...problems];
    const count = faults.filter((fault) => fault.node === node).length;
    return [problem("L0613", { node, count, reason: problems[0]!.message }, { path: pathOf(node) })];
  });
}
