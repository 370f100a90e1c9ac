/**
 * A checked graph: every name resolved, every port typed, every trigger decided, vertices in rank order.
 *
 * `check(graph, catalogue)` makes it; the plan (`runtime/`), lowering and pictures read it and resolve nothing again.
 */
import type { Json, MessageSchema } from "../message/type.js";
import type { PortKind, Signature } from "./catalogue.js";
import type { Contract, Graph, GraphNode, InStream, OutStream, Placement, QueuePolicy, Ref } from "./ir.js";

export interface TypedGraph {
  readonly graph: Graph;
  /** World nodes, in-streams, nodes and out-streams in one static topological order, ties by declaration. The index is the rank. */
  readonly vertices: readonly Vertex[];
  readonly byId: ReadonlyMap<string, Vertex>;
  /** The seed of the run, params already bound. */
  readonly seed: number;
  /** Of authored ports that rules have changed: the port that has the value that counts. Left out where there is none. */
  readonly effective?: ReadonlyMap<Ref, Ref>;
}

export type Vertex = NodeVertex | InStreamVertex | OutStreamVertex;

interface Common {
  readonly id: string;
  readonly rank: number;
  /** IR path, e.g. `/nodes/controller`. */
  readonly path: string;
  readonly inputs: readonly TypedInput[];
  readonly outputs: readonly TypedOutput[];
  /** Inserted by a rewrite: left out of the run's digest. */
  readonly inserted: boolean;
}

export interface NodeVertex extends Common {
  readonly place: "world" | "nodes";
  readonly node: GraphNode;
  readonly signature: Signature;
  readonly trigger: TypedTrigger;
  readonly latency?: TypedLatency;
  readonly restart?: TypedRestart;
  /** Default `inline`. */
  readonly placement?: Placement;
  readonly timeout_ns?: number;
}

export type TypedLatency =
  | { readonly kind: "constant"; readonly ns: number }
  | { readonly kind: "normal"; readonly mean_ns: number; readonly sd_ns: number }
  | { readonly kind: "empirical"; readonly values_ns: readonly number[] };

export interface TypedRestart {
  readonly budget: number;
  /** Infinite: the whole run. */
  readonly within_ns: number;
  readonly after_ns: number;
}

/** One input port `in` (the world port that simulates it, absent when there is none), one output port `out`. */
export interface InStreamVertex extends Common {
  readonly place: "in";
  readonly stream: InStream;
  readonly contract: TypedContract;
}

/** One input port `in`, one output port `out`. */
export interface OutStreamVertex extends Common {
  readonly place: "out";
  readonly stream: OutStream;
  readonly contract: TypedContract;
}

export interface TypedContract {
  readonly authored: Contract;
  readonly rate_hz?: number;
  readonly jitter_ns: number;
  readonly latency_ns: number;
  /** 0 to 1. */
  readonly loss: number;
  readonly range?: readonly [number, number];
}

export interface TypedInput {
  readonly port: string;
  /** IR path, e.g. `/nodes/controller/in/joints`. */
  readonly path: string;
  readonly kind: PortKind;
  readonly optional: boolean;
  /** Type after field selection. */
  readonly type: MessageSchema;
  readonly from: { readonly vertex: string; readonly port: string; readonly field: readonly string[] };
  readonly max_age_ns?: number;
  readonly missing: "skip" | "fault" | { readonly default: Json };
  /** Present: delivered at (t + delay, 0); the edge does not order the two vertices. */
  readonly delay_ns?: number;
  /** An out-stream read by the world: delivered one microstep later, does not order. */
  readonly boundary: boolean;
  readonly initial?: Json;
  /** The message whose stamp equals the firing's. */
  readonly exact?: boolean;
  readonly queue?: { readonly size: number; readonly policy: QueuePolicy };
}

export interface TypedOutput {
  readonly port: string;
  readonly kind: PortKind;
  readonly type: MessageSchema;
  readonly initial?: Json;
}

export type TypedTrigger =
  /** Firing k is at (phase + round(k · period)), `period_ns` = 10⁹ / rate and may be fractional. */
  | { readonly kind: "clock"; readonly period_ns: number; readonly phase_ns: number }
  | { readonly kind: "each"; readonly ports: readonly string[] }
  | { readonly kind: "aligned"; readonly ports: readonly string[]; readonly within_ns: number }
  /** One of `count` and `duration_ns`, one of `every_count` and `every_ns`. */
  | {
      readonly kind: "window";
      /** An event input. */
      readonly port: string;
      readonly count?: number;
      readonly duration_ns?: number;
      readonly every_count?: number;
      readonly every_ns?: number;
    }
  | { readonly kind: "silence"; readonly port: string; readonly for_ns: number }
  /** A source drives itself. */
  | { readonly kind: "source" };
