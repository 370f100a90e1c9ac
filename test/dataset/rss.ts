/**
 * `jiti rss.ts FOLDER write` writes a dataset; `jiti rss.ts FOLDER load` loads it under a limit of a tenth, and prints
 * how far resident memory rose: another process, which has freed nothing large before.
 */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loader } from "../../src/dataset/loader.js";
import { LINEAGE, sha256, withDigest } from "../../src/dataset/manifest.js";
import { bytesOf, npyHeader } from "../../src/dataset/npy.js";
import { openDataset, trainingView } from "../../src/dataset/open.js";

const [ROWS, WIDTH, SHARD] = [400_000, 80, 40_000];
const TRAIN = 320_000;
const LIMIT = 8 * 2 ** 20;

const folder = join(process.argv[2]!, "large");

async function writeLarge(): Promise<void> {
  for (const name of ["inputs", "outputs", "lineage"]) await mkdir(join(folder, name), { recursive: true });

  const write = async (file: string, shape: number[], data: Float32Array | BigInt64Array) => {
    const parts = [npyHeader(data instanceof Float32Array ? "float32" : "int64", shape), bytesOf(data)];
    await writeFile(join(folder, file), Buffer.concat(parts));
    return { file, rows: shape[0]!, sha256: sha256(...parts) };
  };
  const columns = async (role: string, port: string, width: number) => {
    const shards = [];
    for (let from = 0; from < ROWS; from += SHARD) {
      const data = new Float32Array(SHARD * width);
      for (let r = 0; r < SHARD; r++) data[r * width] = from + r;
      shards.push(await write(`${role}/${port}-${from}.npy`, [SHARD, width], data));
    }
    const zeros = new Array<number>(width).fill(0);
    const statistics = { min: zeros, max: zeros, mean: zeros, std: zeros, quantiles: {} };
    const names = zeros.map((_, i) => ({ name: `[${i}]` }));
    return { port, type: { tensor: [width] }, dtype: "float32" as const, columns: names, shards, statistics };
  };
  const lineage: { [key: string]: unknown } = {};
  for (const key of LINEAGE) lineage[key] = await write(`lineage/${key}.npy`, [ROWS], new BigInt64Array(ROWS));
  const manifest = withDigest({
    limbeck_dataset: 1,
    rows: ROWS,
    join: { by: "row" },
    inputs: [await columns("inputs", "a", WIDTH), await columns("inputs", "b", 4)],
    outputs: [await columns("outputs", "y", 4)],
    lineage: { ...(lineage as never as { recording: never }), ports: {} } as never,
    split: { by: "time", fractions: [0.8, 0.1, 0.1] },
    splits: { train: [[0, TRAIN]], validation: [[TRAIN, 360_000]], test: [[360_000, ROWS]] },
    recordings: [{ file: "a", sha256: "0".repeat(64), rows: ROWS, whole: true }],
    episodes: [{ recording: 0, episode: 0, rows: [0, ROWS] }],
    incomplete: {},
  });
  await writeFile(join(folder, "dataset.json"), JSON.stringify(manifest));
}

/** What belongs to this process alone; pages of files that the kernel keeps are not counted. */
const resident = (): number => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))![1]);

async function loadLarge(): Promise<void> {
  const view = trainingView(await openDataset(folder));
  const warm = loader(view, { batch: 256, shuffle: true, memory_bytes: 2 ** 20 });
  for (let i = 0; i < 20; i++) await warm.next();
  await warm.return();
  globalThis.gc!();
  const idle = resident();
  let most = idle;
  let rows = 0;
  let sum = 0;
  for await (const batch of loader(view, { batch: 256, shuffle: true, seed: 1, memory_bytes: LIMIT })) {
    rows += batch.rows.length;
    for (let i = 0; i < batch.rows.length; i++) sum += batch.inputs.data[i * batch.inputs.width]!;
    if (rows % (256 * 50) === 0) most = Math.max(most, resident());
  }
  const bytes = 4 * TRAIN * (WIDTH + 8);
  process.stdout.write(JSON.stringify({ bytes, limit: LIMIT, above: most - idle, rows, sum }));
}

await (process.argv[3] === "write" ? writeLarge : loadLarge)();
