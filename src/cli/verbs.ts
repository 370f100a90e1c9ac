/** The list of verbs, in the order in which `limbeck help` shows them. */
import type { Group, Verb } from "./verb.js";
import { check } from "./verbs/check.js";
import { compare } from "./verbs/compare.js";
import { dataset } from "./verbs/dataset.js";
import { diff } from "./verbs/diff.js";
import { distill } from "./verbs/distill.js";
import { explain } from "./verbs/explain.js";
import { graph } from "./verbs/graph.js";
import { help } from "./verbs/help.js";
import { lower } from "./verbs/lower.js";
import { models } from "./verbs/models.js";
import { newProject } from "./verbs/new.js";
import { onnx } from "./verbs/onnx.js";
import { recording } from "./verbs/recording.js";
import { replay } from "./verbs/replay.js";
import { rewrite } from "./verbs/rewrite.js";
import { simulate } from "./verbs/simulate.js";
import { verify } from "./verbs/verify.js";

export const verbs: readonly (Verb | Group)[] = [
  newProject,
  check,
  graph,
  rewrite,
  simulate,
  replay,
  verify,
  diff,
  recording,
  dataset,
  distill,
  lower,
  compare,
  models,
  onnx,
  explain,
  help,
];
