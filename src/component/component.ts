/**
 * What a component is to everyone who did not write it: a value that tells its signature and makes instances.
 *
 * `step()`, `source()`, `model()` in this folder make such values; a new kind is a new maker, and the engine,
 * which only knows this file, does not change.
 */
import type { PortKind, Signature } from "../graph/catalogue.js";
import type { TypedTrigger } from "../graph/typed.js";
import type { Json, Message, MessageSchema } from "../message/type.js";
import type { Tensor, Tensors } from "../onnx/ir.js";
import type { Problem } from "../problem/problem.js";
import type { Draws } from "./draws.js";
import type { Rng } from "./rng.js";
import type { TensorProgram } from "./tensor/program.js";

export type Params = { readonly [name: string]: Json };
export type InputTypes = { readonly [port: string]: MessageSchema | undefined };
/** What a firing sends: a message for each port that speaks at this tag; an absent port stays silent. */
export type Outputs = { readonly [port: string]: Message | undefined } & { readonly [STAMPS]?: Stamps };
/** Stamps in ns that a firing declares for its outputs, where they are not those of its inputs. */
export type Stamps = { readonly [port: string]: number | undefined };
export const STAMPS: unique symbol = Symbol("stamps");

export interface Component {
  readonly doc: string;
  readonly kind: "step" | "tensor" | "source" | "stream" | "machine" | "model" | "sink";
  /** JSON Schema of the params. */
  readonly params: MessageSchema;
  /** @throws LimbeckError with relative paths (`/params/kp`) when the params do not fit. */
  signature(params: Params, inputs: InputTypes): Signature;
  instantiate(setup: Setup): Instance | Promise<Instance>;
  /**
   * The graph of ONNX ops that it is, for a node: what can be lowered, differentiated and batched has one. None under
   * params that make it draw at random.
   *
   * @throws LimbeckError L0830 for a type that the tensor language does not have
   */
  tensor?(setup: TensorSetup): TensorProgram | undefined;
  /**
   * What it draws at random under these params, told apart from what it computes. None where nothing is drawn, and where
   * what is drawn depends on what the node hears.
   *
   * @throws LimbeckError L0830 for a type that the tensor language does not have
   */
  draws?(setup: TensorSetup): Draws | undefined;
}

/** What follows from the graph around a node. */
export type TensorSetup = Pick<Setup, "node" | "params" | "inputs" | "kinds" | "trigger" | "queues">;

export interface Setup {
  /** The node's id, for messages. */
  readonly node: string;
  readonly params: Params;
  readonly signature: Signature;
  /** Types at the connected inputs. */
  readonly inputs: InputTypes;
  /** Kinds of the connected inputs. */
  readonly kinds: { readonly [port: string]: PortKind };
  /** What makes the node fire: the event inputs of a clocked one, and that of a window, come as arrays. */
  readonly trigger?: TypedTrigger;
  /** Messages that may wait at inputs whose queue is declared. */
  readonly queues?: { readonly [port: string]: number };
  readonly rng: Rng;
  readonly services: Services;
  /** When the instance begins: 0 or left out, or the time of the node's restart; to be asked for when it fires. */
  readonly begun_ns?: number;
  /**
   * Asks for a firing of this node at a time, whatever its trigger: how a component has timers of its own. A time that
   * is not after now means the next microstep. What was asked for before a `snapshot()` is asked for again by `restore()`.
   */
  readonly wake: (time_ns: number) => void;
}

/** What a run lends to its components; each is an interface, so that a test or another driver can lend its own. */
export interface Services {
  readonly files: Files;
  readonly models: Models;
  readonly recordings: Recordings;
}

/** The files that a component may read, relative to the graph file that names them. */
export interface Files {
  /** Bytes of a file, in chunks. @throws LimbeckError L0001, L0002, L0003 */
  read(path: string): AsyncIterable<Uint8Array>;
  /** The path as users know it, for messages. */
  shown(path: string): string;
}

/** Opens trained models by reference (`reach@1`, `reach@champion`). */
export interface Models {
  /** @throws LimbeckError when there is no such model, or its bytes are not those of its card (or of `sha256`, if given) */
  open(reference: string, sha256?: string): Promise<ModelSession>;
  /** The same for a policy, which remembers. */
  policy(reference: string, sha256?: string): Promise<PolicySession>;
}

/** A policy at work: tensors by name in and out, `rows` in each; its state goes from call to call. */
export interface PolicySession {
  /** Names of what a call is given, and gives: without state. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly rows: number;
  step(feeds: Tensors): Promise<Tensors>;
  /** Begins anew at the next call; with `which`, in these rows. */
  reset(which?: readonly boolean[]): void;
  /** What it remembers, as data. */
  snapshot(): PolicyState;
  restore(saved: PolicyState): void;
  close(): Promise<void>;
}

export interface PolicyState {
  state: { [name: string]: Tensor };
  reset: Tensor;
}

/** A model that can be run: rows of flattened messages in and out, one block a port, batch 1. */
export interface ModelSession {
  /** What it gives is good until the next run. */
  run(inputs: { readonly [port: string]: Float32Array }): Promise<{ readonly [port: string]: Float32Array }>;
  /** What it remembers from run to run, as data. */
  snapshot?(): unknown;
  restore?(saved: unknown): void;
  close(): Promise<void>;
}

/** Opens recordings for the recorders of a run. */
export interface Recordings {
  open(spec: RecordingSpec): Recording | Promise<Recording>;
}

export interface RecordingSpec {
  /** What the user called it. */
  readonly as: string;
  /** `firings`: a row a firing of the outputs' node; `asof`: every message, joined by stamp afterwards. */
  readonly rows: "firings" | "asof";
  readonly ports: readonly RecordedPort[];
  /** Into files of about so many bytes, or of so much time on the run's clock. */
  readonly split?: { readonly bytes?: number; readonly time_ns?: number };
  /** Bytes of all files of the recording together, and what happens once they are used up. */
  readonly max_disk?: { readonly bytes: number; readonly when_full: "stop" | "drop_oldest" };
}

export interface RecordedPort {
  readonly port: string;
  readonly role: "input" | "output";
  readonly type: MessageSchema;
}

export interface Recording {
  /**
   * Rows come as policies let them through; those of one episode carry the same number, which only grows. Never fails
   * for a full or failing disk: what could not be kept is counted. A promise asks the run to wait until the disk has
   * caught up.
   */
  row(time_ns: number, microstep: number, entries: readonly Entry[], episode?: number): void | Promise<void>;
  /** The run keeps time: it is not asked to wait before its end, and rows that the disk cannot follow are dropped. */
  readonly live?: boolean;
  /** A row that lacked a value at `port`. */
  incomplete(port: string): void;
  /** A row that was to be kept and was forgotten, with its cause (`ring full`). */
  dropped?(row: { readonly entries: readonly Entry[] }, cause: string): void;
  /** Nothing is to be written until a trigger fires. */
  armed?(): void;
  /** What a recorder counted itself, by name; told once, before the close. */
  counted?(counts: { readonly [what: string]: number }): void;
  close(): Promise<void>;
}

/** One port's part of a row. */
export interface Entry {
  readonly port: string;
  readonly stamp_ns: number;
  readonly message: Message;
}

/** One living node of a run. It has `fire` or `next`. */
export interface Instance {
  /** Steps: the function itself. The engine calls it with a state that it keeps; `fire` does the same with one of its own. */
  readonly step?: Stepper;
  /** Steps, models, sinks: one firing. `inputs` and `ctx` are valid until the next firing of this node. */
  fire?(inputs: Inputs, ctx: Context): Outputs | undefined | Promise<Outputs | undefined>;
  /** It fires at the ticks of a clock, too, whatever its trigger. */
  readonly clock?: { readonly period_ns: number; readonly phase_ns: number };
  /** Sources: the next item in order, `undefined` at the end. */
  next?(): Item | undefined | Promise<Item | undefined>;
  /** What a user should hear of at the end of a run (rows left out, say). */
  warnings?(): readonly Problem[];
  /**
   * The state as data that `structuredClone` takes; what is drawn from `rng` is kept by the run.
   * @throws LimbeckError L0418 when there is more to it than data
   */
  snapshot?(): unknown;
  /** Goes on from there, in an instance that has not fired. */
  restore?(state: unknown): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** A pure function and what it is called with; one function for all nodes of a component, so that the engine can specialise on it. */
export interface Stepper {
  readonly run: (
    inputs: Inputs,
    state: unknown,
    ctx: Context,
    prepared: unknown,
  ) => { readonly outputs: Outputs; readonly state?: unknown; readonly stamps?: Stamps };
  /** It declares a state. */
  readonly stateful: boolean;
  /** The state before the first firing. */
  readonly initial: unknown;
  readonly prepared: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: typed by the port's or the params' schema, not by the engine
export type Inputs = { [port: string]: any };

/** One message of a source. `stamp_ns` defaults to `time_ns`. */
export interface Item {
  readonly time_ns: number;
  readonly stamp_ns?: number;
  readonly port: string;
  readonly message: Message;
}

/** What a firing may know beside its inputs. SI units, unless the name says otherwise. */
export interface Context {
  /** Time of the tag, in seconds and in ns since the run's origin. */
  readonly time: number;
  readonly time_ns: number;
  readonly microstep: number;
  /** Seconds since this node's last firing; 0 at its first, and at its first after a restart. */
  readonly dt: number;
  /** Whether the value at this input came since the node's last firing; after a restart every value did. */
  fresh(port: string): boolean;
  /** Seconds since the stamp of the value at this input; `Infinity` without one. */
  age(port: string): number;
  /** Stamp in ns of the value at this input; `NaN` without one. */
  stamp(port: string): number;
  // biome-ignore lint/suspicious/noExplicitAny: typed by the port's or the params' schema, not by the engine
  readonly params: any;
  /** Seeded by the run's seed and the node's path. */
  readonly rng: Rng;
}
