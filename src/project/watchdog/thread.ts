/** The thread that watches: looks at the beat, and when one firing lasts too long, ends it. */
import { writeSync } from "node:fs";
import { Session } from "node:inspector";
import { parentPort, workerData } from "node:worker_threads";
import { type Beat, type Hang, watcher } from "../../runtime/watchdog.js";

/** What the thread is given. */
export interface Watching {
  readonly beat: Beat;
  /** By rank. */
  readonly vertices: readonly { readonly id: string; readonly watched: boolean }[];
  readonly look_ms: number;
  readonly after_ms: number;
  readonly json: boolean;
}

/** What it says: are you there? and: this one hangs. */
export type Bark = "ping" | (Hang & { readonly at?: Spot });
/** What it is told: I am. */
export type Order = "pong";

interface Spot {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber?: number | undefined;
}

/** Time in which the main thread answers when nothing holds it. */
const ANSWER_MS = 250;
/** Time that an interruption takes at most, where it is possible at all. */
const INTERRUPTION_MS = 2000;
/** Of the process that is killed because nothing else helps. */
const STDOUT = 1;
const STDERR = 2;

const port = parentPort!;
const { beat, vertices, look_ms, after_ms, json } = workerData as Watching;
const say = (bark: Bark) => port.postMessage(bark);

const look = watcher(beat, (rank) => vertices[rank]?.watched ?? false);
const looking = setInterval(() => {
  const hang = look();
  if (hang === undefined) return;
  clearInterval(looking);
  // a firing that awaits something for ever leaves the main thread free to hear of it; once it is interrupted it answers,
  // too, and knows no place
  let interrupted = false;
  const stuck = setTimeout(() => {
    interrupted = true;
    interrupt(hang);
  }, ANSWER_MS);
  // heard to the end: without a listener the thread would be over
  port.on("message", () => {
    if (interrupted) return;
    clearTimeout(stuck);
    say(hang);
  });
  say("ping");
}, look_ms);

/** Stops the main thread where it is: its event loop goes on as if what it was doing had returned to nobody. */
function interrupt(hang: Hang): void {
  const session = new Session();
  session.connectToMainThread();
  const files = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => files.set(params.scriptId, params.url));
  session.on("Debugger.paused", ({ params }) => {
    const at = params.callFrames.map((frame) => spot(frame.location, files)).find((found) => found !== undefined);
    clearTimeout(deaf);
    session.post("Runtime.terminateExecution");
    session.post("Debugger.disable", () => {
      session.disconnect();
      say({ ...hang, ...(at === undefined ? {} : { at }) });
    });
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
  const deaf = setTimeout(() => void kill(hang), INTERRUPTION_MS);
}

/** Where a frame is, unless it is Node's own. */
function spot(location: Location, files: ReadonlyMap<string, string>): Spot | undefined {
  const url = files.get(location.scriptId) ?? "";
  if (url === "" || url.startsWith("node:")) return undefined;
  const file = url.startsWith("file:") ? decodeURIComponent(new URL(url).pathname) : url;
  return { file, line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 };
}

/** Native code hears nobody: the process goes, with what it wrote. */
async function kill({ rank, time_ns }: Hang): Promise<void> {
  const { problem } = await import("../../problem/problem.js");
  const { printProblems, toJson } = await import("../../problem/print.js");
  const found = [problem("L0625", { node: vertices[rank]!.id, time_ns, limit_ms: after_ms })];
  if (json) writeSync(STDOUT, `${JSON.stringify(toJson(found), null, 2)}\n`);
  else writeSync(STDERR, printProblems(found, { readText: () => undefined, color: false }));
  process.kill(process.pid, "SIGKILL");
}
