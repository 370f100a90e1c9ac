/** A teacher's recordings as rows: the dataset on disk, and the two doors to it. */
import { buildDataset } from "../dataset/build.js";
import { type DatasetManifest, SPLITS, type Split } from "../dataset/manifest.js";
import { type ColumnMatrix, openDataset, testView, trainingView, type View } from "../dataset/open.js";
import type { TransformOptions } from "../dataset/options.js";
import { DEFAULT_SPLIT, type SplitSpec } from "../dataset/split.js";
import type { ReportData } from "../distill/report/data.js";
import { rangesOf } from "../distill/students/outputs.js";
import type { Part, PortBlock, Stretch, TrainingData } from "../distill/students/student.js";
import type { Teacher, TeacherPort } from "../distill/teacher.js";
import type { Transforms } from "../message/transforms/transforms.js";
import type { CardFacts } from "../models/card.js";
import { concatRows, type Matrix, rowsOf } from "../train/matrix.js";
import { nextFolder } from "./dataset.js";
import type { Stage } from "./unfinished.js";

/** From so many recordings on, whole episodes are dealt to the splits; with fewer, each is cut in time. */
const LEAST_EPISODES = 10;

export interface TestRows {
  readonly x: Matrix;
  readonly y: Matrix;
  /** Tag of each row; episodes stand one behind the other. */
  readonly time_s: readonly number[];
  readonly stretches: readonly Stretch[];
}

export interface TeacherRows {
  readonly folder: string;
  readonly digest: string;
  readonly counts: { readonly train: number; readonly validation: number; readonly test: number };
  readonly by: SplitSpec["by"];
  readonly split: ReportData["split"];
  readonly columns: CardFacts["columns"];
  /** What was made of the inputs' columns, by the names of the teacher's ports. */
  readonly transforms?: Transforms;
  /** Training and validation rows; there are no others in it. */
  readonly training: TrainingData;
  /** Opens the door to the test rows. */
  test(): Promise<TestRows>;
}

export interface RowsOptions {
  /** Where datasets lie. */
  readonly folder: string;
  readonly name: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** By the names of the teacher's ports. */
  readonly transforms?: TransformOptions | undefined;
  /** Output ports that never leave the range of their training rows. */
  readonly bounded?: readonly string[];
  /** Of the job that the rows are for. */
  readonly stage?: Stage;
}

/** Builds the dataset and opens it. @throws LimbeckError L0700 to L0723 */
export async function buildRows(
  teacher: Teacher,
  recordings: readonly string[],
  { folder, name, seed, signal, transforms, bounded = [], stage = (_, work) => work() }: RowsOptions,
): Promise<TeacherRows> {
  const { fractions } = DEFAULT_SPLIT;
  const spec: SplitSpec = recordings.length < LEAST_EPISODES ? DEFAULT_SPLIT : { by: "episode", fractions, seed };
  const [out] = (await stage(`dataset ${name} of ${recordings.length}`, async () => {
    const out = nextFolder(folder, name);
    await buildDataset({
      recordings,
      out,
      inputs: teacher.inputs.map((p) => p.ref),
      outputs: teacher.outputs.map((p) => p.ref),
      split: spec,
      signal,
      ...(transforms === undefined
        ? {}
        : { transforms: { ...transforms, steps: transforms.steps.map(renamed(teacher, "port", "ref")) } }),
    });
    return [out];
  })) as [string];
  const dataset = await openDataset(out);
  const { manifest } = dataset;
  const view = trainingView(dataset);
  const train = partOf(await xy(view, "train"), stretchesOf(manifest, "train", []));
  const known = [{ split: "train" as const, x: train.x }];
  const validation = partOf(await xy(view, "validation"), stretchesOf(manifest, "validation", known));
  const seen = [...known, { split: "validation" as const, x: validation.x }];
  await dataset.close();
  const count = (split: Split) => manifest.splits[split].reduce((n, [from, to]) => n + to - from, 0);
  return {
    folder: out,
    digest: manifest.digest,
    counts: { train: count("train"), validation: count("validation"), test: count("test") },
    by: spec.by,
    split: spec.by === "episode" ? byEpisode(manifest) : byTime(manifest),
    columns: {
      inputs: columnsOf(teacher.inputs, manifest.inputs),
      outputs: columnsOf(teacher.outputs, manifest.outputs),
    },
    ...(manifest.transforms === undefined
      ? {}
      : {
          transforms: { ...manifest.transforms, steps: manifest.transforms.steps.map(renamed(teacher, "ref", "port")) },
        }),
    training: {
      inputs: blocks(teacher.inputs, manifest.inputs, (port) =>
        manifest.transforms?.steps.some((s) => s.port === port),
      ),
      outputs: rangesOf(blocks(teacher.outputs, manifest.outputs), train.y, bounded),
      train,
      validation,
      ...(teacher.base === undefined ? {} : { base: teacher.base }),
    },
    async test() {
      const open = testView(dataset);
      const { tag_ns } = await open.lineage("test");
      const rows = await xy(open, "test");
      await dataset.close();
      const time_s = Array.from(tag_ns, (ns) => Number(ns) / 1e9);
      return { ...rows, time_s, stretches: stretchesOf(manifest, "test", seen) };
    },
  };
}

/** Steps under other names of the same ports: the student's, and those in the graph. */
const renamed =
  ({ inputs }: Teacher, from: "port" | "ref", to: "port" | "ref") =>
  <S extends { readonly port?: string }>(step: S): S => {
    const port = inputs.find((input) => input[from] === step.port)?.[to];
    return port === undefined ? step : { ...step, port };
  };

async function xy(view: View, split: Split): Promise<{ x: Matrix; y: Matrix }> {
  return { x: matrix(await view.matrix("inputs", split)), y: matrix(await view.matrix("outputs", split)) };
}

const matrix = ({ rows, width, data }: ColumnMatrix): Matrix => ({ rows, width, data: data as Float32Array });

/** Columns that were made of others are no message's any more. */
const blocks = (
  ports: readonly TeacherPort[],
  columns: DatasetManifest["inputs"],
  transformed: (ref: string) => boolean | undefined = () => false,
): PortBlock[] =>
  ports.map(({ port, ref, type }, i) => ({
    port,
    columns: columns[i]!.columns,
    ...(transformed(ref) ? {} : { type }),
  }));

const partOf = (rows: Pick<Part, "x" | "y">, stretches: readonly Stretch[]): Part => ({ ...rows, stretches });

/** Where a split's rows follow on each other, and the inputs before them in the same episode as far as other splits have them. */
function stretchesOf(
  { splits, episodes }: DatasetManifest,
  split: Split,
  seen: readonly { readonly split: Split; readonly x: Matrix }[],
): Stretch[] {
  const earlier = seen.flatMap(({ split: of, x }) => {
    let row = 0;
    return splits[of].map(([from, to]) => {
      row += to - from;
      return { from, to, x: rowsOf(x, row - (to - from), row) };
    });
  });
  let row = 0;
  return splits[split].flatMap(([from, to]) =>
    episodes.flatMap(({ rows: [first, last] }): Stretch[] => {
      const [a, b] = [Math.max(from, first), Math.min(to, last)];
      if (a >= b) return [];
      const before = earlier.filter((e) => e.from >= first && e.to <= a).sort((p, q) => p.from - q.from);
      const stretch = { from: row, to: row + b - a };
      row += b - a;
      return [before.length === 0 ? stretch : { ...stretch, lead: before.map((e) => e.x).reduce(concatRows) }];
    }),
  );
}

const columnsOf = (ports: readonly TeacherPort[], recorded: DatasetManifest["inputs"]) =>
  ports.flatMap(({ port }, i) => {
    const { columns, statistics } = recorded[i]!;
    const { min, max, mean, std } = statistics;
    return columns.map((column, c) => ({ ...column, port, min: min[c]!, max: max[c]!, mean: mean[c]!, sd: std[c]! }));
  });

/** Each episode went to one set, whole. */
function byEpisode({ episodes, splits }: DatasetManifest): ReportData["split"] {
  const parts = episodes.map(({ rows: [first] }, episode) => {
    const set = SPLITS.find((split) => splits[split].some(([from, to]) => from <= first && first < to)) ?? "train";
    return { set, from: episode, to: episode + 1 };
  });
  return { axis: "episode", parts };
}

/** Shares of the rows, on the axis of their numbers. */
const byTime = ({ splits }: DatasetManifest): ReportData["split"] => ({
  axis: "row",
  parts: SPLITS.flatMap((set) => splits[set].map(([from, to]) => ({ set, from, to }))),
});
