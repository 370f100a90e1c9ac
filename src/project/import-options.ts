/** What an import is told, and what it tells. */
import type { Progress } from "../distill/workbench.js";
import type { MessageSchema } from "../message/type.js";
import type { Problem } from "../problem/problem.js";
import type { Loaded } from "./load.js";

export interface ImportOptions {
  /** The recording; the mapping's own where there is none. */
  readonly input?: string;
  /** A mapping file. Without one, channels and streams of one name belong together. */
  readonly mapping?: string;
  /** The time column of a table, without a mapping: `t`, `t_us:us`. */
  readonly time?: string;
  /** A graph whose in-streams are to be fed. */
  readonly into?: Loaded;
  /** Name of the new recording (default: the graph's, or the input's). */
  readonly as?: string;
  /** Path of the new file, in place of the next of its name under `home`. */
  readonly output?: string;
  readonly home: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface ImportResult {
  readonly file: string;
  /** `log` can be replayed into the graph; `messages` is a plain recording. */
  readonly mode: "log" | "messages";
  /** What is 0, in ns since 1970, as text. */
  readonly origin_ns: string;
  readonly messages: number;
  /** From the first tag to the last. */
  readonly span_ns: number;
  readonly streams: readonly ImportedStream[];
  readonly problems: readonly Problem[];
}

export interface ImportedStream {
  readonly stream: string;
  readonly file: string;
  /** Empty for a table. */
  readonly topic: string;
  readonly type: MessageSchema;
  /** Messages of the channel, and those that were imported. */
  readonly found: number;
  readonly imported: number;
  /** Left out, by cause. */
  readonly late: number;
  readonly unfit: number;
  readonly early: number;
  readonly first_tag_ns: number;
  readonly last_tag_ns: number;
}
