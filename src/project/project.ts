/** What can be done with a graph file: load, print, draw, simulate, distil, compare. */
import { dot } from "../graph/picture/dot.js";
import { pictureJson } from "../graph/picture/json.js";
import { mermaid } from "../graph/picture/mermaid.js";
import { svg } from "../graph/picture/svg.js";
import { checked, type Loaded } from "./load.js";

export { type Difference, differences } from "../graph/difference.js";
export { printGraph } from "../graphfile/print.js";
export { printTypescript } from "../graphfile/typescript/print.js";
export { type CompareOptions, compare } from "./compare.js";
export { type DistillOptions, distill } from "./distill.js";
export { type Loaded, type LoadOptions, loadGraph } from "./load.js";
export { type OpenRunOptions, openRun } from "./open-run.js";
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
export { type Divergence, firstDivergence } from "./trace.js";

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
