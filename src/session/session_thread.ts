/** The thread behind `openWorkerSession`: opens the model it is given and answers runs in order until it is closed. */
import { parentPort, workerData } from "node:worker_threads";
import type { Tensors } from "../onnx/evaluate.js";
import type { Tensor } from "../onnx/ir.js";
import { LimbeckError, problem } from "../problem/problem.js";
import { openSession, type SessionOptions } from "./session.js";
import type { Answer } from "./worker.js";

const port = parentPort!;
const { bytes, options } = workerData as { bytes: Uint8Array; options: SessionOptions };

const say = (answer: Answer): void => port.postMessage(answer);
const attempt = async (id: number, work: () => Promise<{ [name: string]: Tensor }>): Promise<void> => {
  try {
    say({ id, outputs: await work() });
  } catch (e) {
    const problems =
      e instanceof LimbeckError
        ? e.problems
        : [problem("L0812", { reason: e instanceof Error ? e.message : String(e) })];
    say({ id, problems });
  }
};

const opening = openSession(bytes, options);
let last = attempt(0, async () => {
  await opening;
  return {};
});
port.on("message", (message: { id: number; feeds: Tensors } | { close: true }) => {
  last = last.then(async () => {
    if ("close" in message) {
      await (await opening).close();
      port.close();
    } else await attempt(message.id, async () => (await opening).run(message.feeds));
  });
});
