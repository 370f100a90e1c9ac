/** The thread behind `runInThread`: runs one job, tells and asks the thread that started it, and stops when told to. */
import { parentPort, workerData } from "node:worker_threads";
import type { Tensors } from "../onnx/ir.js";
import { LimbeckError, problem } from "../problem/problem.js";
import { memoryFeed, memoryRows, type Taken } from "./data.js";
import { type Host, runProgram } from "./run.js";
import { isColumns, type Job, type Message, type Question, type Reply } from "./thread.js";

const port = parentPort!;
const { program, run, train, validation, shuffled, observed } = workerData as Job;
const say = (message: Message): void => port.postMessage(message);

let stopped = false;
let asked = 0;
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
const ask = (question: Question): Promise<unknown> => {
  asked += 1;
  const id = asked;
  say({ ask: id, question });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
};
port.on("message", (reply: Reply) => {
  if (reply === "stop") {
    stopped = true;
    return;
  }
  if ("failed" in reply) waiting.get(reply.failed)?.reject(new Error("the thread that trains was given up"));
  else {
    waiting.get(reply.answer)?.resolve(reply.value);
    waiting.delete(reply.answer);
  }
});

const digest = (): Promise<string> => ask({ digest: true }) as Promise<string>;
const host: Host = {
  train: isColumns(train)
    ? memoryFeed(train.columns, program.batch, run.seed, shuffled)
    : { take: (take, count, size) => ask({ take, count, size }) as Promise<Taken> },
  ...(validation && {
    validation: isColumns(validation)
      ? memoryRows(validation.columns)
      : { rows: validation.rows, chunk: (chunk, rows) => ask({ chunk, rows }) as Promise<Tensors> },
  }),
  dataDigest: digest,
  observed: new Set(observed),
  stopped: () => stopped,
  before: (event) => ask({ before: event }) as Promise<boolean>,
  after: (after) => say({ after }),
  progress: (progress) => say({ progress }),
  save: async (bytes) => {
    await ask({ save: bytes });
  },
  now: () => performance.now(),
};
try {
  say({ result: await runProgram(program, run, host) });
} catch (e) {
  say({ problems: e instanceof LimbeckError ? e.problems : [problem("L0812", { reason: String(e) })] });
}
port.close();
