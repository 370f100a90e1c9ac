/** L08: ONNX files, sessions, models. */
import { error } from "../entry.js";

export const onnx = {
  L0800: error<{ reason: string }>(3, "reserved", (a) => a.reason, ""),
} as const;
