/**
 * No super-linear matching on user text: every text that is matched against something, at doubling lengths.
 *
 * Measured in CPU time, each length several times and the best of them taken, so that a busy machine is no failure.
 */
import { parseClock, parseDuration } from "../dist/graph/quantity.js";
import { parseRef } from "../dist/graph/ref.js";
import { parseGraphFile } from "../dist/graphfile/load.js";
import { parseSet } from "../dist/graphfile/params.js";
import { demand, tries } from "./support/tries.mjs";

export const promise = "the time to read a text grows no faster than the text";

const HEAD = "limbeck: 1\nname: x\n";
const file = (line) => (text) => parseGraphFile(`${HEAD}${line(text)}\n`, "f");
const quoted = JSON.stringify;

/** What reads text. */
const READERS = {
  rate: (text) => parseClock(text),
  duration: (text) => parseDuration(text),
  reference: (text) => parseRef(text),
  set: (text) => parseSet(text),
  name: file((text) => `name2: ${quoted(text)}`),
  key: file((text) => `${quoted(text)}: 1`),
  node: file((text) => `nodes: {${quoted(text)}: {component: ${quoted(text)}, on: ${quoted(text)}}}`),
  param: file((text) => `params: {p: {type: number, default: ${quoted(text)}, unit: ${quoted(text)}}}`),
  input: file((text) => `nodes: {n: {component: control/pd, in: {a: ${quoted(text)}}, params: {kp: ${quoted(text)}}}}`),
  contract: file(
    (text) =>
      `streams: {in: {s: {message: ${quoted(text)}, contract: {rate: ${quoted(text)}, loss: ${quoted(text)}}}}}`,
  ),
  metric: file((text) => `evaluate: {metrics: {m: {rmse: [${quoted(text)}]}}}`),
  plain: (text) => parseGraphFile(`${HEAD}${text}`, "f"),
};
/** What defeats matching by trial and error. */
const FILLS = [
  "a",
  "1",
  " ",
  "0.",
  "1e",
  ".",
  "a.",
  ":",
  "-",
  "_",
  "é",
  "$",
  "/",
  "\\",
  "%",
  "aA1",
  "9hz",
  "\n",
  "# ",
  "'",
  "- ",
];
const COMBINATIONS = Object.keys(READERS).length * FILLS.length;
export const runs = COMBINATIONS;

const LENGTH = 20_000;
const REPEATS = 3;
/** Four times the text may take so many times as long; a quadratic reader takes sixteen times. */
const MAX_RATIO = 10;
/** What is read faster than this is too fast to compare. */
const MIN_MS = 20;

function cpu_ms(read) {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const start = process.cpuUsage();
    try {
      read();
    } catch {
      // a refusal takes its time, too
    }
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e3);
  }
  return best;
}

export async function run({ seed: _, ...words }) {
  const names = Object.keys(READERS);
  return tries(words, (index) => {
    const name = names[index % names.length];
    const fill = FILLS[Math.floor(index / names.length) % FILLS.length];
    const text = (n) => `${fill.repeat(Math.ceil(n / fill.length))}!`;
    const [short, long] = [LENGTH, 4 * LENGTH].map((n) => cpu_ms(() => READERS[name](text(n))));
    const ratio = long / Math.max(short, 1);
    demand(
      long < MIN_MS || ratio < MAX_RATIO,
      () =>
        `${name} on ${JSON.stringify(fill)}: ${short.toFixed(1)} ms for ${LENGTH}, ${long.toFixed(1)} ms for four times as much`,
    );
    return {};
  });
}
