/**
 * What can be done with a graph file: load, print, draw, simulate, distil, compare.
 *
 * What brings large libraries along (layout, charts, training) is loaded when it is first called: checking a file of
 * three nodes must not wait for them.
 */

import type { PolicySession } from "../component/component.js";
import type { ExportResult } from "../dataset/export/export.js";
import type { ExportOptions } from "../dataset/export/format.js";
import type { Dataset } from "../dataset/open.js";
import type { TeacherSpec } from "../distill/teacher.js";
import { dot } from "../graph/picture/dot.js";
import { pictureJson } from "../graph/picture/json.js";
import { mermaid } from "../graph/picture/mermaid.js";
import type { TypedGraph } from "../graph/typed.js";
import type { AddedModel, AddModelOptions } from "./add-model.js";
import type { CompareOptions } from "./compare.js";
import type { DatasetOptions } from "./dataset.js";
import type { DistillOptions } from "./distill.js";
import type { DistilledParts, DistillPartsOptions } from "./distill-parts.js";
import type { ImportOptions, ImportResult } from "./import.js";
import { checked, type Loaded } from "./load.js";
import type { LoweredFile, LowerJob, StoreJob, VerifiedPolicy, VerifyPolicyJob } from "./lower.js";
import type { OnnxFileInfo, PackedOnnx } from "./onnx.js";
import type { AnyInfo, FilterJob, FilterSummary, RecordingJob, Recovery } from "./recording.js";
import type { CompareResult, DistillResult } from "./results.js";
import type { SplicedFile, SpliceJob } from "./splice.js";

export type { ExportResult } from "../dataset/export/export.js";
export type { ExportOptions } from "../dataset/export/format.js";
export { type Batch, type LoaderOptions, loader } from "../dataset/loader.js";
export type { DatasetManifest } from "../dataset/manifest.js";
export { type Dataset, testView, trainingView, type View } from "../dataset/open.js";
export { type Difference, differences } from "../graph/difference.js";
export { printGraph } from "../graphfile/print.js";
export { printTypescript } from "../graphfile/typescript/print.js";
export type { AddedModel, AddModelOptions } from "./add-model.js";
export type { CompareOptions } from "./compare.js";
export type { DatasetOptions } from "./dataset.js";
export type { DistillOptions } from "./distill.js";
export type { DistilledParts, DistillPartsOptions } from "./distill-parts.js";
export type { ImportedStream, ImportOptions, ImportResult } from "./import.js";
export { type Loaded, type LoadOptions, loadGraph } from "./load.js";
export type { LoweredFile, LowerJob, StoreJob, VerifiedPolicy, VerifyPolicyJob } from "./lower.js";
export type { OnnxFileInfo, PackedOnnx } from "./onnx.js";
export { type OpenRunOptions, openRun } from "./open-run.js";
export type { AnyInfo, FilterJob, FilterSummary, RecordingJob, Recovery } from "./recording.js";
export { type FileRecordings, fileRecordings, type LiveRecording, liveRecordings } from "./recordings.js";
export type { CompareResult, DistillResult } from "./results.js";
export {
  type JobOptions,
  type ReplayResult,
  type RunJobOptions,
  replay,
  type SimulateOptions,
  type SimulateResult,
  simulate,
} from "./simulate.js";
export type { Spliced, SplicedFile, SpliceJob } from "./splice.js";
export { type Divergence, firstDivergence } from "./trace.js";

const svg = async (typed: TypedGraph) => (await import("../graph/picture/svg.js")).svg(typed);
const formats = { svg, mermaid, dot, json: pictureJson };

export type PictureFormat = keyof typeof formats;

/**
 * A graph's picture as text.
 *
 * @throws LimbeckError when the graph has errors
 * @example
 * (await picture(await loadGraph("arm-reach.graph.yaml"), "mermaid")).slice(0, 12) // "flowchart LR"
 */
export async function picture(loaded: Loaded, format: PictureFormat): Promise<string> {
  return formats[format](checked(loaded));
}

/** Records a teacher, fits students to it and stores the best; see `project/distill.ts`. */
export async function distill(loaded: Loaded, options: DistillOptions): Promise<DistillResult> {
  return (await import("./distill.js")).distill(loaded, options);
}

/** The parts of a teacher that fires at several times; see `project/distill-parts.ts`. */
export async function partsOf(loaded: Loaded, teacher: TeacherSpec): Promise<DistillPartsOptions["parts"] | undefined> {
  return (await import("./distill-parts.js")).partsOf(loaded, teacher);
}

/** A student for each of them, and one policy of all; see `project/distill-parts.ts`. */
export async function distillParts(loaded: Loaded, options: DistillPartsOptions): Promise<DistilledParts> {
  return (await import("./distill-parts.js")).distillParts(loaded, options);
}

/** Teacher and models side by side, open loop and closed loop; see `project/compare.ts`. */
export async function compare(loaded: Loaded, options: CompareOptions): Promise<CompareResult> {
  return (await import("./compare.js")).compare(loaded, options);
}

/** Nodes of a graph, or the whole system, as one ONNX graph; see `project/lower.ts`. */
export async function lower(loaded: Loaded, job: LowerJob): Promise<LoweredFile> {
  return (await import("./lower.js")).lower(loaded, job);
}

/** The same, with what cannot be lowered distilled first; see `project/splice.ts`. */
export async function lowerSpliced(loaded: Loaded, job: SpliceJob): Promise<SplicedFile> {
  return (await import("./splice.js")).lowerSpliced(loaded, job);
}

/** A policy at work: its state goes from `step` to `step`; see `models/policy.ts`. */
export async function runPolicy(bytes: Uint8Array, rows = 1): Promise<PolicySession> {
  return (await import("../models/policy.js")).runPolicy(bytes, rows);
}

/** A lowered policy into the model store; see `project/lower.ts`. */
export async function storePolicy(lowered: LoweredFile, job: StoreJob) {
  return (await import("./lower.js")).storePolicy(lowered, job);
}

/** A policy beside the nodes that it was lowered from; see `project/lower.ts`. */
export async function verifyPolicy(loaded: Loaded, job: VerifyPolicyJob): Promise<VerifiedPolicy> {
  return (await import("./lower.js")).verifyPolicy(loaded, job);
}

/** Columns to train on from recordings, in a new folder; see `project/dataset.ts`. */
export async function buildDataset(options: DatasetOptions) {
  return (await import("./dataset.js")).buildDataset(options);
}

/** A dataset's folder, to be read through `trainingView` and `testView`; see `dataset/open.ts`. */
export async function openDataset(dir: string, options: { readonly digests?: "lazy" | "open" } = {}): Promise<Dataset> {
  return (await import("../dataset/open.js")).openDataset(dir, options);
}

/** A model that was trained elsewhere into the store; see `project/add-model.ts`. */
export async function addModel(loaded: Loaded, options: AddModelOptions): Promise<AddedModel> {
  return (await import("./add-model.js")).addModel(loaded, options);
}

/** What an ONNX file holds, and for what it would be refused; see `project/onnx.ts`. */
export async function describeOnnx(file: string): Promise<OnnxFileInfo> {
  return (await import("./onnx.js")).describeOnnx(file);
}

/** An ONNX file with the weights inside that it keeps beside it; see `project/onnx.ts`. */
export async function packOnnx(file: string, to: string): Promise<PackedOnnx> {
  return (await import("./onnx.js")).packOnnx(file, to);
}

/** What a recording holds, Limbeck's own or another program's; see `project/recording.ts`. */
export async function describeRecording(file: string, job: RecordingJob): Promise<AnyInfo> {
  return (await import("./recording.js")).describeRecording(file, job);
}

/** A new, whole file of what a damaged recording still holds; see `project/recording.ts`. */
export async function recover(file: string, to: string, job: RecordingJob): Promise<Recovery | undefined> {
  return (await import("./recording.js")).recover(file, to, job);
}

/** The rows of recordings in which comparable ports agree, or do not; see `project/recording.ts`. */
export async function filter(files: readonly string[], job: FilterJob): Promise<FilterSummary | undefined> {
  return (await import("./recording.js")).filter(files, job);
}

/** A recording of another program as a run log or a plain recording; see `project/import.ts`. */
export async function importRecording(options: ImportOptions): Promise<ImportResult | undefined> {
  return (await import("./import.js")).importRecording(options);
}

/** A dataset or recordings as files of other tools; see `dataset/export/export.ts`. */
export async function exportDataset(
  from: string | readonly string[],
  format: string,
  out: string,
  options: ExportOptions = {},
): Promise<ExportResult> {
  return (await import("../dataset/export/export.js")).exportDataset(from, format, out, options);
}
