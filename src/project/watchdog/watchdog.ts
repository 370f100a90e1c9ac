/**
 * Watches a run from another thread: an inline node that hangs ends the run by name, with everything kept that was written.
 *
 *   engine ──beat (shared memory)──► thread ──hang?──► interrupts this thread (inspector) ──► `hung` rejects here
 *                                                  └── in native code: last words, SIGKILL
 *
 * The interrupted thread is whole again afterwards: recordings are closed, problems told and the exit code is 1 as
 * always. Only native code cannot be interrupted; then the watching thread says what happened and kills the process.
 */
import inspector from "node:inspector";
import type { TypedGraph } from "../../graph/typed.js";
import { LimbeckError, problem } from "../../problem/problem.js";
import { type Beat, createBeat, LOOKS } from "../../runtime/watchdog.js";
import { startThread } from "../../session/thread.js";
import { shownPath } from "../files.js";
import type { Bark, Order, Watching } from "./thread.js";

export interface HangOptions {
  /** Wall time of one firing of an inline node, from which on it hangs. */
  readonly after_ms: number;
  /** Last words as JSON to stdout, not as text to stderr: only for a process that has to be killed. */
  readonly json?: boolean;
}

export interface Watchdog {
  /** For the engine. */
  readonly beat: Beat;
  /** The work, unless a node hangs in it. @throws LimbeckError L0625 */
  guard<T>(work: Promise<T>): Promise<T>;
  /** Work that a hang may have robbed of its end (a write in the middle of a microtask): given up after a second. */
  patient(work: Promise<unknown>): Promise<void>;
  end(): void;
}

const PATIENCE_MS = 1000;

/** Starts to watch. Under a debugger, where a breakpoint looks like a hang, nothing is watched. */
export function startWatchdog({ vertices }: TypedGraph, { after_ms, json = false }: HangOptions): Watchdog {
  const beat = createBeat();
  const watched = vertices.map((vertex) => ({
    id: vertex.id,
    // a node elsewhere has its own limit, and a recorder waits for the disk
    watched: !("placement" in vertex && (vertex.placement ?? "inline") !== "inline") && !isSink(vertex),
  }));
  let hangs = false;
  const watching: Watching = { beat, vertices: watched, look_ms: after_ms / LOOKS, after_ms, json };
  const thread = inspector.url() === undefined ? startThread("./thread", import.meta.url, watching) : undefined;
  const hung = new Promise<never>((_, reject) => {
    thread?.on("message", (bark: Bark) => {
      if (bark === "ping") return thread.postMessage("pong" satisfies Order);
      const { rank, time_ns, at } = bark;
      const { id: node, path } = vertices[rank]!;
      const line = at === undefined ? undefined : `${shownPath(at.file)}:${at.line}:${at.column}`;
      hangs = true;
      reject(new LimbeckError([problem("L0625", { node, time_ns, limit_ms: after_ms, at: line }, { path })]));
    });
  });
  // whoever guards nothing at the moment still ends
  hung.catch(() => {});
  return {
    beat,
    guard: (work) => Promise.race([work, hung]),
    async patient(work) {
      if (!hangs) return void (await work);
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS);
      });
      await Promise.race([work, enough]);
      clearTimeout(timer);
    },
    end: () => void thread?.terminate(),
  };
}

const isSink = (vertex: TypedGraph["vertices"][number]): boolean => "signature" in vertex && vertex.signature.sink;
