/** A worker thread as a channel. */

import type { Channel, Said } from "../../runtime/host/channel.js";
import { failureOf } from "../../runtime/host/serve.js";
import { startThread } from "../../session/thread.js";

/**
 * Starts a thread on `entry.ts`. What the component prints goes to stderr: stdout is for data.
 *
 * A thread cannot be ended for certain: inside native code (an ONNX model that loops) `end()` waits, and Node aborts.
 */
export function openThread(): Channel {
  const worker = startThread("./entry", import.meta.url, undefined, { stdout: true });
  worker.unref();
  worker.stdout.on("data", (text) => process.stderr.write(text));
  let gone = false;
  let hear = (_: Said) => {};
  worker.on("message", (said: Said) => hear(said));
  worker.on("error", (error) => hear({ uncaught: failureOf(error) }));
  worker.on("exit", () => {
    gone = true;
  });
  return {
    send: (message) => worker.postMessage(message),
    onMessage(listener) {
      hear = listener;
    },
    onEnd: (listener) => void worker.once("exit", (code) => listener(`exit code ${code}`)),
    async end() {
      if (gone) return;
      worker.ref();
      await worker.terminate();
    },
    hold(held) {
      if (held) worker.ref();
      else worker.unref();
    },
  };
}
