/**
 * Gates: what stands before an input that is more than its last value.
 *
 *   message ──arrive──► [ queue, window, set ] ──load──► slot ──► firing ──► taken
 *
 * A gate hears of every arrival, decides whether the node fires for it, and puts into the slot what a firing reads.
 */
import type { QueuePolicy } from "../../../graph/ir.js";
import type { Deliver, Engine } from "../../engine/engine.js";
import type { SlotPlan } from "../../plan/plan.js";

export interface Gate {
  readonly slot: number;
  readonly arrive: Deliver;
  /** At the start of a run that is not restored. */
  start?(): void;
  /** Before a firing: puts what it reads into the slot. `stamp_ns` is the stamp of the firing. */
  load(stamp_ns: number): void;
  /** After a firing that took place. */
  taken(): void;
  /** After one that was cancelled for want of a value: what is too old by now will never be read. */
  cancelled?(): void;
  /** Messages that nobody will ever read. */
  dropped(): number;
  /** Messages that were too old when the node read the others. */
  outdated?(): number;
  /** Messages that wait for a firing. */
  waiting(): number;
  /** Whether a firing is owed for what waits. */
  due?(): boolean;
  /** How many more may come; only gates that hold their producer back say so. */
  room?(): number;
  /** Called when there is room again. */
  onRoom?: () => void;
  snapshot(): unknown;
  restore(saved: unknown): void;
}

/** What a gate is made with. */
export interface GateSetup {
  readonly engine: Engine;
  readonly plan: SlotPlan;
  readonly size: number;
  readonly policy: QueuePolicy;
  /** The node has faulted, for a queue that may not overflow. */
  readonly overflow: () => void;
}

/** `max_age` of the input, at this tag. */
export const isOld = ({ engine, plan }: Pick<GateSetup, "engine" | "plan">, stamp_ns: number): boolean =>
  engine.time_ns - stamp_ns > plan.max_age_ns;

/** Those of what waits that are not. */
export const youngOf = (setup: Pick<GateSetup, "engine" | "plan">, items: readonly Waiting[]): readonly Waiting[] =>
  setup.plan.max_age_ns === Number.POSITIVE_INFINITY ? items : items.filter((item) => !isOld(setup, item.stamp_ns));

/** A message that waits, with the stamp and the time of its arrival. */
export interface Waiting {
  readonly message: unknown;
  readonly stamp_ns: number;
  readonly time_ns: number;
}

/** A bounded queue under its policy. */
export interface Queue {
  readonly items: Waiting[];
  dropped: number;
  /** False when the message itself did not get in. `more`: how many may wait beyond its size just now. */
  add(item: Waiting, more?: number): boolean;
}

export function createQueue({ size, policy, overflow }: Pick<GateSetup, "size" | "policy" | "overflow">): Queue {
  const items: Waiting[] = [];
  const queue: Queue = {
    items,
    dropped: 0,
    add(item, more = 0) {
      // who blocks holds the producer back in time; what was on its way by then is let in
      if (items.length >= size + more && policy !== "block") {
        queue.dropped++;
        if (policy === "fault") {
          overflow();
          return false;
        }
        if (policy === "drop_newest") return false;
        items.shift();
      }
      items.push(item);
      return true;
    },
  };
  return queue;
}

/** Snapshot of a queue, and back. */
export const savedQueue = (queue: Queue) => ({ items: [...queue.items], dropped: queue.dropped });
export function restoreQueue(queue: Queue, saved: ReturnType<typeof savedQueue>): void {
  queue.items.splice(0, queue.items.length, ...saved.items);
  queue.dropped = saved.dropped;
}
