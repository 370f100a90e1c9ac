/** A model that runs in a worker thread: the same interface as in place, and the caller's thread stays free. */
import type { Tensor } from "../onnx/ir.js";
import { fail, LimbeckError, type Problem } from "../problem/problem.js";
import { checkFeeds, type Session, type SessionOptions } from "./runtime.js";
import { checkFile } from "./session.js";
import { startThread } from "./thread.js";

/** What the thread answers: the outputs of run `id` (0 for opening), or why there are none. */
export type Answer =
  | { readonly id: number; readonly outputs: { readonly [name: string]: Tensor } }
  | { readonly id: number; readonly problems: readonly Problem[] };

interface Waiting {
  resolve(outputs: { [name: string]: Tensor }): void;
  reject(error: Error): void;
}

/**
 * Opens a model in a thread of its own. Runs are done in the order in which they are asked for.
 *
 * A run cannot be cut short: ending a thread inside ONNX Runtime ends the whole process, so `close` waits for it.
 *
 * Errors: as `openSession`; L0814 when the thread ends by itself.
 *
 * @example
 * const session = await openWorkerSession(encode(model));
 * const { y } = await session.run({ x: tensor("float32", [1, 2], [0.5, -1]) });
 * y.data // Float32Array [1, -2]
 * await session.close();
 */
export async function openWorkerSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const model = checkFile(bytes);
  const { inputs, outputs } = model;
  const worker = startThread("./session_thread", import.meta.url, { model, options });
  const waiting = new Map<number, Waiting>();
  let runs = 0;
  let over: string | undefined;
  const answer = (id: number) =>
    new Promise<{ [name: string]: Tensor }>((resolve, reject) => waiting.set(id, { resolve, reject }));
  const end = (reason: string): void => {
    over ??= reason;
    for (const { reject } of waiting.values()) {
      try {
        fail("L0814", { reason });
      } catch (error) {
        reject(error as Error);
      }
    }
    waiting.clear();
  };
  worker.on("message", (message: Answer) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ("problems" in message) asked?.reject(new LimbeckError(message.problems));
    else asked?.resolve(message.outputs);
  });
  worker.on("error", (error) => end(error.message));
  const exited = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      end(`its thread ended (${code})`);
      resolve();
    });
  });

  await answer(0);
  return {
    inputs,
    outputs,
    async run(feeds) {
      if (over !== undefined) return fail("L0814", { reason: over });
      checkFeeds(inputs, feeds);
      runs += 1;
      const result = answer(runs);
      worker.postMessage({ id: runs, feeds });
      return result;
    },
    async close() {
      over ??= "it was closed";
      worker.postMessage({ close: true });
      await exited;
    },
  };
}
