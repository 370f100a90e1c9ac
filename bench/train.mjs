/**
 * Training beside PyTorch and TensorFlow.js: Adam, float32, batches of 64 gathered anew each step from 4,096 rows.
 *
 *   mlp-8-64-64-4          a policy-sized net, one thread each: against PyTorch eager, and against TensorFlow.js on WebAssembly
 *   mlp-784-512-512-10     a large one against PyTorch: each at its best number of threads, and each at one
 *   conv-28x28-8-16        two convolutions that halve the image and a dense layer, the same way; and the same with pooling
 *
 * Every run is a process of its own. Sides and settings take turns, and the median of the rounds counts; PyTorch at
 * two threads is also tried with OMP_WAIT_POLICY=passive, which suits a busy machine.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

const ROUNDS = 5;
const SECONDS = 3;
const THREADS = Math.min(2, cpus().length);

const small = { widths: [8, 64, 64, 4], activation: "tanh" };
const large = { widths: [784, 512, 512, 10], activation: "relu" };
const strided = { filters: [8, 16], pool: false };
const pooled = { filters: [8, 16], pool: true };

const file = (name) => new URL(`support/${name}`, import.meta.url).pathname;
const SIDES = {
  ours: [[process.execPath, file("train-ours.mjs")]],
  tfjs: [[process.execPath, file("train-tfjs.mjs")]],
  torch: ["python3", "/usr/bin/python3"].map((python) => [python, file("train-torch.py")]),
};

/** Steps a second of one run, and the version of the other side; undefined where it is not on this machine. */
function rateOf(side, net, { threads = 1, passive = false } = {}) {
  const given = JSON.stringify({ net, threads, seconds: SECONDS });
  const env = { ...process.env, ...(passive && { OMP_WAIT_POLICY: "passive" }) };
  for (const [command, script] of SIDES[side]) {
    const { status, stdout, stderr } = spawnSync(command, [script, given], { encoding: "utf8", env });
    if (status === 0) {
      const words = stdout.trim().split(" ");
      return { rate: Number(words.at(-1)), version: words.length > 1 ? words[0] : undefined };
    }
    if (side === "ours") throw new Error(stderr);
  }
  return undefined;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const settingName = ({ threads, passive }) =>
  `${threads} ${threads === 1 ? "thread" : "threads"}${passive ? ", OMP_WAIT_POLICY=passive" : ""}`;

/** Rounds in which every setting of both sides has its turn; runs by setting. */
function measure(net, peer, oursAt, theirsAt) {
  const runs = { ours: oursAt.map(() => []), peer: theirsAt.map(() => []) };
  let version;
  for (let round = 0; round < ROUNDS; round++) {
    oursAt.forEach((at, i) => {
      runs.ours[i].push(rateOf("ours", net, at).rate);
    });
    theirsAt.forEach((at, i) => {
      const found = round > 0 && version === undefined ? undefined : rateOf(peer, net, at);
      if (found === undefined) return;
      version = found.version;
      runs.peer[i].push(found.rate);
    });
  }
  const sideOf = (settings, rates) =>
    settings.map((at, i) => ({
      at: settingName(at),
      rate: rates[i].length > 0 ? median(rates[i]) : null,
      runs: rates[i],
    }));
  return { ours: sideOf(oursAt, runs.ours), peer: sideOf(theirsAt, runs.peer), version };
}

const best = (settings) => settings.reduce((a, b) => ((b.rate ?? 0) > (a.rate ?? 0) ? b : a));

function result(name, peer, ours, theirs, version) {
  const missing = version === undefined;
  return {
    name: `train/${name}`,
    unit: "steps/s",
    ours: ours.rate,
    peer: theirs.rate,
    peer_name: `${peer}${missing ? ": not on this machine" : ` ${version}, ${theirs.at}; Limbeck ${ours.at}`}`,
    ratio: missing ? null : ours.rate / theirs.rate,
    runs: { ours: ours.runs, peer: theirs.runs },
  };
}

const ONE = [{ threads: 1 }];
const EACH = THREADS > 1 ? [...ONE, { threads: THREADS }] : ONE;
const EACH_TORCH = THREADS > 1 ? [...EACH, { threads: THREADS, passive: true }] : ONE;

export const name = "train";

export async function run() {
  const results = [];
  for (const [peer, title] of [
    ["torch", "PyTorch eager"],
    ["tfjs", "TensorFlow.js WebAssembly"],
  ]) {
    const { ours, peer: theirs, version } = measure(small, peer, ONE, ONE);
    results.push(result(`mlp-8-64-64-4-${peer}`, title, ours[0], theirs[0], version));
  }
  for (const [title, net] of [
    ["mlp-784-512-512-10", large],
    ["conv-28x28-8-16", strided],
    ["conv-28x28-8-16-pooled", pooled],
  ]) {
    const { ours, peer, version } = measure(net, "torch", EACH, EACH_TORCH);
    results.push(result(title, "PyTorch eager", best(ours), best(peer), version));
    if (THREADS > 1) results.push(result(`${title}-one-thread`, "PyTorch eager", ours[0], peer[0], version));
  }
  return results;
}

export default run;
