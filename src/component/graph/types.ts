/**
 * The builder's face: what `graph(…)` hands to its callback, with every port, param and trigger typed.
 *
 * Behind it is `graphfile/builder.ts`, which knows no types and records what is said.
 */
import type { TSchema } from "typebox";
import type { RELAY } from "../../graph/inline.js";
import type { GraphSource } from "../../graphfile/typescript/builder.js";
import type { Json } from "../../message/type.js";
import type { Library } from "../library.js";
import type { BuiltinMessages } from "../messages.js";
import type { MONITOR } from "../monitor/monitor.js";
import type { Port as DeclaredPort } from "../ports.js";
import type { RECORDER } from "../recorder/node.js";
import type { ComponentTypes, Same } from "../typed.js";
import type {
  ElementOf,
  FieldName,
  FieldOf,
  Integer,
  IsAny,
  JsonOf,
  MessageOf,
  MessageOfValue,
  SchemaOf,
  Unknown,
} from "./message.js";

declare const carries: unique symbol;
declare const stands: unique symbol;
declare const direction: unique symbol;
declare const ports: unique symbol;

/** A place that messages of type `T` come from: an output of a node, or a stream. Only a port of the same type fits another. */
export interface Port<T> {
  readonly [carries]: (message: T) => T;
  /** One field of the messages: `joints.field("velocity")`. */
  field<K extends FieldName<T>>(name: K): Port<FieldOf<T, K>>;
  /** One element of a tensor of one dimension or of a list: `joints.field("position").at(0)`. */
  at(
    index: [ElementOf<T>] extends [never] ? never : number,
  ): Port<[ElementOf<T>] extends [never] ? Unknown : ElementOf<T>>;
}

export interface InStream<T> extends Port<T> {
  readonly [direction]: "in";
}

/** What leaves this computer. Declared before what sends it, so that the world can read it. */
export interface OutStream<T> extends Port<T> {
  readonly [direction]: "out";
  /** Says whose messages leave here. */
  from(port: Port<T>): this;
}

/** A port that is named before it is there: what closes a loop. */
export interface Later<T> extends Port<T> {
  /** Says which port it is. */
  is(port: Port<T>): this;
}

/** A param of the graph: stands for its value wherever one is wanted. */
export interface Param<V> {
  readonly [stands]: V;
}

/** A value, or a value with params in it. */
export type Given<V> =
  | Param<V extends readonly (infer Item)[] ? readonly Item[] : V>
  | (IsAny<V> extends true
      ? Unknown
      : unknown extends V
        ? Unknown
        : V extends readonly unknown[] | { readonly [key: string]: unknown }
          ? { readonly [K in keyof V]: Given<V[K]> }
          : V);

type Text<Unit extends string> = `${number}${Unit}` | Param<string>;
export type Rate = Text<"hz" | "khz">;
export type Duration = Text<"ns" | "us" | "ms" | "s" | "min" | "h">;

export interface ContractOptions {
  readonly rate?: Rate;
  readonly jitter?: Duration;
  readonly latency?: Duration;
  /** Share of messages lost: `1%`, or a number from 0 to 1. */
  readonly loss?: `${number}%` | number | Param<string> | Param<number>;
  /** Lowest and highest value of every number in a message. */
  readonly range?: readonly [number | Param<number>, number | Param<number>];
}

interface StreamOptions<T> {
  readonly kind?: "signal" | "event";
  /** Address of the real stream: `udp://0.0.0.0:9000`. */
  readonly live?: string;
  readonly contract?: ContractOptions;
  /** Held from the start until the first message; triggers nothing. */
  readonly initial?: Given<JsonOf<T>>;
  readonly doc?: string;
}

export interface InStreamOptions<T> extends StreamOptions<T> {
  /** Port of the world that feeds the stream in simulation. */
  readonly simulate?: Port<T>;
}

export interface OutStreamOptions<T> extends StreamOptions<T> {
  /** Whose messages leave here; where that comes later, say it by `.from(port)`. */
  readonly from?: Port<T>;
}

export interface InputOptions<T> {
  readonly from: Port<T>;
  /** A value whose stamp is older counts as missing. */
  readonly max_age?: Duration;
  /** What a firing does without a value (default `skip`). */
  readonly missing?: "skip" | "fault" | { readonly default: Given<JsonOf<T>> };
  /** Delivered later by this; breaks a cycle, and needs `initial`. */
  readonly delay?: Duration | `${number}period`;
  /** Held from the start until the first message; triggers nothing. */
  readonly initial?: Given<JsonOf<T>>;
  /** Read the message whose stamp equals that of the firing. */
  readonly exact?: boolean;
  /** Event inputs: what waits for the node, and what happens when too much does. A number is the size. */
  readonly queue?:
    | number
    | Param<number>
    | {
        readonly size: number | Param<number>;
        readonly policy?: "block" | "drop_oldest" | "drop_newest" | "fault";
      };
}

/** When a node fires. */
export type TriggerOptions<P> =
  | Rate
  | Duration
  | { readonly clock: Rate | Duration; readonly phase?: Duration }
  | { readonly each: readonly P[] }
  | { readonly aligned: { readonly ports: readonly P[]; readonly within: Duration } }
  | {
      readonly window: {
        readonly port?: P;
        readonly count?: number | Param<number>;
        readonly duration?: Duration;
        readonly every?: number | Param<number> | Duration;
      };
    }
  | { readonly silence: { readonly port: P; readonly for: Duration } };

/** What a node can be told beside its component, its inputs and its params. */
interface CommonOptions<Outs> {
  /** Outputs to hold when the node faults. */
  readonly safe?: { readonly [K in keyof Outs]?: Given<JsonOf<Outs[K]>> };
  /** Outputs held from the start until the first message; they trigger nothing. */
  readonly initial?: { readonly [K in keyof Outs]?: Given<JsonOf<Outs[K]>> };
  /** Faults that are mended. A number is the budget, over the whole run. */
  readonly restart?:
    | number
    | Param<number>
    | {
        readonly budget: number | Param<number>;
        readonly within?: Duration;
        readonly after?: Duration;
      };
  /** How long a firing takes. */
  readonly latency?:
    | Duration
    | { readonly normal: readonly [Duration, Duration] }
    | { readonly empirical: readonly Duration[] };
  /** Where the node runs (default `inline`). */
  readonly place?: "inline" | "worker" | "process";
  readonly timeout?: Duration;
  /** Labels by which rewrites choose nodes. */
  readonly tags?: readonly string[];
  readonly doc?: string;
}

/** A component file, with the component that was imported from it for its types. */
export interface FileComponent<C> {
  readonly [ports]: C;
}

/** A name in the library, a file by its path, a model, or a file with its types. */
export type ComponentName =
  | keyof Library
  | Inserted
  | `./${string}`
  | `../${string}`
  | `/${string}`
  | `model:${string}`;
/** What rewriting inserts: in a graph that was written out, nodes like any other. */
type Inserted = typeof RELAY | typeof RECORDER | typeof MONITOR;
export type ComponentLike = ComponentName | FileComponent<unknown>;

type Untyped = ComponentTypes<Unknown, Unknown, Unknown>;

/** The types that a component carries; those of a file or a model that is named by a text are not known. */
type TypesOf<C> = C extends keyof Library
  ? Carried<Library[C]>
  : C extends FileComponent<infer F>
    ? Carried<F>
    : Untyped;

type Carried<F> = F extends { readonly types?: infer T }
  ? T extends ComponentTypes
    ? T
    : T extends { readonly inputs: infer I; readonly outputs: infer O }
      ? ComponentTypes<ValuePorts<I>, ValuePorts<O>, Record<never, never>>
      : Untyped
  : Untyped;

declare const carried: unique symbol;
declare const value: unique symbol;
/** A port whose type was told by a value, not by a schema. */
interface ValuePort<V> {
  readonly [value]: V;
}
type ValuePorts<I> = unknown extends I ? Unknown : { readonly [K in keyof I]: ValuePort<I[K]> };

/** The message type of a declared port; branches of a generic component that differ are not told apart. */
type PortType<P, X> = [P] extends [ValuePort<infer V>]
  ? MessageOfValue<V>
  : [P] extends [{ readonly [carried]: infer T }]
    ? T
    : HasSame<SchemaOf<P>> extends true
      ? MessageOf<Extract<SchemaOf<P>, Same>, X>
      : MessageOf<SchemaOf<P>, X>;
type HasSame<S> = IsAny<S> extends true ? false : Extract<S, Same> extends never ? false : true;

type PortOptional<P> = P extends DeclaredPort<TSchema, infer O> ? O : false;
type PortName<I> = IsAny<I> extends true ? string : keyof I & string;

/** The inputs that a component cannot do without. */
type Needed<I> =
  IsAny<I> extends true
    ? never
    : { [K in keyof I]: string extends K ? never : PortOptional<I[K]> extends true ? never : K }[keyof I];

/** What an input may be given: a port of its type, or of one of them where the branches of a generic component differ. */
type Takes<P, X> =
  IsAny<P> extends true ? Wired<Unknown> : [P] extends [ToldPort] ? Wired<PortType<P, X>> : TakesOf<SchemaOf<P>, X>;
type TakesOf<S, X> =
  HasSame<S> extends true ? Wired<MessageOf<Extract<S, Same>, X>> : S extends unknown ? Wired<MessageOf<S, X>> : never;
type Wired<T> = Port<T> | InputOptions<T>;
type ToldPort = ValuePort<unknown> | StreamPort<Unknown>;

type InputsOf<I, X> =
  IsAny<I> extends true
    ? { readonly [port: string]: Port<Unknown> | InputOptions<Unknown> }
    : { readonly [K in Needed<I>]: Takes<I[K], X> } & {
        readonly [K in Exclude<keyof I, Needed<I>>]?: Takes<I[K], X>;
      };

/** The types of the ports that a node is given at the inputs whose type follows. */
type Followed<I, Given> =
  IsAny<I> extends true
    ? Unknown
    : {
        [K in keyof I & keyof Given]: HasSame<SchemaOf<I[K]>> extends true ? Carrying<Given[K]> : never;
      }[keyof I & keyof Given];
type Carrying<G> = G extends Port<infer T> ? T : G extends { readonly from: Port<infer T> } ? T : never;
type Following<I, Given> = [Followed<I, Given>] extends [never] ? Unknown : Followed<I, Given>;

type ParamsOf<P> =
  IsAny<P> extends true
    ? { readonly [name: string]: Unknown }
    : string extends keyof P
      ? Record<string, never>
      : { readonly [K in keyof P]?: Given<Exclude<P[K], undefined>> };

type OutputsOf<O, X> = IsAny<O> extends true ? { [port: string]: Unknown } : { [K in keyof O]: OutputType<O[K], X> };
type OutputType<P, X> = IsUnion<SchemaOf<P>> extends true ? SameOr<P, X> : PortType<P, X>;
type SameOr<P, X> = HasSame<SchemaOf<P>> extends true ? PortType<P, X> : Unknown;
type IsUnion<U, All = U> = [U] extends [never]
  ? false
  : (U extends unknown ? ([All] extends [U] ? false : true) : never) extends false
    ? false
    : true;

/** What TypeScript says of an input that is not there. */
interface NoSuchInput<Names> {
  readonly inputs: Names;
}
type NoOthers<Given, Names extends string> = string extends Names
  ? unknown
  : { readonly [K in Exclude<keyof Given, Names>]: NoSuchInput<Names> };

type NodeOptions<T extends ComponentTypes, I> = CommonOptions<OutputsOf<T["outputs"], Unknown>> & {
  readonly on?: TriggerOptions<PortName<T["inputs"]>>;
  readonly params?: ParamsOf<T["params"]>;
} & ([Needed<T["inputs"]>] extends [never]
    ? { readonly in?: I & InputsOf<T["inputs"], Following<T["inputs"], I>> & NoOthers<I, PortName<T["inputs"]>> }
    : { readonly in: I & InputsOf<T["inputs"], Following<T["inputs"], I>> & NoOthers<I, PortName<T["inputs"]>> });

/** A node of the graph: its outputs by name. Stands for its id in rewrites. */
export type Node<Outs> = { readonly [K in keyof Outs]: Port<Outs[K]> } & NodeHandle;

declare const node: unique symbol;
export interface NodeHandle {
  readonly [node]: true;
}

interface AddNode {
  <const C extends ComponentLike, const I = Record<never, never>>(
    id: string,
    component: C,
    options: NodeOptions<TypesOf<C>, I>,
  ): Node<OutputsOf<TypesOf<C>["outputs"], Following<TypesOf<C>["inputs"], I>>>;
  <const C extends ComponentLike>(
    id: string,
    component: [Needed<TypesOf<C>["inputs"]>] extends [never] ? C : never,
  ): Node<OutputsOf<TypesOf<C>["outputs"], Unknown>>;
}

interface ParamTypes {
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly string: string;
  readonly array: readonly Unknown[];
  readonly object: { readonly [key: string]: Unknown };
}

export interface ParamOptions<K extends keyof ParamTypes, V> {
  readonly type?: K;
  readonly default?: V;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly V[];
  readonly unit?: string;
  readonly doc?: string;
}

/** Values in rewrites and metrics: ports stand for their references, nodes for their ids. */
export type Loose =
  | Json
  | undefined
  | Port<Unknown>
  | Param<Unknown>
  | NodeHandle
  | readonly Loose[]
  | { readonly [key: string]: Loose };

export interface EvaluateOptions {
  /** Virtual time of one episode (default `10s`). */
  readonly for?: Duration;
  /** Episodes from each start (default 8). */
  readonly episodes?: number;
  /** `{tracking: {rmse: [arm.tip, target]}}`. */
  readonly metrics?: { readonly [name: string]: { readonly [metric: string]: readonly Port<Unknown>[] } };
  /** Per param (`"arm.q0"`, or the graph's own) a value or `{uniform: [low, high]}`. */
  readonly starts?: { readonly [name: string]: { readonly [param: string]: Loose } };
}

/** Names of message types that need no declaration. */
type Primitive = { number: number; integer: Integer; boolean: boolean; string: string };
/** A schema, or the name of a type of `schemas/messages`, whose structure TypeScript does not see. */
export type TypeLike = TSchema | string;
export type TypeOf<S> = S extends string
  ? S extends keyof Primitive
    ? Primitive[S]
    : S extends keyof BuiltinMessages
      ? MessageOf<BuiltinMessages[S]>
      : Unknown
  : MessageOf<S>;

export interface GraphBuilder {
  /** A value that the graph names once, overridden by `--set name=value`. */
  param<K extends keyof ParamTypes, const V extends ParamTypes[K] = ParamTypes[K]>(
    name: string,
    declaration: ParamOptions<K, V> & { readonly type: K },
  ): Param<K extends "number" | "integer" ? number : K extends "string" ? string : K extends "boolean" ? boolean : V>;
  param<const V>(name: string, declaration?: Omit<ParamOptions<never, V>, "type">): Param<V>;
  /** Declares a message type that no stream of this graph carries. */
  message(type: TSchema): void;
  /** What enters this computer. */
  in<const S extends TypeLike>(id: string, type: S, options?: InStreamOptions<TypeOf<S>>): InStream<TypeOf<S>>;
  /** What leaves this computer. */
  out<const S extends TypeLike>(id: string, type: S, options?: OutStreamOptions<TypeOf<S>>): OutStream<TypeOf<S>>;
  /** Plant, sensors, people: what lies outside the computer. */
  readonly world: AddNode;
  /** The system itself. */
  readonly node: AddNode;
  /** A component file, with what was imported from it for its types. */
  file<C>(path: string, component?: C): FileComponent<C>;
  /** A port that is there only later in the file; `.is(port)` says which it is. */
  later<const S extends TypeLike>(type: S): Later<TypeOf<S>>;
  /** A port by its name, `"vote#imu.value"`: for what a rewrite will have inserted. Its type is left to the checks. */
  ref(name: string): Port<Unknown>;
  /** A rule applied to the graph: `g.rewrite({ record: { as: "reach", … } })`. */
  rewrite(rule: { readonly [rule: string]: { readonly [option: string]: Loose } }): void;
  /** What `compare` and `distill` measure, and from where. */
  evaluate(options: EvaluateOptions): void;
}

export interface GraphOptions {
  /** Seed of everything random (default 0). */
  readonly seed?: number;
  readonly doc?: string;
}

/** A graph, with the streams that its callback gave back as ports for graphs that use it as a component. */
export interface TypedGraphSource<R> extends GraphSource {
  readonly types?: ComponentTypes<StreamsOf<R, "in">, StreamsOf<R, "out">, Unknown>;
}

type StreamsOf<R, D> = R extends { readonly [port: string]: Port<Unknown> }
  ? { readonly [K in keyof R as R[K] extends { readonly [direction]: D } ? K : never]: StreamPort<R[K]> }
  : Unknown;
interface StreamPort<R> {
  readonly [carried]: R extends Port<infer T> ? T : never;
}
