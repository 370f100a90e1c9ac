/** One firing of a node that is no step (a model, a sink, a stream, a machine): gather its inputs, let it fire, send what it says. */
import { type Inputs, type Instance, type Outputs, STAMPS, type Stamps } from "../../component/component.js";
import type { NodeVertex } from "../../graph/typed.js";
import { fail, LimbeckError, type Problem, problem } from "../../problem/problem.js";
import type { Engine, Fire } from "../engine/engine.js";
import { held } from "../engine/memory.js";
import type { Unusual } from "../engine/registers.js";
import type { Plan, SlotPlan } from "../plan/plan.js";
import type { FiringContext } from "./context.js";

/** Its inputs and its context are its own, since a firing may last over several turns. */
export function instanceFiring(engine: Engine, instance: Instance, ctx: FiringContext, unusual: Unusual): Fire {
  const { plan } = engine;
  // who says nothing has read its inputs when the next ones come: a new object each time would cost a sink of many ports
  // most of its time
  const shared: Inputs = {};
  // one firing at a time: the run waits for a promise where it is
  let stamp_ns = 0;
  let noted = false;
  const note = () => {
    if (!noted) engine.note(ctx.node);
    noted = true;
  };
  const failed = (error: unknown): void => {
    note();
    unusual.crash(ctx.node, error);
  };
  const heard = (outputs: Outputs | undefined): void => {
    try {
      note();
      if (outputs === undefined) return;
      unusual.audit(ctx.node, outputs);
      unusual.later(ctx.node, outputs, stamp_ns, outputs[STAMPS]);
    } catch (error) {
      failed(error);
    }
  };
  return (rank) => {
    const start = plan.slotStart[rank]!;
    const end = plan.slotStart[rank + 1]!;
    const inputs = plan.outStart[rank] === plan.outStart[rank + 1] ? shared : {};
    for (let slot = start; slot < end; slot++) {
      const spec = plan.slots[slot]!;
      const value = read(engine, spec);
      if (value === undefined && !spec.optional) return unusual.missing(rank, slot);
      inputs[spec.port] = value;
    }
    stamp_ns = engine.stampOf(rank);
    ctx.node = rank;
    noted = false;
    try {
      const outputs = instance.fire!(inputs, ctx);
      return outputs instanceof Promise ? outputs.then(heard, failed) : heard(outputs);
    } catch (error) {
      return failed(error);
    }
  };
}

/** The value that a firing at this tag reads, or undefined when there is none, or none young enough. */
export function read(engine: Engine, slot: SlotPlan): unknown {
  const { memory, time_ns } = engine;
  const { stamp_at, mode, fallback, max_age_ns } = slot;
  const value = engine.held(slot);
  if (mode === "held") return value;
  if (mode === "event") return engine.came(slot) ? value : fallback;
  return value === undefined || time_ns - memory.numbers[stamp_at]! > max_age_ns ? fallback : value;
}

/** Sends a firing's outputs at the current tag. */
export function send(engine: Engine, rank: number, outputs: Outputs, stamp_ns: number, stamps?: Stamps): void {
  const { outs, outStart } = engine.plan;
  for (let out = outStart[rank]!; out < outStart[rank + 1]!; out++) {
    const { port } = outs[out]!;
    const message = outputs[port];
    if (message !== undefined) engine.emit(out, message, stamps?.[port] ?? stamp_ns);
  }
}

/** @throws LimbeckError L0605 */
export function audit({ vertices }: Plan, rank: number, outputs: Outputs): void {
  const { id, path, outputs: declared } = vertices[rank]!;
  for (const port in outputs)
    if (outputs[port] !== undefined && !declared.some((output) => output.port === port))
      fail("L0605", { node: id, port, known: declared.map((output) => output.port) }, { path });
}

/** `missing: fault` as an error of the node. */
export const missingValue = ({ memory, plan, time_ns }: Engine, slot: number): LimbeckError => {
  const { port, rank, spec, stamp_at, gate } = plan.slots[slot]!;
  const cause =
    gate === "exact"
      ? "none has the stamp of this firing"
      : held(memory, plan.slots[slot]!) === undefined
        ? "none has come yet"
        : `the last one is from ${memory.numbers[stamp_at]! / 1e9} s`;
  return new LimbeckError([
    problem("L0604", { node: plan.vertices[rank]!.id, port, time_ns, cause }, { path: spec.path }),
  ]);
};

/** Whatever a component threw, as problems of its node: its own, or L0602. */
export function crashOf(vertex: Pick<NodeVertex, "id" | "path">, time_ns: number, error: unknown): readonly Problem[] {
  const { id, path } = vertex;
  if (error instanceof LimbeckError)
    return error.problems.map((p) => (p.path === undefined && p.place === undefined ? { ...p, path } : p));
  const reason = error instanceof Error ? error.message : String(error);
  return [problem("L0602", { node: id, time_ns, reason, at: thrownAt(error) }, { path })];
}

/** `controller.ts:8:11`: the innermost line of the stack, which is the component's own. */
function thrownAt(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return /([^/\\\s()]+:\d+:\d+)\)?$/m.exec(stack)?.[1];
}
