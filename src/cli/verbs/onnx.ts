/** `limbeck onnx …`: what is done with ONNX files, whoever made them. */
import type { Group } from "../verb.js";
import { info } from "./onnx/info.js";
import { pack } from "./onnx/pack.js";

export const onnx: Group = {
  name: "onnx",
  summary: "ONNX files of any maker: info, pack",
  verbs: [info, pack],
};
