/** What can be done with a graph file: load, print, draw, simulate, distil, compare. */
import { dot } from "../graph/picture/dot.js";
import { pictureJson } from "../graph/picture/json.js";
import { mermaid } from "../graph/picture/mermaid.js";
import { svg } from "../graph/picture/svg.js";
import type { TypedGraph } from "../graph/typed.js";
import { LimbeckError } from "../problem/problem.js";
import type { Loaded } from "./load.js";

export { printGraph } from "../graphfile/print.js";
export { type Loaded, type LoadOptions, loadGraph } from "./load.js";
export { type JobOptions, type SimulateOptions, type SimulateResult, simulate } from "./simulate.js";

const formats = { svg, mermaid, dot, json: pictureJson };

export type PictureFormat = keyof typeof formats;

/** A graph's picture as text. @throws LimbeckError when the graph has errors */
export async function picture(loaded: Loaded, format: PictureFormat): Promise<string> {
  return formats[format](checked(loaded));
}

/** The typed graph of a loaded file. @throws LimbeckError with its errors */
export function checked({ typed, problems }: Loaded): TypedGraph {
  if (typed === undefined) throw new LimbeckError(problems.filter((p) => p.severity === "error"));
  return typed;
}
