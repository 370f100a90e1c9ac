/** Streams at run time: what a contract loses and delays on the way, and what is checked at the boundary. */
import type { Rng } from "../component/rng.js";
import type { TypedContract } from "../graph/typed.js";
import { isTypedArray } from "../message/tensor.js";
import type { Message } from "../message/type.js";
import { compileValidator } from "../message/validate.js";
import { fail } from "../problem/problem.js";
import type { Engine } from "./engine.js";
import type { OutState, VertexState } from "./state.js";

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
  const travel = createLink(contract, counts, random, ideal, 0);
  let here: { message: Message; stamp_ns: number } | undefined;
  return () => {
    if (here !== undefined) {
      engine.emit(out, here.message, here.stamp_ns);
      here = undefined;
    }
    if (slot === undefined || slot.arrived !== engine.tag) return;
    const message = slot.value!;
    const { stamp_ns } = slot;
    countRange(message, contract, counts);
    const arrival = travel(engine.time_ns, engine.microstep);
    if (arrival === undefined) return;
    if (arrival.time_ns === engine.time_ns && arrival.microstep === engine.microstep) {
      engine.emit(out, message, stamp_ns);
      return;
    }
    engine.schedule(arrival.time_ns, arrival.microstep, () => {
      here = { message, stamp_ns };
      engine.wake(state);
    });
  };
};

/** Messages leave the computer at their tag; the world hears them a microstep later, or after the link's latency. */
export const outStreamFiring: StreamFiring = (engine, state, contract, counts, random, ideal) => {
  const slot = state.slots[0]!;
  const out = state.outs[0]!;
  const travel = createLink(contract, counts, random, ideal, 1);
  return () => {
    const message = slot.value!;
    const { stamp_ns } = slot;
    countRange(message, contract, counts);
    engine.emit(out, message, stamp_ns);
    if (out.world.length === 0) return;
    const arrival = travel(engine.time_ns, engine.microstep);
    if (arrival === undefined) return;
    engine.schedule(arrival.time_ns, arrival.microstep, () => {
      for (const edge of out.world) engine.deliver(edge, message, stamp_ns);
    });
  };
};

interface Tag {
  readonly time_ns: number;
  readonly microstep: number;
}

/**
 * A link that loses a share `loss`, and delays by `latency` plus a uniform share of `jitter`.
 *
 * Messages keep their order; two that would arrive at one tag take successive microsteps.
 */
function createLink(contract: TypedContract, counts: StreamCounts, random: Rng, ideal: boolean, least: 0 | 1) {
  const { loss, latency_ns, jitter_ns } = contract;
  let last: Tag = { time_ns: -1, microstep: 0 };
  return (time_ns: number, microstep: number): Tag | undefined => {
    if (!ideal && loss > 0 && random.uniform() < loss) {
      counts.lost++;
      return undefined;
    }
    const delay_ns = ideal ? 0 : latency_ns + (jitter_ns > 0 ? Math.round(random.uniform() * jitter_ns) : 0);
    const due: Tag =
      delay_ns > 0 ? { time_ns: time_ns + delay_ns, microstep: 0 } : { time_ns, microstep: microstep + least };
    const late = due.time_ns < last.time_ns || (due.time_ns === last.time_ns && due.microstep <= last.microstep);
    last = late ? { time_ns: last.time_ns, microstep: last.microstep + 1 } : due;
    return last;
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
export function validation(engine: Engine, out: OutState, always: boolean): (message: Message) => void {
  const validate = compileValidator(out.type);
  return (message) => {
    if (!always && out.count > 1) return;
    const misfit = validate(message)[0];
    if (misfit !== undefined)
      fail("L0603", { port: out.name, time_ns: engine.time_ns, path: misfit.path, reason: misfit.reason });
  };
}
