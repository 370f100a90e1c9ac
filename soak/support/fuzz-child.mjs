/**
 * Takes graph files one by one through all that may be done to a file of unknown origin: read, parse, bind, check, rewrite,
 * print its problems, and 10 ms of virtual time, all without loading code. Its parent kills it when it hangs.
 *
 * In: `{seed, from, to}` or `{files}`. Out: `{index, outcome}` for each, `{index, reason}` for what must not be.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LimbeckError, loadGraph, openRun } from "../../dist/limbeck.js";
import { printProblems } from "../../dist/problem/print.js";
import { mutant } from "./mutate.mjs";

/** What a file may cost, in CPU time and in memory above that of the idle process. */
const MAX_CPU_MS = 1000;
const MAX_BYTES = 256e6;
/** A run that is merely long is stopped after this much CPU time: it is no hang. */
const RUN_CPU_MS = 200;
const FOR_NS = 1e7;

const folder = process.argv[2];
const file = join(folder, `fuzz-${process.pid}.graph.yaml`);
const cpu_ms = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};
const shape = () =>
  [Object, Array, Function, Map, Set, Promise]
    .map(({ prototype }) => Object.getOwnPropertyNames(prototype).join())
    .join("|");

/** Runs ten milliseconds, or as much of them as a short while of CPU time allows. */
async function runShortly(loaded) {
  const stop = new AbortController();
  const start_ms = cpu_ms();
  let over = false;
  const look = () => {
    if (cpu_ms() - start_ms > RUN_CPU_MS) stop.abort();
    else if (!over) setImmediate(look);
  };
  setImmediate(look);
  try {
    const run = await openRun(loaded, { home: folder, signal: stop.signal });
    const { digest } = await run.start(FOR_NS);
    return digest === "" ? "ran, without a port" : "ran";
  } finally {
    over = true;
  }
}

async function outcomeOf() {
  let text = "";
  const told = (problems) => {
    text = printProblems(problems, { readText: () => readFileSync(file, "utf8"), color: false });
    if (/\bundefined\b|\[object /.test(text.replace(/^[ >]*\d* \|.*$/gm, "")))
      throw new Error(`a message says: ${text}`);
  };
  try {
    const loaded = await loadGraph(file, { noCode: true, models: join(folder, "models") });
    told(loaded.problems);
    if (loaded.typed === undefined) return "refused";
    return await runShortly(loaded);
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    told(error.problems);
    return "refused";
  }
}

const pristine = shape();
let idle_bytes;

async function one(index, bytes) {
  writeFileSync(file, bytes);
  const start_ms = cpu_ms();
  let said;
  try {
    said = { index, outcome: await outcomeOf() };
  } catch (error) {
    said = { index, reason: `not a problem but an exception: ${error?.stack ?? error}` };
  }
  const took_ms = cpu_ms() - start_ms;
  // the first file pays for loading and compiling the program
  if (idle_bytes === undefined) idle_bytes = process.memoryUsage.rss();
  else if (took_ms > MAX_CPU_MS) said = { index, reason: `it took ${Math.round(took_ms)} ms of CPU time` };
  const grown = process.resourceUsage().maxRSS * 1024 - idle_bytes;
  if (grown > MAX_BYTES) said = { index, reason: `memory grew by ${Math.round(grown / 1e6)} MB`, spent: true };
  if (shape() !== pristine) said = { index, reason: "a prototype was changed", spent: true };
  process.send({ ...said, took_ms });
}

process.on("message", async ({ seed, from, to, files }) => {
  if (files !== undefined) for (const [i, path] of files.entries()) await one(i, readFileSync(path));
  else for (let index = from; index < to; index++) await one(index, mutant(seed, index));
  process.send({ done: true });
  process.disconnect();
});
await one(-1, "limbeck: 1\nname: warm\n");
