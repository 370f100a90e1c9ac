/** The process around a command: signals, closed pipes, and the end. */
import { exit } from "./exit.js";
import { runWords } from "./program.js";

/** Runs the command line of this process and ends the process with its exit code. */
export async function run(): Promise<void> {
  const interruption = new AbortController();
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(exit.interrupted);
    interruption.abort();
    process.stderr.write("\nStopping. Press Ctrl-C again to end at once.\n");
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // the reader of a pipe (`| head`) has seen enough
      if (error.code === "EPIPE") process.exit(exit.done);
      throw error;
    });
  }
  const code = await runWords(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: interruption.signal,
    now: () => new Date(),
    clock: () => performance.now(),
    limbeck: () => import("../limbeck.js"),
  });
  // a pipe takes what was written before the process ends
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
  process.exit(code);
}
