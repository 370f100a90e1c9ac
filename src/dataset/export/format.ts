/** What a format is given, and what it gives back: tables that are read piece by piece, and files beside the final name. */
import { basename, dirname, join } from "node:path";
import type { Column } from "../../message/flatten.js";
import type { Problem } from "../../problem/problem.js";
import type { DatasetManifest, Episode, LineageKey, Split } from "../manifest.js";
import type { CollectOptions } from "../options.js";
import type { Dtype, Floats } from "../scratch.js";
import type { Splits } from "../split.js";
import type { ExportFiles } from "./files.js";

/** One port of a table: its columns lie side by side. */
export interface TablePort {
  readonly port: string;
  readonly role: "input" | "output" | "stream";
  readonly dtype: Dtype;
  readonly columns: readonly Column[];
}

/** Rows, numbered from 0. */
export interface ExportTable {
  /** The port whose messages these are; absent for rows of several ports. */
  readonly of?: string;
  readonly rows: number;
  readonly ports: readonly TablePort[];
  /** They follow on each other, from row 0 to the last. */
  readonly episodes: readonly Episode[];
  /** Absent where rows belong to no split. */
  readonly splits?: Splits;
  /** [to − from, columns], row-major. */
  read(port: string, from: number, to: number): Promise<Floats>;
  lineage(key: LineageKey, from: number, to: number): Promise<BigInt64Array>;
}

export interface ExportSource {
  readonly tables: readonly ExportTable[];
  readonly recordings: DatasetManifest["recordings"];
  /** Rows left out, by cause. */
  readonly incomplete: { readonly [cause: string]: number };
  /** Of a dataset. */
  readonly manifest?: DatasetManifest;
  close(): Promise<void>;
}

export interface ExportOptions
  extends Pick<
    CollectOptions,
    | "inputs"
    | "outputs"
    | "join"
    | "anchor"
    | "direction"
    | "tolerance_ns"
    | "asof"
    | "transforms"
    | "nonFinite"
    | "dtype"
    | "memory_bytes"
    | "maxBytes"
    | "signal"
    | "open"
  > {
  /** Of a dataset: the rows of one split (default: all rows, those that no split has among them). */
  readonly split?: Split;
  /** Of a log of single messages: these ports (default: all). */
  readonly ports?: readonly string[];
  /** LeRobot: what was done, in words (default: the name of the graph that was recorded). */
  readonly task?: string;
  /** LeRobot: frames a second (default: from the rows' tags). */
  readonly fps?: number;
  /** LeRobot: `observation.state` and `action` (default), or a feature for each port. */
  readonly features?: "state-action" | "ports";
  readonly files?: ExportFiles;
  /** How far it has come: bytes of a recording that is read, then rows that are written. */
  readonly onProgress?: (progress: ExportProgress) => void;
}

export interface ExportProgress {
  /** `reading FILE`, `writing NAME`. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** A format: how tables become files. One format a file. */
export interface Format {
  readonly name: string;
  /** Rows of a recording are float32 where a reader expects it; otherwise nothing is rounded. */
  readonly dtype: "float32" | "float64";
  /** What happens to numbers of a recording that are not finite, unless told. */
  readonly nonFinite: "refuse" | "keep";
  /** Writes into `folder`. @returns what appears under which name: the folder itself, or files in it under names beside `out` */
  write(
    source: ExportSource,
    folder: string,
    files: ExportFiles,
    out: string,
    options: ExportOptions,
  ): Promise<Written>;
}

export interface Written {
  /** File in the folder → its final path, the one that is called `out` last; absent where the folder itself is the export. */
  readonly files?: ReadonlyMap<string, string>;
  readonly warnings?: readonly Problem[];
}

/** A file of an export: beside `out`, under its name and this ending. */
export const beside = (out: string, ending: string): string => join(dirname(out), `${basename(out)}${ending}`);
