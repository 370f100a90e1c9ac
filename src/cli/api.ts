/**
 * What the verbs ask of the composition root, and what they get back.
 *
 * Results are plain JSON: `--json` prints them as they are.
 */
import type { Graph, Metric } from "../graph/ir.js";
import type { TypedGraph } from "../graph/typed.js";
import type { Problem } from "../problem/problem.js";

export interface Api {
  loadGraph(file: string, options: LoadOptions): Promise<Loaded>;
  /** The graph as the text of a graph file. */
  printGraph(graph: Graph): string;
  picture(loaded: Loaded, format: PictureFormat): Promise<string>;
  simulate(loaded: Loaded, options: SimulateOptions): Promise<SimulateResult>;
  distill(loaded: Loaded, options: DistillOptions): Promise<DistillResult>;
  compare(loaded: Loaded, options: CompareOptions): Promise<CompareResult>;
}

export interface LoadOptions {
  /** Each as typed: `kp=40`, `arm.mass=2`. */
  readonly set?: readonly string[];
  /** Rewrite files to lay over the graph. */
  readonly with?: readonly string[];
  /** Load no component file. */
  readonly noCode?: boolean;
}

export interface Loaded {
  readonly file: string;
  readonly graph: Graph;
  /** Absent when `problems` holds an error. */
  readonly typed?: TypedGraph;
  readonly problems: readonly Problem[];
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  /** Texts of the files that were read, by name, for code frames. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface Change {
  readonly rule: string;
  readonly message: string;
}

export interface Refusal {
  readonly rule: string;
  readonly reason: string;
}

export type PictureFormat = "svg" | "mermaid" | "dot" | "json";

/** How far a long job is. A new `phase` ends the one before it. */
export interface Progress {
  /** In the user's words: "training mlp". */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** A few words at the end of the line: "validation loss 0.031". */
  readonly detail?: string;
}

/** Given to every job that takes time. */
export interface JobOptions {
  /** Folder for everything that is made. */
  readonly home: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** In place of the graph file's own. */
  readonly seed?: number;
}

export interface SimulateOptions extends JobOptions {
  /** Virtual time to run for. */
  readonly for_ns: number;
  /** No jitter, latency or loss. */
  readonly ideal: boolean;
}

export interface SimulateResult {
  readonly digest: string;
  readonly ports: { readonly [port: string]: { readonly digest: string; readonly messages: number } };
  readonly events: number;
  readonly node_steps: number;
  readonly virtual_s: number;
  readonly wall_ms: number;
  /** File of the run log. */
  readonly log: string;
  readonly recordings: readonly string[];
}

export interface DistillOptions extends JobOptions {
  /** The region, or the relation; `all` is the region of every node. */
  readonly teacher:
    | { readonly nodes: readonly string[] }
    | { readonly all: true }
    | { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
  readonly as: string;
  /** A recording to take the rows from. */
  readonly from?: string;
  readonly rowsOn?: string;
  readonly students?: readonly string[];
  /** The command as typed, for the model card. */
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface CompareOptions extends JobOptions {
  /** References of models: `reach`, `reach@3`, `reach@champion`. */
  readonly models: readonly string[];
}

/** How a model predicts rows that it has not seen, in original units; nMSE is MSE over the variance of the output. */
export interface OpenLoop {
  /** One value an output column. */
  readonly nmse: readonly number[];
  readonly nmse_mean: number;
  readonly r2_mean: number;
}

export interface MeanSd {
  readonly mean: number;
  readonly sd: number;
}

/** By metric, then by set of starts. */
export interface ClosedLoop {
  readonly [metric: string]: { readonly [start: string]: MeanSd };
}

export interface Score {
  readonly name: string;
  readonly test: OpenLoop;
  readonly closed_loop?: ClosedLoop;
}

export interface Comparison {
  readonly graph: string;
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
  /** What the closed-loop metrics are: lower is better in all of them. */
  readonly metrics: { readonly [metric: string]: { readonly of: Metric; readonly unit?: string } };
  /** The teacher has no open-loop score: it is the truth there. */
  readonly teacher?: { readonly name: string; readonly closed_loop?: ClosedLoop };
  readonly students: readonly Score[];
  /** What a student has to beat: the mean of the training rows. */
  readonly baselines: readonly Score[];
}

export interface CompareResult extends Comparison {
  readonly report?: string;
}

export interface DistillResult extends Comparison {
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  /** Name of the student that was stored. */
  readonly winner: string;
  readonly report: string;
  readonly recording: string;
  readonly dataset: string;
  /** The ONNX file. */
  readonly onnx: string;
  /** The generated drop-in. */
  readonly component: string;
}
