/** What runs on the other side of a host, in a worker thread or in a child process: loads components by name, serves one. */
import { parentPort } from "node:worker_threads";
import type { Request } from "../../runtime/host/channel.js";
import { failureOf, type Load, serve } from "../../runtime/host/serve.js";
import { holdLifeline } from "./lifeline.js";
import { loadThere, type Reference } from "./reference.js";

const load: Load = (reference) => loadThere(reference as Reference);

if (parentPort !== null) {
  const port = parentPort;
  serve(
    {
      send: (said) => port.postMessage(said),
      onMessage: (listener) => void port.on("message", (message: Request) => listener(message)),
    },
    load,
  );
} else {
  holdLifeline();
  // Ctrl-C reaches the whole group; when to end is the parent's business
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
  process.on("uncaughtException", (error) => {
    process.send!({ uncaught: failureOf(error) }, () => process.exit(1));
  });
  serve(
    {
      send: (said) => void process.send!(said),
      onMessage: (listener) => void process.on("message", (message) => listener(message as Request)),
    },
    load,
  );
}
