/**
 * What the two sides of a hosted node say to each other, and the way between them as an interface.
 *
 * Everything crosses by structured clone: typed arrays, NaN and −0 arrive as they were. The makers of channels
 * (a worker thread, a child process) stand above this folder, which knows neither threads nor processes.
 */
import type { Outputs, Setup, Stamps } from "../../component/component.js";
import type { Problem } from "../../problem/problem.js";

/** A way to another thread or process: what is sent arrives there, in order. */
export interface Channel {
  /** @throws DataCloneError for what is not data */
  send(message: Request): void;
  onMessage(listener: (message: Said) => void): void;
  /** Called once, when the other side is gone, with how it went (`exit code 1`). */
  onEnd(listener: (how: string) => void): void;
  /** Ends the other side now, whatever it is doing, and resolves once it is gone. */
  end(): Promise<void>;
  /** Whether this process has to stay alive for what is expected from the other side. */
  hold(held: boolean): void;
}

/** The far end of a channel, seen from there. */
export interface FarPort {
  send(message: Said): void;
  onMessage(listener: (message: Request) => void): void;
}

/** State of the node's random numbers: it goes out with every request and comes back with every answer. */
export type RngState = readonly number[];

/** What is asked of the far side; one at a time. */
export type Request = { readonly id: number; readonly rng: RngState } & (
  | { readonly ask: "load"; readonly references: readonly unknown[] }
  | { readonly ask: "make"; readonly reference: unknown; readonly setup: SetupData }
  | { readonly ask: "fire"; readonly inputs: { readonly [port: string]: unknown }; readonly context: ContextData }
  | { readonly ask: "next" }
  | { readonly ask: "snapshot" }
  | { readonly ask: "restore"; readonly state: unknown }
  | { readonly ask: "close" }
);

export type Ask = Request["ask"];

/** A `Setup` as far as it is data. */
export type SetupData = Omit<Setup, "rng" | "services" | "wake">;

/** A `Context` as data; the lists follow the input ports of the signature. */
export interface ContextData {
  readonly time: number;
  readonly time_ns: number;
  readonly microstep: number;
  readonly dt: number;
  readonly fresh: readonly boolean[];
  readonly age: readonly number[];
  readonly stamp: readonly number[];
}

/** What an instance over there can do. */
export interface Abilities {
  readonly fire: boolean;
  readonly next: boolean;
  readonly snapshot: boolean;
  readonly restore: boolean;
}

/** Outputs with their stamps apart, which are under a symbol otherwise and would be lost on the way. */
export interface Fired {
  readonly outputs: Outputs | undefined;
  readonly stamps?: Stamps;
}

/** The answer to request `id`. */
export type Answer = { readonly id: number; readonly rng: RngState; readonly wakes: readonly number[] } & (
  | { readonly result: unknown }
  | { readonly failure: Failure }
);

/** What was thrown over there: problems of ours, or an error with the stack that it had. */
export type Failure =
  | { readonly problems: readonly Problem[] }
  | { readonly name: string; readonly message: string; readonly stack: string | undefined };

/** What comes from the far side: that it is there, an answer, or what nobody caught. */
export type Said = { readonly ready: true } | Answer | { readonly uncaught: Failure };
