/**
 * `npm run bench -- dagger`: behaviour cloning against DAgger at equal labels, cart-pole swing-up, five seeds.
 *
 * Both sides have as many episodes from the same starts, so as many rows that the teacher labelled; the same student
 * with the same budget of training; and drive the same evaluation episodes. In DAgger the student drives a growing share of
 * the rounds after the first. A number is the cost of the closed loop, the mean over the file's evaluation episodes: the ratio is that of the
 * cloned student's cost to that of DAgger's.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distill } from "../dist/project/distill.js";
import { loadGraph } from "../dist/project/load.js";

export const name = "dagger";

const SEEDS = [1, 2, 3, 4, 5];
/** Of each side, in all rounds together. */
const EPISODES = 20;
/** After the one in which the teacher drives. */
const ROUNDS = 4;
const STUDENT = "mlp";
const METRIC = "distance";

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const spread = (values) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));

/** The costs of teacher and both students under one seed, by set of starts. */
async function costs(file, folder, seed) {
  const home = join(folder, `seed-${seed}`);
  const loaded = await loadGraph(file, { models: join(home, "models") });
  const { rows, cloning, teacher, students, baselines } = await distill(loaded, {
    home,
    seed,
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => performance.now(),
    teacher: { nodes: ["controller"] },
    as: "cart",
    students: [STUDENT],
    episodes: EPISODES,
    dagger: ROUNDS,
    command: [],
    createdAt: "2026-01-01T00:00:00Z",
  });
  const labels = (part) => `${part.train} + ${part.validation} + ${part.test}`;
  if (labels(rows) !== labels(cloning)) throw new Error(`labels differ: ${labels(rows)} and ${labels(cloning)}`);
  const cloned = baselines.find((score) => score.name === `${STUDENT} (cloned)`);
  const of = ({ closed_loop }, start) => closed_loop[METRIC][start].mean;
  const starts = Object.keys(teacher.closed_loop[METRIC]);
  return Object.fromEntries(
    starts.map((start) => [
      start,
      { teacher: of(teacher, start), dagger: of(students[0], start), cloned: of(cloned, start), labels: labels(rows) },
    ]),
  );
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "limbeck-bench-dagger-"));
  try {
    cpSync(join(import.meta.dirname, "../graphs"), folder, { recursive: true });
    const bySeed = [];
    for (const seed of SEEDS) {
      bySeed.push(await costs(join(folder, "cart-pole.graph.yaml"), folder, seed));
      process.stderr.write(`  seed ${seed}: ${JSON.stringify(bySeed.at(-1))}\n`);
    }
    return Object.keys(bySeed[0]).map((start) => {
      const all = (who) => bySeed.map((costs) => costs[start][who]);
      const [ours, peer] = [mean(all("dagger")), mean(all("cloned"))];
      return {
        name: `dagger/cart-pole ${start}`,
        unit: `cost ± ${spread(all("dagger")).toFixed(3)}`,
        ours,
        peer,
        peer_name: `cloned ± ${spread(all("cloned")).toFixed(3)}; teacher ${mean(all("teacher")).toFixed(3)}`,
        ratio: peer / ours,
        runs: bySeed.map((costs, i) => ({ seed: SEEDS[i], ...costs[start] })),
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
