/**
 * Loading a dataset for training: 400,000 rows of 32 inputs and 8 outputs in float32, batches of 256, shuffled.
 *
 * Limbeck: `loader`, with everything in memory, and with a limit of a tenth of the data. Peer: PyTorch's DataLoader over
 * the very same `.npy` files, memory-mapped, with no worker and with two, if a `python3` has PyTorch; once as its
 * documentation shows it, row by row, and once as fast as it gets, whole batches picked by a BatchSampler. Both sides
 * touch every number of a batch. Rates are rows a second over the second of two epochs, so that neither side starts
 * cold.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rng } from "../dist/component/rng.js";
import { loader } from "../dist/dataset/loader.js";
import { LINEAGE, sha256, withDigest } from "../dist/dataset/manifest.js";
import { bytesOf, npyHeader } from "../dist/dataset/npy.js";
import { openDataset, trainingView } from "../dist/dataset/open.js";

const [ROWS, INPUTS, OUTPUTS, BATCH, RUNS] = [400_000, 32, 8, 256, 3];
const TRAIN = 0.8 * ROWS;
const TENTH = (TRAIN * (INPUTS + OUTPUTS) * 4) / 10;

/** A dataset as `buildDataset` writes it, of random columns. */
function write(folder) {
  const draws = rng(1);
  const file = (name, shape, data) => {
    const parts = [npyHeader(data instanceof Float32Array ? "float32" : "int64", shape), bytesOf(data)];
    writeFileSync(join(folder, name), Buffer.concat(parts));
    return { file: name, rows: shape[0], sha256: sha256(...parts) };
  };
  const port = (role, name, width) => {
    const data = Float32Array.from({ length: ROWS * width }, () => draws.between(-1, 1));
    const zeros = new Array(width).fill(0);
    return {
      port: name,
      type: { tensor: [width] },
      dtype: "float32",
      columns: zeros.map((_, i) => ({ name: `[${i}]` })),
      shards: [file(`${role}/${name}.npy`, [ROWS, width], data)],
      statistics: { min: zeros, max: zeros, mean: zeros, std: zeros, quantiles: {} },
    };
  };
  for (const part of ["inputs", "outputs", "lineage"]) mkdirSync(join(folder, part));
  const manifest = withDigest({
    limbeck_dataset: 1,
    rows: ROWS,
    join: { by: "row" },
    inputs: [port("inputs", "x", INPUTS)],
    outputs: [port("outputs", "y", OUTPUTS)],
    lineage: {
      ...Object.fromEntries(LINEAGE.map((key) => [key, file(`lineage/${key}.npy`, [ROWS], new BigInt64Array(ROWS))])),
      ports: {},
    },
    split: { by: "time", fractions: [0.8, 0.1, 0.1] },
    splits: { train: [[0, TRAIN]], validation: [[TRAIN, 0.9 * ROWS]], test: [[0.9 * ROWS, ROWS]] },
    recordings: [{ file: "none", sha256: "0".repeat(64), rows: ROWS, whole: true }],
    episodes: [{ recording: 0, episode: 0, rows: [0, ROWS] }],
    incomplete: {},
  });
  writeFileSync(join(folder, "dataset.json"), JSON.stringify(manifest));
}

const PEER = `
import sys, time, numpy, torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler
folder, workers, whole = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "whole"
torch.set_num_threads(1)
class Columns(Dataset):
    def __init__(self):
        self.x = numpy.load(folder + "/inputs/x.npy", mmap_mode="r")[:${TRAIN}]
        self.y = numpy.load(folder + "/outputs/y.npy", mmap_mode="r")[:${TRAIN}]
    def __len__(self):
        return len(self.x)
    def __getitem__(self, rows):
        return numpy.array(self.x[rows]), numpy.array(self.y[rows])
data = Columns()
if whole:
    sampler = BatchSampler(RandomSampler(data), ${BATCH}, drop_last=False)
    batches = DataLoader(data, sampler=sampler, batch_size=None, num_workers=workers)
else:
    batches = DataLoader(data, batch_size=${BATCH}, shuffle=True, num_workers=workers)
def epoch():
    start, rows, total = time.perf_counter(), 0, 0.0
    for x, y in batches:
        rows += len(x)
        total += x.sum().item() + y.sum().item()
    assert rows == ${TRAIN}
    return rows / (time.perf_counter() - start)
epoch()
print(torch.__version__, epoch())
`;

const PYTHONS = ["python3", "/usr/bin/python3"];

/** Rows a second of PyTorch, or undefined without it. */
function peer(python, folder, workers, how) {
  const { status, stdout } = spawnSync(python, ["-c", PEER, folder, String(workers), how], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (status !== 0) return undefined;
  const [version, rate] = stdout.trim().split(" ");
  return { version, rate: Number(rate) };
}

/** Rows a second of the second of two epochs. */
async function own(view, memory_bytes, seed) {
  let start = 0;
  let rows = 0;
  let total = 0;
  const options = { batch: BATCH, shuffle: true, seed, memory_bytes, epochs: 2 };
  for await (const { epoch, inputs, outputs } of loader(view, options)) {
    for (const { data } of [inputs, outputs]) for (let i = 0; i < data.length; i++) total += data[i];
    if (epoch === 0) start = performance.now();
    else rows += inputs.rows;
  }
  if (rows !== TRAIN || !Number.isFinite(total)) throw new Error(`${rows} rows of ${TRAIN}`);
  return rows / ((performance.now() - start) / 1000);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const name = "loader";

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "limbeck-bench-loader-"));
  try {
    write(folder);
    const view = trainingView(await openDataset(folder, { digests: "open" }));
    const limits = { "in memory": 2 ** 30, "limit a tenth of the data": TENTH };
    const peers = [0, 2].flatMap((workers) => ["rows", "whole"].map((how) => ({ workers, how, rates: [] })));
    const ours = Object.fromEntries(Object.keys(limits).map((name) => [name, []]));
    let found;
    for (let run = 0; run < RUNS; run++) {
      for (const [name, limit] of Object.entries(limits)) {
        ours[name].push(await own(view, limit, run));
      }
      for (const { workers, how, rates } of peers) {
        const pythons = found === undefined ? (run === 0 ? PYTHONS : []) : [found.python];
        for (const python of pythons) {
          const result = peer(python, folder, workers, how);
          if (result === undefined) continue;
          found = { python, version: result.version };
          rates.push(result.rate);
          break;
        }
      }
    }
    return Object.entries(ours).flatMap(([name, own]) =>
      peers.map(({ workers, how, rates }) => {
        const rate = rates.length > 0 ? median(rates) : null;
        const label = `DataLoader, ${workers} workers, ${how === "rows" ? "row by row" : "whole batches"}`;
        return {
          name: `loader/${name}`,
          unit: "rows/s",
          ours: median(own),
          peer: rate,
          peer_name:
            found === undefined ? `PyTorch ${label}: not on this machine` : `PyTorch ${found.version} ${label}`,
          ratio: rate === null ? null : median(own) / rate,
          runs: { ours: own, peer: rates },
        };
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export default run;
