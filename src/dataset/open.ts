/**
 * Datasets as matrices, behind two doors: training and validation rows through one, test rows through the other.
 *
 * Whoever fits a model is handed a training view, which has no test rows to give.
 */
import { createHash } from "node:crypto";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Column } from "../message/flatten.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import {
  type DatasetManifest,
  LINEAGE,
  type LineageKey,
  MANIFEST_FILE,
  type PortColumns,
  parseManifest,
  type Range,
  type ShardFile,
  type Split,
} from "./manifest.js";
import { BYTES, elementsOf, type NpyArray, type NpyDtype, readNpyHeader } from "./npy.js";
import { assertDisjoint } from "./split.js";
import type { Floats } from "./table.js";

export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

export interface Dataset {
  readonly dir: string;
  readonly manifest: DatasetManifest;
  /** How often `testView` was asked for. */
  readonly testViews: number;
}

/** Rows of some columns. */
export interface ColumnMatrix {
  readonly rows: number;
  readonly width: number;
  /** [rows, width], row-major. */
  readonly data: Floats;
  readonly columns: readonly (Column & { readonly port: string })[];
}

export interface View {
  readonly manifest: DatasetManifest;
  readonly splits: readonly Split[];
  rows(split: Split): number;
  /**
   * The rows of a split: of all inputs, all outputs, or one port.
   * @throws LimbeckError L0718 for a split that the view does not have, L0711 for an unknown port, L0717 for a damaged file.
   */
  matrix(which: "inputs" | "outputs" | (string & {}), split: Split): Promise<ColumnMatrix>;
  /** Where the rows of a split come from. */
  lineage(split: Split): Promise<{ readonly [key in LineageKey]: BigInt64Array }>;
}

const testCounts = new WeakMap<Dataset, { n: number }>();

/**
 * Opens a dataset: checks its manifest, the digest of every file, and that no two splits overlap.
 *
 * @throws LimbeckError L0716 for no dataset, L0717 for a damaged one, L0719 for splits that overlap.
 * @example
 * const { manifest } = await openDataset("double");
 * manifest.rows // 100
 */
export async function openDataset(dir: string): Promise<Dataset> {
  const manifest = await readManifest(dir);
  const ports = [...manifest.inputs, ...manifest.outputs];
  for (const shard of [...ports.flatMap((port) => port.shards), ...LINEAGE.map((key) => manifest.lineage[key])]) {
    const path = join(dir, shard.file);
    if ((await fileDigest(path)) !== shard.sha256) fail("L0717", { file: path, reason: "its bytes have changed" });
  }
  const everything: readonly Range[] = [[0, manifest.rows]];
  assertDisjoint(
    manifest.splits,
    await readLineage(dir, manifest, everything),
    manifest.recordings.map((r) => r.sha256),
  );
  const tests = { n: 0 };
  const dataset: Dataset = {
    dir,
    manifest,
    get testViews() {
      return tests.n;
    },
  };
  testCounts.set(dataset, tests);
  return dataset;
}

async function readManifest(dir: string): Promise<DatasetManifest> {
  const path = join(dir, MANIFEST_FILE);
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_MANIFEST_BYTES)
      return fail("L0716", { dir, reason: `${MANIFEST_FILE} has ${size} bytes, more than ${MAX_MANIFEST_BYTES}` });
    text = await readFile(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = missing ? `it has no ${MANIFEST_FILE}` : (error as Error).message;
    return fail("L0716", { dir, reason }, {}, { cause: error });
  }
  const manifest = parseManifest(text);
  if ("reason" in manifest) return fail("L0716", { dir, reason: manifest.reason });
  return manifest;
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "r").catch((error: Error) => fail("L0717", { file: path, reason: error.message }));
  for await (const bytes of file.createReadStream()) hash.update(bytes as Buffer);
  return hash.digest("hex");
}

/**
 * Training and validation rows. It has no test rows, and says so when asked.
 *
 * @example
 * const view = trainingView(await openDataset("double"));
 * const { rows, width, data } = await view.matrix("inputs", "train");
 * [rows, width] // [68, 1]
 * data // Float32Array [0, ≈0.01, …]
 * view.rows("test") // throws L0718
 */
export const trainingView = (dataset: Dataset): View => view(dataset, ["train", "validation"]);

/**
 * Test rows, and no others. Each call is counted (`dataset.testViews`).
 *
 * @example
 * const dataset = await openDataset("double");
 * testView(dataset).rows("test") // 20
 * dataset.testViews // 1
 */
export function testView(dataset: Dataset): View {
  testCounts.get(dataset)!.n++;
  return view(dataset, ["test"]);
}

function view({ dir, manifest }: Dataset, splits: readonly Split[]): View {
  const ranges = new Map<Split, readonly Range[]>(splits.map((split) => [split, manifest.splits[split]]));
  const rangesOf = (split: Split): readonly Range[] =>
    ranges.get(split) ?? fail("L0718", { split, has: splits.join(" and ") });
  const ports = [...manifest.inputs, ...manifest.outputs];
  const choose = (which: string): readonly PortColumns[] => {
    if (which === "inputs") return manifest.inputs;
    if (which === "outputs") return manifest.outputs;
    const port = ports.find((p) => p.port === which);
    if (port !== undefined) return [port];
    return fail("L0711", {
      file: dir,
      port: which,
      nearest: nearest(
        which,
        ports.map((p) => p.port),
      ),
    });
  };
  const cache = new Map<string, Promise<ColumnMatrix>>();
  return {
    manifest,
    splits,
    rows: (split) => countRows(rangesOf(split)),
    matrix(which, split) {
      const key = `${split} ${which}`;
      const wanted = rangesOf(split);
      const known = cache.get(key);
      if (known !== undefined) return known;
      const read = readColumns(dir, choose(which), wanted);
      cache.set(key, read);
      return read;
    },
    lineage: async (split) => readLineage(dir, manifest, rangesOf(split)),
  };
}

const countRows = (ranges: readonly Range[]): number => ranges.reduce((n, [from, to]) => n + to - from, 0);

async function readColumns(
  dir: string,
  ports: readonly PortColumns[],
  ranges: readonly Range[],
): Promise<ColumnMatrix> {
  const rows = countRows(ranges);
  const width = ports.reduce((sum, port) => sum + port.columns.length, 0);
  const columns = ports.flatMap(({ port, columns }) => columns.map((column) => ({ port, ...column })));
  const dtype = ports[0]?.dtype ?? "float32";
  const data = dtype === "float32" ? new Float32Array(rows * width) : new Float64Array(rows * width);
  let start = 0;
  for (const port of ports) {
    const n = port.columns.length;
    const part = (await readShards(dir, port.shards, port.dtype, n, ranges)) as Floats[];
    let row = 0;
    for (const piece of part) {
      for (let i = 0; i < piece.length; i += n, row++) data.set(piece.subarray(i, i + n), row * width + start);
    }
    start += n;
  }
  return { rows, width, data, columns };
}

async function readLineage(dir: string, manifest: DatasetManifest, ranges: readonly Range[]) {
  const lineage: Partial<Record<LineageKey, BigInt64Array>> = {};
  for (const key of LINEAGE) {
    const whole = new BigInt64Array(countRows(ranges));
    let at = 0;
    for (const piece of await readShards(dir, [manifest.lineage[key]], "int64", undefined, ranges)) {
      whole.set(piece as BigInt64Array, at);
      at += piece.length;
    }
    lineage[key] = whole;
  }
  return lineage as { readonly [key in LineageKey]: BigInt64Array };
}

/** The rows of these ranges, and no byte of any other row. */
async function readShards(
  dir: string,
  shards: readonly ShardFile[],
  dtype: NpyDtype,
  width: number | undefined,
  ranges: readonly Range[],
): Promise<NpyArray[]> {
  const pieces: NpyArray[] = [];
  const rowBytes = BYTES[dtype] * (width ?? 1);
  for (const [from, to] of ranges) {
    let first = 0;
    for (const shard of shards) {
      const a = Math.max(from, first) - first;
      const b = Math.min(to, first + shard.rows) - first;
      if (a < b)
        pieces.push(
          elementsOf(dtype, await readRows(join(dir, shard.file), shard, dtype, width, a * rowBytes, b * rowBytes)),
        );
      first += shard.rows;
    }
  }
  return pieces;
}

async function readRows(
  path: string,
  shard: ShardFile,
  dtype: NpyDtype,
  width: number | undefined,
  from: number,
  to: number,
): Promise<Uint8Array> {
  const file = await open(path, "r").catch((error: Error) => fail("L0717", { file: path, reason: error.message }));
  try {
    const head = new Uint8Array(256);
    await file.read(head, 0, head.length, 0);
    const header = readNpyHeader(head);
    const shape = width === undefined ? [shard.rows] : [shard.rows, width];
    if (header?.dtype !== dtype || header.shape.join() !== shape.join())
      return fail("L0717", { file: path, reason: `it is no ${dtype} array of [${shape.join(", ")}]` });
    const bytes = new Uint8Array(to - from);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, header.offset + from + at);
      if (bytesRead === 0) return fail("L0717", { file: path, reason: "it ends early" });
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
