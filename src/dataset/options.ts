/** What a dataset is built from, and how. */
import type { OwnColumn } from "../message/transforms/flatten.js";
import type { AsOf, Direction } from "../record/asof.js";
import type { ByteSource } from "../record/mcap/file.js";
import type { FolderFiles } from "./folder.js";
import type { Dtype } from "./scratch.js";
import type { SplitSpec } from "./split.js";

export interface BuildOptions {
  /** MCAP files. One that marks no episodes is one episode. */
  readonly recordings: readonly string[];
  /** The folder to make. */
  readonly out: string;
  /** Ports, in column order; by default those that were recorded in the role. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** By default recorded rows are taken as they are, and messages are joined by stamp. */
  readonly join?: "row" | "stamp";
  /** By stamp: the port whose messages make the rows (default: the first output). */
  readonly anchor?: string;
  /** By stamp: which message of another port is taken (default `backward`). */
  readonly direction?: Direction;
  /** By stamp: how far from the anchor's a message's stamp may be, itself included. */
  readonly tolerance_ns?: number;
  /** By stamp: ports that are joined in another way. */
  readonly asof?: { readonly [port: string]: AsOf };
  /** What is made of the inputs' columns. */
  readonly transforms?: TransformOptions;
  readonly split?: SplitSpec;
  /** A number that is not finite: an error (default), or its row is left out and counted. */
  readonly nonFinite?: "refuse" | "drop";
  readonly dtype?: Dtype;
  readonly shardBytes?: number;
  /** What columns may take of memory while they are put together (default 256 MiB); the others wait in a file beside `out`. */
  readonly memory_bytes?: number;
  /** What they may take altogether (default 1 TiB). */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly files?: FolderFiles;
  readonly open?: (path: string) => Promise<ByteSource>;
}

/** What rows are collected from recordings by: an export may keep numbers that are not finite, where nothing is fitted. */
export type CollectOptions = Omit<BuildOptions, "out" | "split" | "files" | "shardBytes" | "nonFinite"> & {
  readonly nonFinite?: NonNullable<BuildOptions["nonFinite"]> | "keep";
};

/** Transforms in order; one that names no port is of every input. */
export interface TransformOptions {
  readonly steps: readonly TransformStep[];
  /** Rows without enough history before them: left out and counted (default), or the first row stands in. */
  readonly pad?: "first";
  /** Rows further apart are no history of each other. */
  readonly max_gap_ns?: number;
}

export type TransformStep =
  | { readonly kind: "flatten"; readonly port?: string; readonly columns: readonly OwnColumn[] }
  | { readonly kind: "difference"; readonly port?: string; readonly order?: number; readonly keep?: boolean }
  | { readonly kind: "lag"; readonly port?: string; readonly rows: readonly number[]; readonly keep?: boolean }
  | { readonly kind: "history"; readonly port?: string; readonly rows: number };
