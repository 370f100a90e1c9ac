/**
 * The one list of everything that Limbeck says when something is wrong.
 *
 * Codes are stable and never used again for another meaning. One file an area, a range of codes each:
 * L00 command line and files, L01 graph file, L02 graph checks, L03 messages, L04 components and sources,
 * L05 rewriting, L06 running, L07 recording and datasets, L08 ONNX and models, L09 training and distilling.
 */
import { command } from "./catalogue/command.js";
import { component } from "./catalogue/component.js";
import { consensus } from "./catalogue/consensus.js";
import { dataset } from "./catalogue/dataset.js";
import { distill } from "./catalogue/distill.js";
import { exporting } from "./catalogue/export.js";
import { foreign } from "./catalogue/foreign.js";
import { graphNodes } from "./catalogue/graph-nodes.js";
import { graphParts } from "./catalogue/graph-parts.js";
import { graphTime } from "./catalogue/graph-time.js";
import { graphValues } from "./catalogue/graph-values.js";
import { graphWiring } from "./catalogue/graph-wiring.js";
import { graphfile } from "./catalogue/graphfile.js";
import { loop } from "./catalogue/loop.js";
import { lower } from "./catalogue/lower.js";
import { message } from "./catalogue/message.js";
import { model } from "./catalogue/model.js";
import { onnx } from "./catalogue/onnx.js";
import { record } from "./catalogue/record.js";
import { rewrite } from "./catalogue/rewrite.js";
import { run } from "./catalogue/run.js";
import { soundness } from "./catalogue/soundness.js";
import { subGraph } from "./catalogue/sub-graph.js";
import { tensor } from "./catalogue/tensor.js";
import { train } from "./catalogue/train.js";
import { typescript } from "./catalogue/typescript.js";

export const catalogue = {
  ...command,
  ...graphfile,
  ...typescript,
  ...subGraph,
  ...graphParts,
  ...graphWiring,
  ...graphValues,
  ...graphTime,
  ...graphNodes,
  ...soundness,
  ...message,
  ...component,
  ...rewrite,
  ...run,
  ...record,
  ...consensus,
  ...foreign,
  ...dataset,
  ...exporting,
  ...onnx,
  ...tensor,
  ...model,
  ...lower,
  ...distill,
  ...loop,
  ...train,
} as const;
