/** The thread behind `openWorkerSession`: opens the model it is given and answers runs in order until it is closed. */
import { parentPort, workerData } from "node:worker_threads";
import type { Tensor, Tensors } from "../onnx/ir.js";
import { LimbeckError, problem } from "../problem/problem.js";
import { type CheckedModel, openChecked, type SessionOptions } from "./runtime.js";
import type { Answer } from "./worker.js";

const port = parentPort!;
const { model, options } = workerData as { model: CheckedModel; options: SessionOptions };

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

const opening = openChecked(model, options);
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
