/**
 * A run in a worker thread.
 *
 *   here                                    thread
 *   start(job) ───────────────────────────► runProgram
 *   observers, progress  ◄── tell ───────── after, progress
 *   stop? rows, save     ◄── ask n ──────── before, take, chunk, save
 *                         ── answer n ────►
 *   "stop" ───────────────────────────────► at the next step
 *
 * The thread is never ended from here: inside ONNX Runtime that would end the process.
 */
import type { Tensors } from "../onnx/ir.js";
import { fail, LimbeckError, type Problem } from "../problem/problem.js";
import { startThread } from "../session/thread.js";
import { type Data, isStream, type Position } from "./data.js";
import type { Moment, RunEvent, RunProgress } from "./events.js";
import type { DataOptions } from "./host.js";
import type { Program } from "./program.js";
import type { Host, RunOptions, RunResult } from "./run.js";

/** Columns go to the thread; a stream stays, and is asked for. */
export type Sent = { readonly columns: Tensors } | { readonly rows: number };
export const isColumns = (sent: Sent): sent is { readonly columns: Tensors } => "columns" in sent;
const sent = (data: Data): Sent => (isStream(data) ? { rows: data.rows } : { columns: data });

/** What goes to the thread. */
export interface Job {
  readonly program: Program;
  readonly run: RunOptions;
  readonly train: Sent;
  readonly validation?: Sent;
  readonly shuffled: boolean;
  readonly observed: readonly Moment[];
}

export type Question =
  | { readonly before: RunEvent }
  | { readonly take: Position; readonly count: number; readonly size: number }
  | { readonly chunk: number; readonly rows: number }
  | { readonly save: Uint8Array }
  | { readonly digest: true };

/** What comes from the thread. */
export type Message =
  | { readonly ask: number; readonly question: Question }
  | { readonly after: RunEvent }
  | { readonly progress: RunProgress }
  | { readonly result: RunResult }
  | { readonly problems: readonly Problem[] };

/** What goes to it while it runs. */
export type Reply = "stop" | { readonly answer: number; readonly value: unknown } | { readonly failed: number };

export function runInThread(
  program: Program,
  { shuffled, ...data }: DataOptions & { readonly shuffled: boolean },
  run: RunOptions,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<RunResult> {
  const job: Job = {
    program,
    run,
    train: sent(data.train),
    ...(data.validation && { validation: sent(data.validation) }),
    shuffled,
    observed: [...host.observed],
  };
  const worker = startThread("./train_thread", import.meta.url, job);
  const reply = (message: Reply): void => worker.postMessage(message);
  const stop = (): void => reply("stop");
  signal?.addEventListener("abort", stop, { once: true });
  const answer = async (question: Question): Promise<unknown> => {
    if ("before" in question) return host.before(question.before);
    if ("take" in question) return host.train.take(question.take, question.count, question.size);
    if ("chunk" in question) return host.validation!.chunk(question.chunk, question.rows);
    if ("save" in question) return host.save(question.save);
    return host.dataDigest();
  };
  return new Promise<RunResult>((resolve, reject) => {
    worker.on("message", async (message: Message) => {
      try {
        if ("ask" in message) reply({ answer: message.ask, value: await answer(message.question) });
        else if ("after" in message) host.after(message.after);
        else if ("progress" in message) host.progress(message.progress);
        else if ("result" in message) resolve(message.result);
        else reject(new LimbeckError(message.problems));
        if (host.stopped()) stop();
      } catch (error) {
        // what goes wrong on this side ends the training there, and is what the caller hears
        reject(error);
        if ("ask" in message) reply({ failed: message.ask });
        stop();
      }
    });
    const lost = (reason: string): void => {
      try {
        fail("L0814", { reason });
      } catch (error) {
        reject(error);
      }
    };
    worker.on("error", (error) => lost(error.message));
    worker.on("exit", (code) => lost(`the training thread ended (${code})`));
  }).finally(() => signal?.removeEventListener("abort", stop));
}
