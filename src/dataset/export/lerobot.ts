/**
 * LeRobotDataset v3.0 (huggingface.co/docs/lerobot/lerobot-dataset-v3): Parquet that its loader, pandas and DuckDB open.
 *
 *     meta/info.json                                  features, frames a second, counts, paths
 *     meta/stats.json                                 of all exported rows
 *     meta/tasks.parquet                              the task as pandas' index, its number as the column
 *     meta/episodes/chunk-000/file-000.parquet        a row an episode: where its rows are, its own statistics
 *     data/chunk-000/file-000.parquet                 a row a frame, a row group an episode
 *     meta/limbeck.json                               units, and where each episode comes from
 */
import { join } from "node:path";
import { fail, type Problem, problem } from "../../problem/problem.js";
import { columnName } from "../columns.js";
import type { Split } from "../manifest.js";
import { SPLITS } from "../manifest.js";
import { type Block, blocksOf } from "./blocks.js";
import type { ExportFiles } from "./files.js";
import type { ExportOptions, ExportSource, ExportTable, Format } from "./format.js";
import { createParquet, type Kind, type ParquetFile, type ParquetValues } from "./parquet.js";
import { addMoments, addRows, createHistogram, createMoments, type Moments, SPREAD, type Spread } from "./spread.js";

const VERSION = "v3.0";
const CHUNK_FILES = 1000;
const DATA_MB = 100;
const VIDEO_MB = 200;
/** How far the loader lets a frame be from its place, in seconds. */
const TOLERANCE_S = 1e-4;
/** Rows of `meta/episodes` that are written at once. */
const EPISODES_AT_ONCE = 256;

/** A feature: one value, or as many as it has names. */
interface Feature {
  readonly name: string;
  readonly dtype: "float32" | "float64" | "int64";
  /** Absent where LeRobot gives none. */
  readonly names?: readonly string[];
  readonly units?: readonly (string | null)[];
  readonly width: number;
  /** The rows of a block: [rows, width]. */
  values(block: Frames): ArrayLike<number>;
}

/** A block of one episode, and what its rows are numbered by. */
interface Frames extends Block {
  readonly episode: number;
  readonly task: number;
  /** Rows of the episode before the block. */
  readonly first: number;
  /** Tag of the episode's first row. */
  readonly start_ns: bigint;
}

export const lerobot: Format = {
  name: "lerobot",
  dtype: "float32",
  nonFinite: "refuse",
  async write(source, folder, files, out, options) {
    const [table, ...more] = source.tables;
    if (table === undefined || more.length > 0 || table.of !== undefined) return fail("L0783", { out });
    if (options.nonFinite === "keep")
      fail("L0723", { what: "`nonFinite`", found: "keep", expected: "refuse or drop for LeRobot" });
    const warnings: Problem[] = [];
    const fps = options.fps ?? (await framesPerSecond(table, out, warnings));
    const features = [...portFeatures(table, options), ...DEFAULT];
    const tasks = tasksOf(source, table, options);
    const frames = (episode: number) => framesOf(table, episode, tasks.of[episode]!, options.signal);

    const moments: Moments[][] = [];
    const all = features.map(({ width }) => createMoments(width));
    for (const episode of table.episodes.keys()) {
      const own = features.map(({ width }) => createMoments(width));
      for await (const block of frames(episode))
        for (const [f, feature] of features.entries()) addRows(own[f]!, feature.values(block));
      for (const [f, total] of all.entries()) addMoments(total, own[f]!);
      moments.push(own);
    }

    const data = dataFiles(folder, files, features);
    const episodes = await createParquet(
      files,
      join(folder, "meta", "episodes", chunk(0, 0)),
      episodeColumns(features),
    );
    const totals = all.map(createHistogram);
    let rows: EpisodeRow[] = [];
    try {
      for (const [episode, { rows: range }] of table.episodes.entries()) {
        const own = moments[episode]!.map(createHistogram);
        const place = await data.begin(range[1] - range[0]);
        for await (const block of frames(episode)) {
          const values = features.map((feature) => feature.values(block));
          for (const [f, part] of values.entries()) {
            own[f]!.add(part);
            totals[f]!.add(part);
          }
          await data.write(values, block.to - block.from);
        }
        const spreads = own.map((histogram) => histogram.end());
        rows.push({ episode, task: tasks.names[tasks.of[episode]!]!, range, place, spreads });
        if (rows.length === EPISODES_AT_ONCE || episode === table.episodes.length - 1) {
          await episodes.group(episodeValues(features, rows));
          rows = [];
        }
      }
    } finally {
      await data.close();
      await episodes.close();
    }
    await writeTasks(folder, files, tasks.names);
    const json = (name: string, value: unknown) =>
      files.write(join(folder, "meta", name), [new TextEncoder().encode(`${JSON.stringify(value, undefined, 4)}\n`)]);
    await json("info.json", infoOf(table, features, fps, tasks.names.length));
    await json(
      "stats.json",
      Object.fromEntries(features.map(({ name }, f) => [name, { ...totals[f]!.end(), count: [all[f]!.count] }])),
    );
    await json("limbeck.json", originOf(source, table));
    return { warnings };
  },
};

/** All inputs and all outputs, which is what policies of LeRobot look for; or each port by itself. */
function portFeatures(table: ExportTable, { features = "state-action" }: ExportOptions): Feature[] {
  const chosen = table.ports.map((port, index) => ({ ...port, index }));
  const feature = (name: string, ports: typeof chosen, full: boolean): Feature => {
    const columns = ports.flatMap(({ port, columns }) => columns.map((column) => ({ port, ...column })));
    const width = columns.length;
    return {
      name,
      dtype: ports[0]!.dtype,
      names: columns.map((column) => (full ? columnName(column) : column.name)),
      units: columns.map(({ unit }) => unit ?? null),
      width,
      values({ data, from, to }) {
        if (ports.length === 1) return data[ports[0]!.index]!;
        const out = new Float64Array((to - from) * width);
        let start = 0;
        for (const { index, columns } of ports) {
          const part = data[index]!;
          for (let row = 0, i = 0; row < to - from; row++)
            for (let c = 0; c < columns.length; c++) out[row * width + start + c] = part[i++]!;
          start += columns.length;
        }
        return out;
      },
    };
  };
  if (features === "state-action")
    return (["input", "output"] as const).map((role) =>
      feature(
        role === "input" ? "observation.state" : "action",
        chosen.filter((port) => port.role === role),
        true,
      ),
    );
  const taken = new Set<string>();
  return chosen.map((port) => {
    // a feature's name is part of other names, which `/` separates
    let name = `${port.role === "input" ? "observation" : "action"}.${port.port.replaceAll("/", ".")}`;
    while (taken.has(name)) name += "_";
    taken.add(name);
    return feature(name, [port], false);
  });
}

const counted = (
  name: string,
  of: (frames: Frames, i: number) => number,
  dtype: Feature["dtype"] = "int64",
): Feature => ({
  name,
  dtype,
  width: 1,
  values: (frames) => Float64Array.from({ length: frames.to - frames.from }, (_, i) => of(frames, i)),
});

/** What every dataset has. */
const DEFAULT: readonly Feature[] = [
  counted(
    "timestamp",
    ({ lineage, start_ns }, i) => Math.fround(Number(lineage.tag_ns[i]! - start_ns) / 1e9),
    "float32",
  ),
  counted("frame_index", ({ first }, i) => first + i),
  counted("episode_index", ({ episode }) => episode),
  counted("index", ({ from }, i) => from + i),
  counted("task_index", ({ task }) => task),
];

async function* framesOf(
  table: ExportTable,
  episode: number,
  task: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Frames> {
  const { rows } = table.episodes[episode]!;
  let start_ns: bigint | undefined;
  for await (const block of blocksOf(table, signal, rows)) {
    start_ns ??= block.lineage.tag_ns[0]!;
    yield { ...block, episode, task, first: block.from - rows[0], start_ns };
  }
}

/** The rate of the rows; a warning where they are not evenly spaced, since the loader finds neighbours by counting. */
async function framesPerSecond(table: ExportTable, out: string, warnings: Problem[]): Promise<number> {
  const steps = new Map<number, number>();
  let count = 0;
  for (const { rows } of table.episodes) {
    let before: bigint | undefined;
    for await (const { lineage } of blocksOf({ ...table, ports: [] }, undefined, rows))
      for (const tag of lineage.tag_ns) {
        if (before !== undefined) {
          const step = Number(tag - before);
          steps.set(step, (steps.get(step) ?? 0) + 1);
          count++;
        }
        before = tag;
      }
  }
  const step_ns = median(steps, count);
  if (step_ns <= 0) return fail("L0782", { out });
  let uneven = 0;
  for (const [step, times] of steps) if (Math.abs(step - step_ns) > TOLERANCE_S * 1e9) uneven += times;
  const exact = 1e9 / step_ns;
  const whole = Math.round(exact);
  const fps = whole > 0 && Math.abs(1 / whole - 1 / exact) <= TOLERANCE_S ? whole : exact;
  if (uneven > 0) warnings.push(problem("L0785", { out, uneven, steps: count, fps }));
  return fps;
}

/** The middle one of values that are counted; 0 of none. */
function median(times: ReadonlyMap<number, number>, count: number): number {
  let before = 0;
  for (const [value, n] of [...times].sort(([a], [b]) => a - b)) {
    before += n;
    if (before > count >> 1) return value;
  }
  return 0;
}

interface Tasks {
  readonly names: readonly string[];
  /** Of each episode. */
  readonly of: readonly number[];
}

function tasksOf({ recordings }: ExportSource, { episodes }: ExportTable, { task }: ExportOptions): Tasks {
  const words = episodes.map(({ recording }) => task ?? recordings[recording]!.graph ?? recordings[recording]!.file);
  const names = [...new Set(words)];
  return { names, of: words.map((word) => names.indexOf(word)) };
}

const chunk = (index: number, file: number): string =>
  join(`chunk-${String(index).padStart(3, "0")}`, `file-${String(file).padStart(3, "0")}.parquet`);

const kindOf = ({ dtype }: Feature): Kind => dtype;

interface Place {
  readonly chunk: number;
  readonly file: number;
}

/** Files of about `DATA_MB`; an episode is never cut. */
function dataFiles(folder: string, files: ExportFiles, features: readonly Feature[]) {
  const columns = features.map((feature) => ({
    name: feature.name,
    kind: kindOf(feature),
    list: feature.width > 1,
  }));
  const rowBytes = features.reduce((sum, { dtype, width }) => sum + width * (dtype === "float32" ? 4 : 8), 0);
  let open: ParquetFile | undefined;
  let count = 0;
  return {
    /** Where an episode of so many rows goes. */
    async begin(rows: number): Promise<Place> {
      if (open !== undefined && open.bytes + rows * rowBytes > DATA_MB * 1e6) {
        await open.close();
        open = undefined;
      }
      if (open === undefined) {
        const [index, file] = [Math.floor(count / CHUNK_FILES), count % CHUNK_FILES];
        count++;
        open = await createParquet(files, join(folder, "data", chunk(index, file)), columns);
      }
      return { chunk: Math.floor((count - 1) / CHUNK_FILES), file: (count - 1) % CHUNK_FILES };
    },
    write: (values: readonly ArrayLike<number>[], rows: number) =>
      open!.group(features.map((feature, f) => cells(feature, values[f]!, rows))),
    close: async () => open?.close(),
  };
}

/** One value a row: a number, an integer as Parquet takes it, or the row's part of a matrix. */
function cells({ dtype, width }: Feature, values: ArrayLike<number>, rows: number): ParquetValues {
  const wide = Array.from(values);
  if (width > 1) return Array.from({ length: rows }, (_, i) => wide.slice(i * width, (i + 1) * width));
  return dtype === "int64" ? wide.map(BigInt) : wide;
}

interface EpisodeRow {
  readonly episode: number;
  readonly task: string;
  readonly range: readonly [number, number];
  readonly place: Place;
  readonly spreads: readonly Spread[];
}

const EPISODE_NUMBERS = {
  "data/chunk_index": ({ place }) => place.chunk,
  "data/file_index": ({ place }) => place.file,
  dataset_from_index: ({ range }) => range[0],
  dataset_to_index: ({ range }) => range[1],
} satisfies { [name: string]: (row: EpisodeRow) => number };

const WHOLE = new Set(["min", "max"]);

const episodeColumns = (features: readonly Feature[]) => [
  { name: "episode_index", kind: "int64" as const },
  { name: "tasks", kind: "string" as const, list: true },
  { name: "length", kind: "int64" as const },
  ...Object.keys(EPISODE_NUMBERS).map((name) => ({ name, kind: "int64" as const })),
  ...features.flatMap(({ name, dtype }) => [
    ...SPREAD.map((key) => ({
      name: `stats/${name}/${key}`,
      kind: dtype === "int64" && WHOLE.has(key) ? ("int64" as const) : ("float64" as const),
      list: true,
    })),
    { name: `stats/${name}/count`, kind: "int64" as const, list: true },
  ]),
  { name: "meta/episodes/chunk_index", kind: "int64" as const },
  { name: "meta/episodes/file_index", kind: "int64" as const },
];

function episodeValues(features: readonly Feature[], rows: readonly EpisodeRow[]): ParquetValues[] {
  const length = ({ range }: EpisodeRow) => range[1] - range[0];
  return [
    rows.map(({ episode }) => BigInt(episode)),
    rows.map(({ task }) => [task]),
    rows.map((row) => BigInt(length(row))),
    ...Object.values(EPISODE_NUMBERS).map((of) => rows.map((row) => BigInt(of(row)))),
    ...features.flatMap(({ dtype }, f) => [
      ...SPREAD.map((key) =>
        rows.map(({ spreads }) => {
          const values = spreads[f]![key];
          return dtype === "int64" && WHOLE.has(key) ? values.map(BigInt) : values;
        }),
      ),
      rows.map((row) => [BigInt(length(row))]),
    ]),
    rows.map(() => 0n),
    rows.map(() => 0n),
  ];
}

/** What pandas writes for a frame whose index is called `task`, and so reads as one. */
async function writeTasks(folder: string, files: ExportFiles, names: readonly string[]): Promise<void> {
  const column = (name: string, pandas_type: string, numpy_type: string) => ({
    name,
    field_name: name,
    pandas_type,
    numpy_type,
    metadata: null,
  });
  const pandas = {
    index_columns: ["task"],
    column_indexes: [
      { ...column("", "unicode", "object"), name: null, field_name: null, metadata: { encoding: "UTF-8" } },
    ],
    columns: [column("task_index", "int64", "int64"), column("task", "unicode", "object")],
    creator: { library: "limbeck", version: "1" },
    pandas_version: "1.5.3",
  };
  const columns = [
    { name: "task_index", kind: "int64" as const },
    { name: "task", kind: "string" as const },
  ];
  const file = await createParquet(files, join(folder, "meta", "tasks.parquet"), columns, {
    pandas: JSON.stringify(pandas),
  });
  try {
    await file.group([names.map((_, i) => BigInt(i)), names]);
  } finally {
    await file.close();
  }
}

const path = (folder: string) => `${folder}/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet`;

const infoOf = (table: ExportTable, features: readonly Feature[], fps: number, tasks: number) => ({
  codebase_version: VERSION,
  robot_type: null,
  total_episodes: table.episodes.length,
  total_frames: table.rows,
  total_tasks: tasks,
  chunks_size: CHUNK_FILES,
  data_files_size_in_mb: DATA_MB,
  video_files_size_in_mb: VIDEO_MB,
  fps,
  splits: splitsOf(table),
  data_path: path("data"),
  video_path: null,
  features: Object.fromEntries(
    features.map(({ name, dtype, names, width, units }) => [
      name,
      { dtype, shape: [width], names: names ?? null, ...(units === undefined ? {} : { info: { units } }) },
    ]),
  ),
});

/** Splits as ranges of episodes, where they are such; else all is `train`, as LeRobot itself writes it. */
function splitsOf({ splits, episodes }: ExportTable): { readonly [split: string]: string } {
  const whole = `0:${episodes.length}`;
  if (splits === undefined) return { train: whole };
  const found: [Split, number, number][] = [];
  for (const split of SPLITS) {
    const own = episodes.flatMap(({ rows: [from, to] }, i) =>
      splits[split].some(([a, b]) => a <= from && to <= b) ? [i] : [],
    );
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last! - first !== own.length - 1) return { train: whole };
    found.push([split, first, last! + 1]);
  }
  const covered = found.reduce((sum, [, from, to]) => sum + to - from, 0);
  if (covered !== episodes.length) return { train: whole };
  return Object.fromEntries(found.map(([split, from, to]) => [split, `${from}:${to}`]));
}

const originOf = ({ recordings, manifest }: ExportSource, { ports, episodes, splits }: ExportTable) => ({
  ports: ports.map(({ port, role, columns }) => ({ port, role, columns })),
  recordings,
  episodes,
  ...(splits === undefined ? {} : { splits }),
  ...(manifest === undefined
    ? {}
    : { dataset: manifest.digest, ...(manifest.transforms && { transforms: manifest.transforms }) }),
});
