/** Streams at run time: what a contract loses and delays on the way, and what is checked at the boundary. */
import type { Rng } from "../component/rng.js";
import type { TypedContract } from "../graph/typed.js";
import { isTypedArray } from "../message/tensor.js";
import type { Message } from "../message/type.js";
import { compileValidator } from "../message/validate.js";
import { fail } from "../problem/problem.js";
import type { Engine } from "./engine.js";
import type { OutState, VertexState } from "./state.js";
import { createTransit } from "./transit.js";

export interface StreamCounts {
  lost: number;
  out_of_range: number;
}

type StreamFiring = (
  engine: Engine,
  state: VertexState,
  contract: TypedContract,
  counts: StreamCounts,
  random: Rng,
  ideal: boolean,
) => () => void;

/** Messages come from the world, are lost or delayed, and enter the computer at their arrival. */
export const inStreamFiring: StreamFiring = (engine, state, contract, counts, random, ideal) => {
  const slot = state.slots[0];
  const out = state.outs[0]!;
  const travel = createLink(contract, counts, random, ideal);
  let here: { message: Message; stamp_ns: number } | undefined;
  const transit = createTransit(engine.agenda, out.name, (message, stamp_ns) => {
    here = { message, stamp_ns };
    engine.wake(state);
  });
  return () => {
    state.fired = engine.tag;
    const busy = here !== undefined;
    if (here !== undefined) {
      engine.emit(out, here.message, here.stamp_ns);
      here = undefined;
    }
    if (slot === undefined || slot.arrived !== engine.tag) return;
    const message = slot.value!;
    countRange(message, contract, counts);
    const delay_ns = travel();
    if (delay_ns === LOST) return;
    if (delay_ns === 0 && !busy && transit.inFlight() === 0) engine.emit(out, message, slot.stamp_ns);
    else transit.send(engine.time_ns + delay_ns, delay_ns > 0 ? 0 : engine.microstep + 1, message, slot.stamp_ns);
  };
};

/** Messages leave the computer at their tag; the world hears them a microstep later, or after the link's latency. */
export const outStreamFiring: StreamFiring = (engine, state, contract, counts, random, ideal) => {
  const slot = state.slots[0]!;
  const out = state.outs[0]!;
  const travel = createLink(contract, counts, random, ideal);
  const transit = createTransit(engine.agenda, out.name, (message, stamp_ns) => {
    for (const edge of out.world) engine.deliver(edge, message, stamp_ns);
    for (const { transit, delay_ns } of out.worldDelayed) transit.send(engine.time_ns + delay_ns, 0, message, stamp_ns);
  });
  const heard = out.world.length + out.worldDelayed.length > 0;
  return () => {
    state.fired = engine.tag;
    const message = slot.value!;
    countRange(message, contract, counts);
    engine.emit(out, message, slot.stamp_ns);
    if (!heard) return;
    const delay_ns = travel();
    if (delay_ns !== LOST)
      transit.send(engine.time_ns + delay_ns, delay_ns > 0 ? 0 : engine.microstep + 1, message, slot.stamp_ns);
  };
};

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

/** Validates what crosses the boundary always, and what a node says at its first message. @throws LimbeckError L0603 */
export function validation(engine: Engine, out: OutState, always: boolean, path: string): (message: Message) => void {
  const validate = compileValidator(out.type);
  return (message) => {
    const misfit = validate(message)[0];
    if (misfit !== undefined)
      fail("L0603", { port: out.name, time_ns: engine.time_ns, path: misfit.path, reason: misfit.reason }, { path });
    if (!always) out.validate = undefined;
  };
}
