/**
 * What specialised firings work on: the memory of the run that is advancing just now.
 *
 * A run's firings could hold their memory themselves, but then every run would have functions of its own, and the
 * compiler below us would learn nothing from one run for the next. So there is one function a shape for the whole
 * process, and a run puts its memory here before it advances. It advances without a pause, so no other comes between.
 */
import type { Context } from "../component/component.js";
import type { Engine } from "./engine.js";
import type { Plan } from "./plan.js";
import type { ReadySet } from "./ready.js";
import type { Unusual } from "./specialise.js";
import type { Beat } from "./watchdog.js";

export interface Registers {
  numbers: Float64Array;
  values: unknown[];
  links: Int32Array;
  /** By out, not 0: somebody beside the plain readers hears of it. */
  tapped: Uint8Array;
  /** By rank: the first of those with whom a vertex shares its firing. */
  first: Int32Array;
  /** The ready set, and its bits. */
  marks: ReadySet;
  bits: Int32Array;
  readers: Int32Array;
  readerStart: Int32Array;
  plan: Plan;
  emit: Engine["emit"];
  ctx: Context & { node: number };
  /** By rank. */
  prepared: readonly unknown[];
  unusual: Unusual;
  engine: Engine;
  beat: Beat | undefined;
}

export const registers = {} as Registers;

/** Called before a run advances. */
export const load = (own: Registers): void => void Object.assign(registers, own);
