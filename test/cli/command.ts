/** The command as tests run it: the real one in a process, or its inside with a stand-in for the composition root. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Writable } from "node:stream";
import { runWords } from "../../src/cli/program.js";
import type { Api } from "../../src/cli/verb.js";
import { type Ended, root, runNode } from "../support/run.js";

export const bin = join(root, "bin", "limbeck.js");

/** Runs `limbeck WORDS` in a process of its own. */
export const limbeck = (
  words: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> => runNode(bin, words, options);

/** Starts `limbeck WORDS`: to be listened to, and ended. */
export function startLimbeck(words: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "pipe"], cwd: root });
  let stdout = "";
  let stderr = "";
  const ended = new Promise<Ended>((done) => child.on("close", (code) => done({ code, stdout, stderr })));
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  const said = (wanted: string) =>
    new Promise<void>((heard, missed) => {
      child.stderr.on("data", () => stderr.includes(wanted) && heard());
      child.on("close", () => missed(new Error(`it ended without saying “${wanted}”:\n${stderr}`)));
    });
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return { child, ended, said };
}

/** A stream that keeps what is written to it. */
function memory(isTTY: boolean, columns: number) {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns }) as unknown as NodeJS.WriteStream,
    text: () => chunks.join(""),
  };
}

export interface Inside {
  readonly api?: Partial<Api>;
  readonly tty?: boolean;
  /** How wide the terminal is. */
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** Runs a command line inside this process. */
export async function inside(words: readonly string[], options: Inside = {}): Promise<Ended> {
  const { api = {}, tty = false, columns = 120, env = {}, signal = new AbortController().signal } = options;
  const stdout = memory(tty, columns);
  const stderr = memory(tty, columns);
  const code = await runWords(words, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    signal,
    now: () => new Date("2026-01-02T03:04:05.678Z"),
    clock: () => 0,
    limbeck: async () => api as Api,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
