/** The thread behind `trainInWorker`: runs one job, reports progress, and stops between runs when it is told to. */
import { parentPort, workerData } from "node:worker_threads";
import { LimbeckError, problem } from "../problem/problem.js";
import { runProgram } from "./run.js";
import type { Job, Report } from "./train.js";

const port = parentPort!;
const { program, data, run } = workerData as Job;
const say = (report: Report): void => port.postMessage(report);

let stopped = false;
port.on("message", () => {
  stopped = true;
});
try {
  const result = await runProgram(program, data, run, {
    stopped: () => stopped,
    onProgress: (progress) => say({ progress }),
  });
  say({ result });
} catch (e) {
  say({
    problems: e instanceof LimbeckError ? e.problems : [problem("L0812", { reason: String(e) })],
  });
}
port.close();
