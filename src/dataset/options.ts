/** What a dataset is built from, and how. */
import type { ByteSource } from "../record/mcap/file.js";
import type { FolderFiles } from "./folder.js";
import type { SplitSpec } from "./split.js";
import type { Dtype } from "./table.js";

export interface BuildOptions {
  /** MCAP files; each is one episode. */
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
  /** By stamp: how much older than the anchor's a message's stamp may be. */
  readonly tolerance_ns?: number;
  readonly split?: SplitSpec;
  /** A number that is not finite: an error (default), or its row is left out and counted. */
  readonly nonFinite?: "refuse" | "drop";
  readonly dtype?: Dtype;
  readonly shardBytes?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly files?: FolderFiles;
  readonly open?: (path: string) => Promise<ByteSource>;
}
