/** The one list of students, from the plainest to the most able. */
import { auto } from "./auto.js";
import { boosted } from "./boosted.js";
import { conv } from "./conv.js";
import { forest } from "./forest.js";
import { gru } from "./gru.js";
import { history } from "./history.js";
import { keypoints } from "./keypoints.js";
import { keypointsArgmax } from "./keypoints-argmax.js";
import { mean } from "./mean.js";
import { mlp } from "./mlp.js";
import { ridge } from "./ridge.js";
import { ridgeMlp } from "./ridge-mlp.js";
import type { Student } from "./student.js";

export const students: readonly Student[] = [
  mean,
  ridge,
  forest,
  boosted,
  mlp,
  ridgeMlp,
  conv,
  keypoints,
  keypointsArgmax,
  history,
  gru,
  auto,
];
