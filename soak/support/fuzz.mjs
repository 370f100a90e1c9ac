/** Mutated files in child processes, each watched: one that hangs or dies costs its file, and the next one goes on behind it. */
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A file that has said nothing for so long hangs: thirty times what it may cost, so that a busy machine is no failure. */
const HANG_MS = 30_000;
const HEAP_MB = 384;
const BATCH = 500;
const MAX_FAILURES = 20;

const child = join(import.meta.dirname, "fuzz-child.mjs");
/** Files that once failed. */
export const corpus = resolve(import.meta.dirname, "../../test/fuzz/corpus");
export const corpusFiles = () =>
  readdirSync(corpus)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(corpus, name));

/**
 * Takes the mutants `from` to `from + runs` of a seed through the program.
 *
 * @returns {Promise<{tried: number, failures: {index: number | string, reason: string}[], outcomes: object, slowest_ms: number}>}
 */
export async function fuzz({ seed, runs, from, progress }) {
  const folder = mkdtempSync(join(tmpdir(), "limbeck-fuzz-"));
  const failures = [];
  const outcomes = {};
  let tried = 0;
  let slowest_ms = 0;
  const take = ({ index, outcome, reason, took_ms }, nameOf) => {
    if (index < 0) return;
    tried++;
    slowest_ms = Math.max(slowest_ms, Math.round(took_ms ?? 0));
    if (reason !== undefined) failures.push({ index: nameOf(index), reason });
    else outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    progress(tried, runs, `${failures.length} failed`);
  };
  try {
    const files = from === 0 ? corpusFiles() : [];
    await watched(folder, { files }, 0, files.length, (said) => take(said, (i) => files[i]));
    let next = from;
    const work = async () => {
      while (next < from + runs && failures.length < MAX_FAILURES) {
        const first = next;
        next = Math.min(first + BATCH, from + runs);
        await watched(folder, { seed }, first, next, (said) => take(said, (i) => i));
      }
    };
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), Math.ceil(runs / BATCH)) }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { tried, outcomes, slowest_ms, failures };
}

/** One batch, in as many children as it takes. */
async function watched(folder, what, from, to, take) {
  for (let at = from; at < to; ) {
    const ended = await oneChild(
      folder,
      { ...what, ...(what.files === undefined ? {} : { files: what.files.slice(at) }), from: at, to },
      (said) => {
        // a child given files counts them from where it starts
        const index = what.files === undefined || said.index < 0 ? said.index : said.index + at;
        take({ ...said, index });
      },
    );
    at = (what.files === undefined ? ended.last : ended.last + at) + 1;
    if (ended.whole) return;
    if (ended.spent) continue;
    take({ index: at, reason: ended.why });
    at++;
  }
}

function oneChild(folder, message, take) {
  return new Promise((done) => {
    const living = fork(child, [folder], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let last = (message.files === undefined ? message.from : 0) - 1;
    let whole = false;
    let spent = false;
    let stderr = "";
    let why = "";
    let timer;
    const rearm = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        why = `it hung for ${HANG_MS / 1e3} s`;
        living.kill("SIGKILL");
      }, HANG_MS);
    };
    living.stderr.setEncoding("utf8").on("data", (text) => (stderr = (stderr + text).slice(-2000)));
    living.on("message", (said) => {
      rearm();
      if (said.done) whole = true;
      else {
        last = Math.max(last, said.index);
        take(said);
        if (said.spent) {
          spent = true;
          living.kill("SIGKILL");
        }
      }
    });
    living.on("close", (code, signal) => {
      clearTimeout(timer);
      done({ last, whole, spent, why: why || `the process died with ${signal ?? code}: ${stderr.trim()}` });
    });
    rearm();
    living.send(message);
  });
}
