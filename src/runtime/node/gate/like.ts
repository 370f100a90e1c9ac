/**
 * An input that is read as another node read it: a recorder's, so that a row holds what its anchor's firing saw.
 *
 * The anchor has fired at this very tag, and what it read still lies in its slot; but where its result took its time,
 * what it read then has come with the result.
 */
import type { Engine } from "../../engine/engine.js";
import type { SlotPlan } from "../../plan/plan.js";
import { read } from "../firing.js";
import type { Gate } from "./gate.js";

/** What a firing read at a slot. */
export interface Reading {
  readonly value: unknown;
  readonly stamp_ns: number;
}

/** What a firing at this tag reads, or read. */
export const readingOf = (engine: Engine, slot: SlotPlan): Reading => ({
  value: read(engine, slot),
  stamp_ns: engine.memory.numbers[slot.stamp_at]!,
});

/** @param landed what came with a result that took its time, by slot of its node; none where results take no time */
export function likeGate(engine: Engine, plan: SlotPlan, landed: ReadonlyMap<number, Reading> | undefined): Gate {
  const other = engine.plan.slots[plan.like!]!;
  return {
    slot: plan.index,
    arrive() {},
    load() {
      const { value, stamp_ns } = landed?.get(other.index) ?? readingOf(engine, other);
      engine.put(plan, value, stamp_ns);
    },
    taken() {},
    dropped: () => 0,
    waiting: () => 0,
    snapshot: () => null,
    restore() {},
  };
}
