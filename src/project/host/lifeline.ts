/**
 * Ends this process when its parent is gone, also while a component hangs in it: in a thread of its own, which waits for
 * the end of a pipe that only the parent holds open.
 */
import { Worker } from "node:worker_threads";

/** The child's end of the pipe. */
export const LIFELINE_FD = 4;

const WATCH = `
  const { Socket } = require("node:net");
  new Socket({ fd: ${LIFELINE_FD}, readable: true, writable: false })
    .on("error", () => {})
    .on("close", () => process.kill(process.pid, "SIGKILL"))
    .resume();`;

/** Starts the thread. It keeps the process alive for nothing else. */
export const holdLifeline = (): void => new Worker(WATCH, { eval: true }).unref();
