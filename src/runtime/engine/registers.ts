/**
 * What specialised firings work on: the memory of the run that is advancing just now.
 *
 * A run's firings could hold their memory themselves, but then every run would have functions of its own, and the
 * compiler below us would learn nothing from one run for the next. So there is one function a shape for the whole
 * process, and a run puts its memory here before it advances. It advances without a pause, so no other comes between.
 */
import type { Context, Outputs } from "../../component/component.js";
import type { Message } from "../../message/type.js";
import type { Plan } from "../plan/plan.js";
import type { Beat } from "../watchdog.js";

/** What specialised code calls when a firing is not the usual one. */
export interface Unusual {
  /** Cancels the firing for want of a value. */
  missing(rank: number, slot: number): void;
  /** The first firing of a node, and one that left a port silent: is every port that spoke declared? @throws L0605 */
  audit(rank: number, outputs: Outputs): void;
  crash(rank: number, error: unknown): void;
  /** Sends what a node says that takes its time. */
  later(rank: number, outputs: Outputs, stamp_ns: number, stamps: unknown): void;
  /** @throws TypeError */
  noOutputs(): never;
  /** A step that declares no state gave one back. @throws TypeError */
  noState(): never;
  /** A message at a port of bare numbers that is none. @throws LimbeckError L0603 */
  noNumber(port: string, value: unknown): never;
}

/** What nearly every firing uses. */
interface Hot {
  numbers: Float64Array;
  values: unknown[];
  links: Int32Array;
  /** By out, not 0: somebody beside the plain readers hears of it. */
  tapped: Uint8Array;
  /** By rank: the first of those with whom a vertex shares its firing. */
  first: Int32Array;
  /** Of the ready set. */
  bits: Int32Array;
  /** By slot: where the stamp of what it reads lies. */
  stamps_at: Int32Array;
  ctx: Context & { node: number };
}

export interface Registers extends Hot {
  /** By slot: where what it reads lies. */
  values_at: Int32Array;
  plan: Plan;
  emit: (out: number, message: Message, stamp_ns: number) => void;
  /** Wakes those that fire on an output. */
  wakeReaders: (out: number) => void;
  /** Notes a firing at this tag. */
  note: (rank: number) => void;
  /** By rank. */
  prepared: readonly unknown[];
  unusual: Unusual;
  beat: Beat | undefined;
}

export const registers = {} as Hot & { own: Registers };

/**
 * Called before a run advances. The object stays the same one: the compiler below us knows it by heart. What is seldom
 * used stays where it is, since 256 runs that take turns are loaded at each of them.
 */
export function load(own: Registers): void {
  if (registers.own === own) return;
  registers.own = own;
  registers.numbers = own.numbers;
  registers.values = own.values;
  registers.links = own.links;
  registers.tapped = own.tapped;
  registers.first = own.first;
  registers.bits = own.bits;
  registers.stamps_at = own.stamps_at;
  registers.ctx = own.ctx;
}
