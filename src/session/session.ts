/**
 * A model that runs, in this thread. The file is decoded and checked before ONNX Runtime sees it.
 *
 * `openWorkerSession` in `worker.ts` is the same interface on a thread of its own.
 */
import { assertModel } from "../onnx/check.js";
import { decode } from "../onnx/codec/index.js";
import { type CheckedModel, openChecked, type Session, type SessionOptions } from "./runtime.js";

export type { Session, SessionOptions } from "./runtime.js";

/**
 * Decodes and checks a file. Errors: those of `decode` and `checkModel`.
 *
 * @example
 * checkFile(encode(model)).inputs // [{ name: "x", dtype: "float32", shape: ["N", 2] }]
 * checkFile(Uint8Array.of(1, 2, 3)) // throws L0801
 */
export function checkFile(bytes: Uint8Array): CheckedModel {
  const { inputs, outputs, initializers } = assertModel(decode(bytes), { ops: "any" }).graph;
  return { bytes, inputs: inputs.filter((i) => !Object.hasOwn(initializers, i.name)), outputs };
}

/**
 * Opens a model in this thread. A run blocks the thread for its whole length.
 *
 * Errors: those of `decode` and `checkModel`; L0810 when ONNX Runtime refuses the model.
 *
 * @example
 * const session = await openSession(encode(model));
 * const { y } = await session.run({ x: tensor("float32", [1, 2], [0.5, -1]) });
 * y.data // Float32Array [1, -2]
 * await session.close();
 */
export const openSession = async (bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> =>
  openChecked(checkFile(bytes), options);
