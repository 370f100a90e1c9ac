/** `dataset.json`: what is in a dataset, and the digest that a model names it by. */
import { createHash } from "node:crypto";
import { Ajv, type ValidateFunction } from "ajv";
import { type Static, type TSchema, Type } from "typebox";
import { canonicalJson } from "../graph/digest.js";
import { transformsSchema } from "../message/transforms/transforms.js";
import type { MessageSchema } from "../message/type.js";
import type { AsOf } from "../record/asof.js";

const closed = <P extends { readonly [key: string]: TSchema }>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const Count = Type.Integer({ minimum: 0 });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
/** Inside the dataset's folder, whatever a manifest says. */
const File = Type.String({ pattern: "^(inputs|outputs|lineage)/[A-Za-z0-9_-][A-Za-z0-9._-]*\\.npy$" });
const Shard = closed({ file: File, rows: Count, sha256: Sha256 });
const PerColumn = Type.Array(Type.Number());

const Port = closed({
  port: Type.String(),
  /** Message type, canonical. */
  type: Type.Unsafe<MessageSchema>({ type: "object" }),
  dtype: Type.Enum(["float32", "float64"]),
  columns: Type.Array(closed({ name: Type.String(), unit: Type.Optional(Type.String()) })),
  /** Matrices of [rows, columns], in row order. */
  shards: Type.Array(Shard),
  /** Of the training rows. `std` divides by the count; quantiles interpolate. */
  statistics: closed({
    min: PerColumn,
    max: PerColumn,
    mean: PerColumn,
    std: PerColumn,
    quantiles: Type.Record(Type.String(), PerColumn),
  }),
});

/** Where a port's message is another one than the row says: int64, one a row. A key that is absent is the row's own. */
const Source = closed({
  sequence: Type.Optional(Shard),
  tag_ns: Type.Optional(Shard),
  microstep: Type.Optional(Shard),
  stamp_ns: Type.Optional(Shard),
});
const Direction = Type.Enum(["backward", "forward", "nearest"]);
const Tolerance = Type.Optional(Type.Number({ minimum: 0 }));

const Fractions = Type.Array(Type.Number(), { minItems: 3, maxItems: 3 });
const Ranges = Type.Unsafe<readonly Range[]>(Type.Array(Type.Tuple([Count, Count])));

const Manifest = closed({
  limbeck_dataset: Type.Literal(1),
  /** SHA-256 of this object without `digest`, canonical; it covers every file by its SHA-256. */
  digest: Sha256,
  rows: Count,
  join: Type.Union([
    closed({ by: Type.Literal("row") }),
    closed({
      by: Type.Literal("stamp"),
      anchor: Type.String(),
      direction: Direction,
      tolerance_ns: Tolerance,
      /** Ports that are joined in another way. */
      asof: Type.Optional(
        Type.Unsafe<{ readonly [port: string]: AsOf }>(
          Type.Record(Type.String(), closed({ direction: Type.Optional(Direction), tolerance_ns: Tolerance })),
        ),
      ),
    }),
  ]),
  inputs: Type.Array(Port),
  outputs: Type.Array(Port),
  /** What was made of the inputs' columns, and is to be made of them where a model runs. */
  transforms: Type.Optional(transformsSchema),
  /** One int64 a row: where it comes from. `recording` and `episode` are indices into the lists below. */
  lineage: closed({
    recording: Shard,
    episode: Shard,
    sequence: Shard,
    tag_ns: Shard,
    microstep: Shard,
    stamp_ns: Shard,
    ports: Type.Record(Type.String(), Source),
  }),
  split: Type.Union([
    closed({ by: Type.Literal("time"), fractions: Fractions }),
    closed({ by: Type.Literal("episode"), fractions: Fractions, seed: Type.Integer() }),
    closed({ by: Type.Literal("row"), fractions: Fractions, seed: Type.Integer() }),
  ]),
  /** Ranges of rows, from (included) to (excluded), in order. A row whose history reaches into another split is in none. */
  splits: closed({ train: Ranges, validation: Ranges, test: Ranges }),
  recordings: Type.Array(
    closed({
      file: Type.String(),
      sha256: Sha256,
      /** Rows of this dataset that come from it. */
      rows: Count,
      whole: Type.Boolean(),
      graph: Type.Optional(Type.String()),
      digest: Type.Optional(Type.String()),
      seed: Type.Optional(Type.Integer()),
    }),
  ),
  /** Stretches of rows that are one run of the system: no history, and no join, reaches over their ends. */
  episodes: Type.Array(
    closed({
      /** Index into `recordings`, and the number that it has there. */
      recording: Count,
      episode: Count,
      rows: Type.Unsafe<Range>(Type.Tuple([Count, Count])),
    }),
  ),
  /** Rows left out, by cause. */
  incomplete: Type.Record(Type.String(), Count),
});

export type DatasetManifest = Static<typeof Manifest>;
export type PortColumns = Static<typeof Port>;
export type Statistics = PortColumns["statistics"];
export type ShardFile = Static<typeof Shard>;
export type Split = keyof DatasetManifest["splits"];
export type Range = readonly [from: number, to: number];
export type LineageKey = Exclude<keyof DatasetManifest["lineage"], "ports">;
/** What a port's message may have of its own. */
export type SourceKey = keyof Static<typeof Source>;
export type Episode = DatasetManifest["episodes"][number];

export const SPLITS: readonly Split[] = ["train", "validation", "test"];
export const SOURCE: readonly SourceKey[] = ["sequence", "tag_ns", "microstep", "stamp_ns"];
export const LINEAGE: readonly LineageKey[] = ["recording", "episode", ...SOURCE];
export const MANIFEST_FILE = "dataset.json";
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

let validate: ValidateFunction<DatasetManifest> | undefined;

/** A manifest with its digest. */
export const withDigest = (manifest: Omit<DatasetManifest, "digest">): DatasetManifest => ({
  ...manifest,
  digest: digestOfManifest(manifest),
});

export const sha256 = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

function digestOfManifest(manifest: Omit<DatasetManifest, "digest"> & { readonly digest?: string }): string {
  const { digest: _, ...rest } = manifest;
  return createHash("sha256").update(canonicalJson(rest)).digest("hex");
}

/** The manifest in a text, or the reason why it is none. */
export function parseManifest(text: string): DatasetManifest | { readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { reason: `dataset.json is not JSON: ${(error as Error).message}` };
  }
  validate ??= new Ajv({ strict: true }).compile<DatasetManifest>(Manifest);
  if (!validate(value)) {
    const [first] = validate.errors!;
    return { reason: `dataset.json${first!.instancePath} ${first!.message}` };
  }
  const manifest = value;
  if (digestOfManifest(manifest) !== manifest.digest)
    return { reason: "dataset.json does not have the digest that it says" };
  const shards = [...manifest.inputs, ...manifest.outputs].map((port) => port.shards);
  const own = Object.values(manifest.lineage.ports).flatMap((source) => SOURCE.flatMap((key) => source[key] ?? []));
  const matrices = [...shards, ...[...LINEAGE.map((key) => manifest.lineage[key]), ...own].map((file) => [file])];
  if (matrices.some((files) => files.reduce((sum, shard) => sum + shard.rows, 0) !== manifest.rows))
    return { reason: "dataset.json has columns of different lengths" };
  if (SPLITS.some((split) => manifest.splits[split].some(([from], i, all) => i > 0 && from < all[i - 1]![0])))
    return { reason: "dataset.json has a split that is not in order" };
  const { episodes, recordings, rows } = manifest;
  const ends = episodes.map(({ rows }) => rows[1]);
  if (
    episodes.some(({ recording, rows: [from] }, i) => recording >= recordings.length || from !== (ends[i - 1] ?? 0)) ||
    ends.at(-1) !== rows
  )
    return { reason: "dataset.json has episodes that do not follow on each other" };
  return manifest;
}
