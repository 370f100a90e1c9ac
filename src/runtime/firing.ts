/** One firing of a node: gather its inputs, let the component step, send what it says. */
import type { Inputs, Instance, Outputs, Params } from "../component/component.js";
import type { Rng } from "../component/rng.js";
import type { NodeVertex } from "../graph/typed.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { FiringContext } from "./context.js";
import type { Engine } from "./engine.js";
import type { Slot, VertexState } from "./state.js";

/** Makes `state.fire` for a step, model or sink. */
export function nodeFiring(engine: Engine, state: VertexState, instance: Instance, params: Params, rng: Rng) {
  const vertex = state.vertex as NodeVertex;
  const { slots, trigger } = state;
  const triggers = trigger.kind === "each" ? slots.filter((s) => trigger.ports.includes(s.port)) : [];
  const queued = slots.filter((slot) => slot.queue !== undefined);
  const inputs: Inputs = Object.fromEntries(Object.keys(vertex.signature.inputs).map((port) => [port, undefined]));
  const ctx = new FiringContext(engine, state, params, rng);

  return (): void | Promise<void> => {
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if (slot.shown) continue;
      const value = slot.plain ? slot.value : read(engine, slot);
      if (value === undefined && !slot.optional) return missing(engine, state, slot);
      inputs[slot.port] = value;
      slot.shown = slot.plain;
    }
    for (let i = 0; i < queued.length; i++) queued[i]!.queue = [];
    state.firedBefore = state.fired;
    state.firedBefore_ns = state.fired_ns;
    state.fired = engine.tag;
    state.fired_ns = engine.time_ns;
    state.firings++;
    try {
      const outputs = instance.fire!(inputs, ctx);
      if (outputs === undefined) return;
      const stamp_ns = stampOf(engine, triggers);
      if (outputs instanceof Promise)
        return outputs.then(
          (result) => {
            if (result !== undefined) send(engine, state, result, stamp_ns);
          },
          (error: unknown) => crash(engine, state, error),
        );
      send(engine, state, outputs, stamp_ns);
    } catch (error) {
      crash(engine, state, error);
    }
  };
}

/** The value that a firing reads, or undefined when there is none, or none young enough. */
function read(engine: Engine, slot: Slot): unknown {
  if (slot.queue !== undefined) return slot.queue;
  if (slot.event) return slot.arrived === engine.tag ? slot.value : slot.fallback;
  return slot.value === undefined || engine.time_ns - slot.stamp_ns > slot.max_age_ns ? slot.fallback : slot.value;
}

/** The firing is cancelled as if it had never been due: event queues go on filling, the state stays. */
function missing(engine: Engine, state: VertexState, slot: Slot): void {
  if (slot.spec.missing === "fault")
    fail(
      "L0604",
      {
        node: state.vertex.id,
        port: slot.port,
        time_ns: engine.time_ns,
        cause: slot.value === undefined ? "none has come yet" : `the last one is from ${slot.stamp_ns / 1e9} s`,
      },
      { path: slot.spec.path },
    );
  state.skipped.set(slot.port, (state.skipped.get(slot.port) ?? 0) + 1);
}

/** The oldest stamp among the inputs that made the node fire; a clocked node's is its tag. */
function stampOf(engine: Engine, triggers: readonly Slot[]): number {
  let oldest = engine.time_ns;
  for (let i = 0; i < triggers.length; i++) {
    const { arrived, stamp_ns } = triggers[i]!;
    if (arrived === engine.tag && stamp_ns < oldest) oldest = stamp_ns;
  }
  return oldest;
}

function send(engine: Engine, state: VertexState, outputs: Outputs, stamp_ns: number): void {
  const { outs } = state;
  let i = 0;
  for (const port in outputs) {
    const message = outputs[port];
    // components mostly speak at their ports in the order in which they declare them
    const next = outs[i++];
    const out = next !== undefined && next.port === port ? next : (state.out[port] ?? unknownPort(state, port));
    if (message !== undefined) engine.emit(out, message, stamp_ns);
  }
}

/** @throws LimbeckError L0605 */
export const unknownPort = ({ vertex, out }: VertexState, port: string): never =>
  fail("L0605", { node: vertex.id, port, known: Object.keys(out) }, { path: vertex.path });

/** Whatever a component threw, as a problem of its node. @throws LimbeckError its own, or L0602 */
export function crash(engine: Engine, state: VertexState, error: unknown): never {
  const { id, path } = state.vertex;
  if (error instanceof LimbeckError) {
    const placed = error.problems.map((p) => (p.path === undefined && p.place === undefined ? { ...p, path } : p));
    throw new LimbeckError(placed, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return fail("L0602", { node: id, time_ns: engine.time_ns, reason, at: thrownAt(error) }, { path }, { cause: error });
}

/** `controller.ts:8:11`: the innermost line of the stack, which is the component's own. */
function thrownAt(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return /([^/\\\s()]+:\d+:\d+)\)?$/m.exec(stack)?.[1];
}
