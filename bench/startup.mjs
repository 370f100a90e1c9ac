/**
 * From the command line to its end, process start included: `check`, and `simulate --for 1ms`, which ends behind its first
 * tag, of a layered random graph of 10,000 nodes and of one of three nodes.
 *
 * Wall time is what a user waits for; CPU time is what the commands cost when others use the machine, too. No peer reads
 * such files: the bar is two seconds of wall time, checking included.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const name = "startup";

const RUNS = 5;
const LAYERS = 100;
const WIDTH = 100;
const BAR = "none: bar 2000 ms from process start, checking included";
const limbeck = resolve(import.meta.dirname, "../bin/limbeck.js");

const KINDS = [
  "filter/ema, params: {alpha: 0.3}",
  "filter/saturation, params: {lower: -9, upper: 9}",
  "filter/dead-band, params: {lower: -1, upper: 1}",
];

/** Layers of nodes, each of which reads one or two at random of the layer before; the same one every time. */
function layered() {
  let state = 12345;
  const random = (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * n);
  };
  const lines = [];
  for (let layer = 0; layer < LAYERS; layer++)
    for (let i = 0; i < WIDTH; i++) {
      const before = () => `n${(layer - 1) * WIDTH + random(WIDTH)}.value`;
      const node =
        layer === 0
          ? `component: source/constant, on: 100hz, params: {value: ${i}}`
          : random(2) === 0
            ? `component: filter/complementary, in: {value: ${before()}, rate: ${before()}}`
            : `component: ${KINDS[random(KINDS.length)]}, in: {value: ${before()}}`;
      lines.push(`  n${layer * WIDTH + i}: {${node}}`);
    }
  return `limbeck: 1\nname: layered\nnodes:\n${lines.join("\n")}\n`;
}

const three = `limbeck: 1
name: three
nodes:
  a: {component: source/constant, on: 100hz, params: {value: 1}}
  b: {component: filter/ema, params: {alpha: 0.3}, in: {value: a.value}}
  c: {component: filter/ema, params: {alpha: 0.3}, in: {value: b.value}}
`;

/** Runs a command; wall time in ms, and user and system time in ms as the child itself counts them. */
function timed(folder, words) {
  const count = `process.on("exit", () => { const u = process.cpuUsage(); require("node:fs").writeFileSync("cpu", String((u.user + u.system) / 1e3)); });`;
  writeFileSync(join(folder, "count.cjs"), count);
  const start = process.hrtime.bigint();
  const child = spawnSync(process.execPath, ["--require", "./count.cjs", limbeck, ...words], { cwd: folder });
  const wall = Number(process.hrtime.bigint() - start) / 1e6;
  if (child.status !== 0) throw new Error(`limbeck ${words.join(" ")}: ${child.stderr}`);
  return { wall, cpu: Number(readFileSync(join(folder, "cpu"), "utf8")) };
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "limbeck-startup-"));
  const results = [];
  try {
    for (const [size, text] of [
      ["3", three],
      ["10000", layered()],
    ]) {
      const file = `graph-${size}.yaml`;
      writeFileSync(join(folder, file), text);
      for (const [what, words] of [
        ["check", ["check", file]],
        ["first-tag", ["simulate", file, "--for", "1ms"]],
      ]) {
        const runs = Array.from({ length: RUNS }, () => timed(folder, words));
        for (const kind of ["wall", "cpu"]) {
          const all = runs.map((run) => run[kind]);
          results.push({
            name: `startup/${what}-${size}-${kind}`,
            unit: "ms",
            ours: Math.min(...all),
            peer: undefined,
            peer_name: kind === "wall" ? BAR : "none: tells the program's share of the wall time",
            ratio: undefined,
            runs: { ours: all, peer: [] },
          });
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

export default run;
