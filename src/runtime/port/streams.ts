/** Streams at run time: what a contract loses and delays on the way, and what is counted at the boundary. */
import type { Rng } from "../../component/rng.js";
import type { TypedContract } from "../../graph/typed.js";
import { isTypedArray } from "../../message/tensor.js";
import type { Message } from "../../message/type.js";
import type { Deliver, Engine, Fire } from "../engine/engine.js";
import type { Keep } from "../keep.js";
import { createTransit } from "./transit.js";

export interface StreamCounts {
  lost: number;
  out_of_range: number;
}

export interface StreamSetup {
  readonly engine: Engine;
  readonly rank: number;
  readonly contract: TypedContract;
  readonly counts: StreamCounts;
  readonly random: Rng;
  readonly ideal: boolean;
  readonly keep: Keep;
}

/** Messages come from the world, are lost or delayed, and enter the computer at their arrival. */
export function inStreamFiring({ engine, rank, contract, counts, random, ideal, keep }: StreamSetup): Fire {
  const { plan, memory } = engine;
  const slot = plan.slotStart[rank + 1]! > plan.slotStart[rank]! ? plan.slots[plan.slotStart[rank]!] : undefined;
  const out = plan.outStart[rank]!;
  const { name } = plan.outs[out]!;
  const travel = createLink(contract, counts, random, ideal);
  let here: { message: Message; stamp_ns: number } | undefined;
  const transit = keep(
    `link ${name}`,
    createTransit<Message>(engine.agenda, name, (message, stamp_ns) => {
      here = { message, stamp_ns };
      engine.wake(rank);
    }),
  );
  return () => {
    engine.note(rank);
    if (here !== undefined) {
      engine.emit(out, here.message, here.stamp_ns);
      here = undefined;
    }
    if (slot === undefined || !engine.came(slot)) return;
    const message = engine.held(slot) as Message;
    const stamp_ns = memory.numbers[slot.stamp_at]!;
    countRange(message, contract, counts);
    const delay_ns = travel();
    if (delay_ns === LOST) return;
    if (delay_ns === 0 && !transit.busy(engine.time_ns, engine.microstep)) engine.emit(out, message, stamp_ns);
    else transit.send(engine.time_ns + delay_ns, delay_ns > 0 ? 0 : engine.microstep + 1, message, stamp_ns);
  };
}

/** Messages leave the computer at their tag; the world hears them a microstep later, or after the link's latency. */
export function outStreamFiring(
  { engine, rank, contract, counts, random, ideal, keep }: StreamSetup,
  world: readonly Deliver[],
): Fire {
  const { plan, memory } = engine;
  const slot = plan.slots[plan.slotStart[rank]!]!;
  const out = plan.outStart[rank]!;
  const { name } = plan.outs[out]!;
  const travel = createLink(contract, counts, random, ideal);
  const transit = keep(
    `link ${name}`,
    createTransit<Message>(engine.agenda, name, (message, stamp_ns) => {
      for (const deliver of world) deliver(message, stamp_ns);
    }),
  );
  return () => {
    engine.note(rank);
    const message = engine.held(slot) as Message;
    const stamp_ns = memory.numbers[slot.stamp_at]!;
    countRange(message, contract, counts);
    engine.emit(out, message, stamp_ns);
    if (world.length === 0) return;
    const delay_ns = travel();
    if (delay_ns !== LOST)
      transit.send(engine.time_ns + delay_ns, delay_ns > 0 ? 0 : engine.microstep + 1, message, stamp_ns);
  };
}

const LOST = -1;

/** A link loses a share `loss`, and delays by `latency` plus a uniform share of `jitter`; gives the delay in ns. */
function createLink(contract: TypedContract, counts: StreamCounts, random: Rng, ideal: boolean) {
  const { loss, latency_ns, jitter_ns } = contract;
  if (ideal) return () => 0;
  return (): number => {
    if (loss > 0 && random.uniform() < loss) {
      counts.lost++;
      return LOST;
    }
    return latency_ns + (jitter_ns > 0 ? Math.round(random.uniform() * jitter_ns) : 0);
  };
}

function countRange(message: Message, { range }: TypedContract, counts: StreamCounts): void {
  if (range !== undefined && !within(message, range[0], range[1])) counts.out_of_range++;
}

function within(message: Message, low: number, high: number): boolean {
  if (typeof message === "number") return message >= low && message <= high;
  if (typeof message === "string" || typeof message === "boolean") return true;
  if (isTypedArray(message)) return message.every((v: number) => v >= low && v <= high);
  return Object.values(message).every((part: Message) => within(part, low, high));
}
