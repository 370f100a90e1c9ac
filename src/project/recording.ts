/** What is done with recordings after a run, as jobs that take time: told of progress, ended by a signal. */
import { open } from "node:fs/promises";
import { basename } from "node:path";
import type { Progress } from "../distill/workbench.js";
import { LimbeckError } from "../problem/problem.js";
import { type FilterOptions, type FilterSummary, filterRecordings } from "../record/consensus/filter.js";
import type { FilterSource } from "../record/consensus/source.js";
import { decompressors } from "../record/foreign/decompress.js";
import { type ForeignInfo, foreignInfo } from "../record/foreign/info.js";
import { openForeign } from "../record/foreign/open.js";
import { type RecordingInfo, recordingInfo } from "../record/info.js";
import { PROFILE } from "../record/layout.js";
import { type ByteSource, openFile } from "../record/mcap/file.js";
import { isMagic, MAGIC } from "../record/mcap/parse.js";
import { type Recovery, recoverRecording } from "../record/mcap/recover.js";
import { mcapLog } from "../record/sink.js";
import { type NewFile, newFile, nextNewFile } from "./new-file.js";
import { folders } from "./services.js";

export type { FilterSummary } from "../record/consensus/filter.js";
export type { ForeignInfo } from "../record/foreign/info.js";
export type { RecordingInfo } from "../record/info.js";
export type { Recovery } from "../record/mcap/recover.js";

export interface RecordingJob {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Of Limbeck's own recordings, and of others'. */
export type AnyInfo = ({ readonly own: true } & RecordingInfo) | ({ readonly own: false } & ForeignInfo);

/**
 * What a recording holds, Limbeck's own or another program's.
 *
 * @throws LimbeckError L0001 to L0003, L0700 to L0707, L0740
 * @example
 * const { own, messages } = await describeRecording("double.mcap", job);
 * [own, messages] // [true, 200]
 */
export async function describeRecording(file: string, { onProgress }: RecordingJob): Promise<AnyInfo> {
  if (await isOwn(file)) {
    const source = await openFile(file);
    try {
      return { own: true, ...(await recordingInfo(source)) };
    } finally {
      await source.close();
    }
  }
  const recording = await openForeign(file);
  try {
    const phase = `reading ${file}`;
    const info = await foreignInfo(recording, (done) => onProgress({ phase, done, total: 1 }));
    return { own: false, ...info };
  } finally {
    await recording.close();
  }
}

/** An MCAP file whose header record says that Limbeck wrote it. */
async function isOwn(path: string): Promise<boolean> {
  const head = new Uint8Array(64);
  try {
    const handle = await open(path, "r");
    try {
      await handle.read(head, 0, head.length, 0);
    } finally {
      await handle.close();
    }
  } catch {
    // whoever opens it next says why
    return false;
  }
  // behind the magic: opcode, length, and the profile with its own
  const profile = MAGIC.length + 9 + 4;
  const text = new TextDecoder().decode(head.subarray(profile, profile + PROFILE.length));
  return isMagic(head.subarray(0, MAGIC.length)) && text === PROFILE;
}

/**
 * Writes what a damaged or unfinished recording still holds to a new file, which is whole.
 *
 * @returns undefined when it was interrupted: nothing is left under the new name
 * @throws LimbeckError L0700 for bytes that hold nothing of MCAP, L0755 when the new file exists or cannot be made
 * @example
 * (await recover("double.mcap", "whole.mcap", job))?.messages // 200
 */
export async function recover(file: string, to: string, job: RecordingJob): Promise<Recovery | undefined> {
  const source = await openFile(file);
  let made: NewFile | undefined;
  const onProgress = (done: number, total: number) => {
    job.signal.throwIfAborted();
    const detail = `${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
    job.onProgress({ phase: `recovering ${file}`, done, total, detail });
  };
  const target = async () => {
    made = await newFile(to);
    return made.log;
  };
  try {
    const recovery = await recoverRecording(source, target, { decompress: await decompressors(), onProgress });
    made?.keep();
    return recovery;
  } catch (error) {
    if (job.signal.aborted) return undefined;
    throw error;
  } finally {
    made?.discard();
    await source.close();
  }
}

export interface FilterJob extends RecordingJob, Omit<FilterOptions, "signal" | "onProgress"> {
  /** Path of the new file, in place of the next of its name under `home`. */
  readonly output?: string;
  readonly home: string;
}

/**
 * Keeps the rows of recordings, made together or apart, by whether comparable ports agree in them.
 *
 * @returns undefined when it was interrupted: nothing is left under the new name
 * @throws LimbeckError L0700 to L0707, L0755, and L0761 to L0766 for what cannot be compared
 * @example
 * const options = { ...job, as: "apart", consensus: { ports: [["x", "y"]], keep: "all" } } as const;
 * (await filter(["double.mcap"], options))?.rows // 100
 */
export async function filter(files: readonly string[], job: FilterJob): Promise<FilterSummary | undefined> {
  const { signal, onProgress, home, output, ...options } = job;
  const sources: FilterSource[] = [];
  let made: NewFile | undefined;
  try {
    for (const { label, files: parts } of recordingsOf(files)) {
      const opened: ByteSource[] = [];
      sources.push({ label, files: opened });
      for (const part of parts) opened.push(await openFile(part));
    }
    made = output === undefined ? await nextNewFile(folders(home).recordings, options.as) : await newFile(output);
    const phase = `filtering ${files.length === 1 ? files[0] : `${files.length} recordings`}`;
    const report = (done: number, total: number) =>
      onProgress({ phase, done: done / 1e9, total: total / 1e9, detail: `${(done / 1e9).toFixed(1)} s` });
    const summary = await filterRecordings(sources, { ...options, signal, onProgress: report }, mcapLog(made.log));
    if (summary.failure !== undefined) throw new LimbeckError([summary.failure]);
    const file = made.keep();
    return { ...summary, file, files: [file] };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    made?.discard();
    for (const { files } of sources) for (const file of files) await file.close();
  }
}

/**
 * Recordings by what they are called: file names without folders and endings, with a number where two are alike. Parts of one
 * (`reach-0001.mcap`, `reach-0001.1.mcap`) are together, in their order.
 */
function recordingsOf(files: readonly string[]): { readonly label: string; readonly files: readonly string[] }[] {
  const parts = files.map((file) => {
    const [, first, number] = /^(.*?)(?:\.(\d+))?\.mcap$/.exec(file) ?? [];
    const isPart = number !== undefined && files.includes(`${first}.mcap`);
    return { file, of: isPart ? `${first}.mcap` : file, number: isPart ? Number(number) : 0 };
  });
  const firsts = parts.filter(({ number }) => number === 0).map(({ file }) => file);
  const bare = firsts.map((file) => basename(file).replace(/\.mcap$/, ""));
  return firsts.map((first, i) => {
    const later = parts.filter(({ of, number }) => of === first && number > 0).sort((a, b) => a.number - b.number);
    const name = bare[i]!;
    return {
      label: bare.indexOf(name) === bare.lastIndexOf(name) ? name : `${name}-${i + 1}`,
      files: [first, ...later.map(({ file }) => file)],
    };
  });
}
