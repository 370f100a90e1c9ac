/**
 * Datasets as matrices, behind two doors: training and validation rows through one, test rows through the other.
 *
 * Whoever fits a model is handed a training view, which has no test rows to give.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Column } from "../message/flatten.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import { lineageOf, type RowLineage } from "./lineage.js";
import {
  type DatasetManifest,
  LINEAGE,
  type LineageKey,
  MANIFEST_FILE,
  MAX_MANIFEST_BYTES,
  type PortColumns,
  parseManifest,
  type Range,
  type Split,
} from "./manifest.js";
import type { Floats } from "./scratch.js";
import { type Digests, matricesOf, openShards, type ShardFiles } from "./shards.js";
import { assertApart, countRows } from "./split.js";

export interface Dataset {
  readonly dir: string;
  readonly manifest: DatasetManifest;
  /** How often `testView` was asked for. */
  readonly testViews: number;
  /**
   * Where a row comes from: the recording, the episode, and of each port the message.
   * @param row of the dataset, from 0
   * @throws LimbeckError L0773 for no row, L0717 for a damaged file
   */
  lineage(row: number): Promise<RowLineage>;
  /** Compares every file with its digest. @throws LimbeckError L0717 */
  verify(): Promise<void>;
  /** Closes the files that were read; reading opens them again. */
  close(): Promise<void>;
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
  /** A source of its rows in pieces, for whoever cannot hold them all. */
  source(split: Split): RowSource;
}

/** The rows of one split, numbered through from 0. */
export interface RowSource {
  readonly rows: number;
  readonly dtype: "float32" | "float64";
  readonly inputs: ColumnMatrix["columns"];
  readonly outputs: ColumnMatrix["columns"];
  /** Stretches of rows that follow on each other in one episode, in order. */
  readonly segments: readonly Range[];
  /** Rows `from` to `to` into matrices of [rows, width], from row `at` on. */
  read(from: number, to: number, inputs: Floats, outputs: Floats, at: number): Promise<void>;
}

const doors = new WeakMap<Dataset, { readonly files: ShardFiles; tests: number }>();

/**
 * Opens a dataset: checks its manifest, that every file is there with its shape and length, and that no two splits
 * overlap. The digest of a file is checked before its first row is read (`digests: "open"`: all of them now).
 *
 * @throws LimbeckError L0716 for no dataset, L0717 for a damaged one, L0719 for splits that overlap.
 * @example
 * const { manifest } = await openDataset("double");
 * manifest.rows // 100
 */
export async function openDataset(dir: string, { digests = "lazy" }: { digests?: Digests } = {}): Promise<Dataset> {
  const manifest = await readManifest(dir);
  assertApart(manifest.splits, manifest.rows);
  const files = openShards(dir);
  const matrices = matricesOf(manifest);
  const verify = async (): Promise<void> => {
    for (const shards of matrices) for (const file of shards.files) await files.verify(file);
  };
  try {
    for (const shards of matrices) for (const file of shards.files) await files.check(file, shards);
    if (digests === "open") await verify();
  } finally {
    await files.close();
  }
  const door = { files, tests: 0 };
  const dataset: Dataset = {
    dir,
    manifest,
    get testViews() {
      return door.tests;
    },
    lineage: (row) => lineageOf(dir, manifest, files, row),
    verify,
    close: () => files.close(),
  };
  doors.set(dataset, door);
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

/**
 * Training and validation rows. It has no test rows, and says so when asked.
 *
 * @example
 * const dataset = await openDataset("double");
 * const view = trainingView(dataset);
 * const { rows, width, data } = await view.matrix("inputs", "train");
 * [rows, width] // [68, 1]
 * data // Float32Array [0, ≈0.01, …]
 * await dataset.close();
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
  doors.get(dataset)!.tests++;
  return view(dataset, ["test"]);
}

function view(dataset: Dataset, splits: readonly Split[]): View {
  const { dir, manifest } = dataset;
  const { files } = doors.get(dataset)!;
  const ranges = new Map<Split, readonly Range[]>(splits.map((split) => [split, manifest.splits[split]]));
  const rangesOf = (split: Split): readonly Range[] =>
    ranges.get(split) ?? fail("L0718", { split, has: splits.join(" and ") });
  const ports = [...manifest.inputs, ...manifest.outputs];
  const choose = (which: string): readonly PortColumns[] => {
    if (which === "inputs") return manifest.inputs;
    if (which === "outputs") return manifest.outputs;
    const port = ports.find((p) => p.port === which);
    if (port !== undefined) return [port];
    const known = ports.map((p) => p.port);
    return fail("L0711", { file: dir, port: which, nearest: nearest(which, known), known });
  };
  const cache = new Map<string, Promise<ColumnMatrix>>();
  const whole = async (chosen: readonly PortColumns[], wanted: readonly Range[]): Promise<ColumnMatrix> => {
    const rows = countRows(wanted);
    const columns = columnsOf(chosen);
    const data = floats(chosen, rows * columns.length);
    await readColumns(files, chosen, wanted, data, 0);
    return { rows, width: columns.length, data, columns };
  };
  return {
    manifest,
    splits,
    rows: (split) => countRows(rangesOf(split)),
    matrix(which, split) {
      const key = `${split} ${which}`;
      const wanted = rangesOf(split);
      const known = cache.get(key);
      if (known !== undefined) return known;
      const read = whole(choose(which), wanted);
      cache.set(key, read);
      return read;
    },
    async lineage(split) {
      const wanted = rangesOf(split);
      const lineage: Partial<Record<LineageKey, BigInt64Array>> = {};
      for (const key of LINEAGE) {
        const values = new BigInt64Array(countRows(wanted));
        await files.read({ files: [manifest.lineage[key]], dtype: "int64" }, wanted, values);
        lineage[key] = values;
      }
      return lineage as { readonly [key in LineageKey]: BigInt64Array };
    },
    source(split) {
      const numbered = numberRows(rangesOf(split));
      return {
        rows: numbered.rows,
        dtype: ports[0]!.dtype,
        inputs: columnsOf(manifest.inputs),
        outputs: columnsOf(manifest.outputs),
        segments: segmentsOf(rangesOf(split), manifest.episodes),
        async read(from, to, inputs, outputs, at) {
          const wanted = numbered.ranges(from, to);
          await readColumns(files, manifest.inputs, wanted, inputs, at);
          await readColumns(files, manifest.outputs, wanted, outputs, at);
        },
      };
    },
  };
}

const columnsOf = (ports: readonly PortColumns[]): ColumnMatrix["columns"] =>
  ports.flatMap(({ port, columns }) => columns.map((column) => ({ port, ...column })));

const floats = (ports: readonly PortColumns[], length: number): Floats =>
  ports[0]?.dtype === "float64" ? new Float64Array(length) : new Float32Array(length);

/** Columns of several ports side by side, into `out` from row `at` on. */
async function readColumns(
  files: ShardFiles,
  ports: readonly PortColumns[],
  ranges: readonly Range[],
  out: Floats,
  at: number,
): Promise<void> {
  const shards = (port: PortColumns) => ({ files: port.shards, dtype: port.dtype, width: port.columns.length });
  const [only] = ports;
  if (ports.length === 1) return files.read(shards(only!), ranges, out, at);
  const rows = countRows(ranges);
  const width = ports.reduce((sum, port) => sum + port.columns.length, 0);
  let start = at * width;
  for (const port of ports) {
    const n = port.columns.length;
    const part = floats(ports, rows * n);
    await files.read(shards(port), ranges, part);
    for (let row = 0, from = 0, to = start; row < rows; row++, to += width - n)
      for (let c = 0; c < n; c++) out[to++] = part[from++]!;
    start += n;
  }
}

/** The rows of ranges, numbered through. */
function numberRows(ranges: readonly Range[]) {
  const ends = new Float64Array(ranges.length);
  let rows = 0;
  for (const [i, [from, to]] of ranges.entries()) ends[i] = rows += to - from;
  return {
    rows,
    ranges(from: number, to: number): Range[] {
      const wanted: Range[] = [];
      for (let i = firstAbove(ends, from); i < ranges.length && from < to; i++) {
        const [, last] = ranges[i]!;
        const a = last - (ends[i]! - from);
        const b = Math.min(last, a + to - from);
        wanted.push([a, b]);
        from += b - a;
      }
      return wanted;
    },
  };
}

/** Index of the first of rising values that is above `x`. */
function firstAbove(values: Float64Array, x: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Ranges of rows cut where an episode ends, in the numbers that the rows have among themselves. */
function segmentsOf(ranges: readonly Range[], episodes: DatasetManifest["episodes"]): Range[] {
  const segments: Range[] = [];
  let rows = 0;
  let e = 0;
  for (const [from, to] of ranges) {
    for (let row = from; row < to; ) {
      while (episodes[e]!.rows[1] <= row) e++;
      const end = Math.min(to, episodes[e]!.rows[1]);
      segments.push([rows, rows + end - row]);
      rows += end - row;
      row = end;
    }
  }
  return segments;
}
