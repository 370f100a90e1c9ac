/**
 * The IR: a graph as one immutable, canonical JSON value.
 *
 * Both fronts (YAML and TypeScript) produce it, rewriting maps it to itself, the plan is compiled from it.
 * Shorthands are expanded (`in: [a]` is `{a: {from: "a"}}`); quantities stay as written (`"100hz"`, `"10ms"`,
 * `"$rate"`), so that a digest is a digest of what the author meant. `origin` marks what a rule inserted.
 */
import type { Json, MessageSchema } from "../message/type.js";
import type { Origin } from "../problem/problem.js";

/** A rate (`100hz`), a duration (`10ms`), or `$param`. Parsed by `quantity.ts`. */
export type Quantity = string;
/** `node.port`, `stream`, either with `:field` behind it (`joints:velocity`). */
export type Ref = string;

export interface Graph {
  readonly limbeck: 1;
  readonly name: string;
  readonly doc?: string;
  readonly seed: number;
  readonly params: { readonly [name: string]: ParamDeclaration };
  /** Inline message types, in the canonical form of `message/`. */
  readonly messages: { readonly [name: string]: MessageSchema };
  readonly streams: {
    readonly in: { readonly [id: string]: InStream };
    readonly out: { readonly [id: string]: OutStream };
  };
  readonly world: { readonly [id: string]: GraphNode };
  readonly nodes: { readonly [id: string]: GraphNode };
  readonly rewrites: readonly RewriteEntry[];
  readonly evaluate?: Evaluate;
}

/** A JSON Schema of the value, with its default. */
export interface ParamDeclaration {
  readonly type?: "number" | "integer" | "boolean" | "string" | "array" | "object";
  readonly default?: Json;
  readonly unit?: string;
  readonly doc?: string;
  readonly [keyword: string]: Json | undefined;
}

export interface Contract {
  readonly rate?: Quantity;
  readonly jitter?: Quantity;
  readonly latency?: Quantity;
  /** Share of messages lost: `1%`, or a number from 0 to 1. */
  readonly loss?: string | number;
  /** Lower and upper bound of every number in the message. */
  readonly range?: readonly [number, number];
}

export interface InStream {
  /** Name of a message type. */
  readonly message: string;
  readonly kind?: "signal" | "event";
  /** World port that feeds the stream in simulation. */
  readonly simulate?: Ref;
  readonly live?: string;
  readonly contract?: Contract;
  readonly initial?: Json;
  readonly doc?: string;
  readonly origin?: Origin;
}

export interface OutStream {
  readonly message: string;
  readonly kind?: "signal" | "event";
  readonly from: Ref;
  readonly live?: string;
  readonly contract?: Contract;
  /** Held from (0, 0) on, triggering nothing, until the first message. */
  readonly initial?: Json;
  readonly doc?: string;
  readonly origin?: Origin;
}

export interface GraphNode {
  /** A name in the catalogue (`control/pd`), a file (`./controller.ts`), or a model (`model:reach@champion`). */
  readonly component: string;
  readonly on?: Trigger;
  readonly in: { readonly [port: string]: Input };
  readonly params: { readonly [name: string]: Json };
  /** Outputs to hold when the node faults. */
  readonly safe?: { readonly [port: string]: Json };
  /** How often a node that faulted is started again; without it, never. */
  readonly restart?: Restart;
  /** How long a firing takes: its outputs land that much later. */
  readonly latency?: Latency;
  /** Where the node runs (default `inline`). */
  readonly place?: Placement;
  /** Wall time that a firing in a worker or a process may take before the node counts as hanging. */
  readonly timeout?: Quantity;
  /** Labels by which rewrites choose nodes. */
  readonly tags?: readonly string[];
  /** Outputs held from (0, 0) on, triggering nothing, until the first message. */
  readonly initial?: { readonly [port: string]: Json };
  readonly doc?: string;
  readonly origin?: Origin;
}

export interface Input {
  readonly from: Ref;
  /** The value counts as missing once its stamp is older than this. */
  readonly max_age?: Quantity;
  /** What a firing does without a value: `skip` (default), `fault`, or a value to use. */
  readonly missing?: "skip" | "fault" | { readonly default: Json };
  /** Delivered at (t + delay, 0): a duration, or `1period` of the consumer's clock. */
  readonly delay?: Quantity;
  /** The held value before the first delayed message. */
  readonly initial?: Json;
  /** Read the message whose stamp equals the stamp of the firing, not the latest one. */
  readonly exact?: boolean;
  /** Event inputs: what waits for the node, and what happens when too much does. */
  readonly queue?: Queue;
  readonly origin?: Origin;
}

export interface Queue {
  readonly size: number;
  /** `block` holds the producer back (default `drop_oldest`). */
  readonly policy?: QueuePolicy;
}

/** Messages that wait at an input when nothing is said of its queue. */
export const MAX_WAITING = 1024;
/** Messages among which an input that is read by stamp looks for its own. */
export const MAX_REMEMBERED = 64;

export type QueuePolicy = "block" | "drop_oldest" | "drop_newest" | "fault";

/** Constant, normal with mean and standard deviation (cut off at zero), or drawn from measured values. */
export type Latency =
  | Quantity
  | { readonly normal: readonly [Quantity, Quantity] }
  | { readonly empirical: readonly Quantity[] };

export interface Restart {
  /** Faults that are mended in the time `within`; the next one is final. */
  readonly budget: number;
  /** Default: the whole run. */
  readonly within?: Quantity;
  /** From the fault to the new start (default `10ms`). */
  readonly after?: Quantity;
}

export type Placement = "inline" | "worker" | "process";

/** When a node fires. */
export type Trigger =
  | { readonly clock: Quantity; readonly phase?: Quantity }
  /** On a new message at any of these input ports. */
  | { readonly each: readonly string[] }
  /** Once there is a message at each of these ports with stamps that lie this close together. */
  | { readonly aligned: { readonly ports: readonly string[]; readonly within: Quantity } }
  | { readonly window: Window }
  /** Once nothing has come at the port for so long; armed again by the next message. */
  | { readonly silence: { readonly port: string; readonly for: Quantity } };

/**
 * The last `count` messages of an event input, or those of the last `duration`, every so many messages or so often.
 *
 * Without `every` windows follow each other without overlap.
 */
export interface Window {
  /** May be left out where the node has one event input. */
  readonly port?: string;
  readonly count?: number;
  readonly duration?: Quantity;
  readonly every?: number | Quantity;
}

/** One rewrite: `rule` names a file in `rewrite/rules`. */
export interface RewriteEntry {
  readonly rule: string;
  readonly options: { readonly [name: string]: Json };
}

export interface Evaluate {
  /** Virtual time of one episode (default `10s`). */
  readonly for?: Quantity;
  /** Episodes per start (default 8). */
  readonly episodes?: number;
  readonly metrics: { readonly [name: string]: Metric };
  readonly starts: { readonly [name: string]: Start };
}

/** `{rmse: [arm.tip, target]}`: the metric's name and the ports that it compares. */
export type Metric = { readonly [metric: string]: readonly Ref[] };

/** Per parameter (`arm.q0`, or a graph parameter) a value or a distribution. */
export interface Start {
  readonly [param: string]: Json | { readonly uniform: readonly [Json, Json] };
}
