/**
 * Makes a new, whole file of what a damaged or unfinished one still holds.
 *
 *     source ──► whole frames │ gaps ──► salvage ──► new frames, summary ──► target
 */
import { fail, type Problem, problem } from "../../problem/problem.js";
import type { Frame } from "./assemble.js";
import { readSummary } from "./declarations.js";
import { type ByteSource, type LogFile, writeAll } from "./file.js";
import { type Gap, readFrames } from "./frames.js";
import type { ReadOptions } from "./reader.js";
import { createSalvage } from "./salvage.js";

/** The name of the metadata record that says what a recovered file lacks. */
export const RECOVERED = "limbeck.recovered";
/** No more gaps than these are listed; the bytes of all are counted. */
export const MAX_GAPS = 1000;

export interface Recovery {
  /** Nothing is missing: all of the data was there, and its end. */
  readonly whole: boolean;
  /** Messages in the new file. 0 without `whole`: there is nothing, and no new file. */
  readonly messages: number;
  /** Messages that the file itself speaks of, and that are gone. What a torn end held is not known, and not counted. */
  readonly lost_messages: number;
  /** Bytes of the source that belong to nothing whole. */
  readonly lost_bytes: number;
  /** Where they are: the first 1,000 pieces before the end. */
  readonly gaps: readonly Gap[];
  /** Size of the new file. */
  readonly bytes: number;
  /** Warnings: L0739 for each gap, L0703 for an end that is missing. */
  readonly problems: readonly Problem[];
}

export interface RecoverOptions {
  /** For compressed files of other programs; their chunks are plain in the new file. */
  readonly decompress?: NonNullable<ReadOptions["decompress"]>;
  /** How far it has come, in bytes of the source. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads a recording, whatever happened to it, and writes what it holds to a new file, which is whole.
 *
 * A recording of Limbeck's that is whole is copied byte by byte. One that is not says in its metadata what it lacks
 * (`limbeck.recovered`). Memory is bounded by the largest chunk.
 *
 * @param target makes the new file; not called when there is nothing to put into it.
 * @throws LimbeckError L0700 for bytes that hold nothing of MCAP, L0702 when the target cannot be written, L0705 for a
 *   compression without a decoder.
 * @example
 * const source = await openFile("double.mcap");
 * await recoverRecording(source, () => createFile("again.mcap")) // { whole: true, messages: 200, lost_bytes: 0, … }
 * await source.close();
 */
export async function recoverRecording(
  source: ByteSource,
  target: () => Promise<LogFile>,
  options: RecoverOptions = {},
): Promise<Recovery> {
  const { decompress = {}, onProgress = () => {} } = options;
  const gaps: Gap[] = [];
  let lost_bytes = 0;
  const onGap = (gap: Gap): void => {
    lost_bytes += gap.end - gap.start;
    if (gaps.length < MAX_GAPS) gaps.push(gap);
  };
  const file = lateFile(source.name, target);
  try {
    const salvage = createSalvage({ source, decompress, onGap, put: file.put });
    const frames = readFrames(source, { onGap });
    let next = await frames.next();
    for (; !next.done; next = await frames.next()) {
      await salvage.take(next.value);
      onProgress(next.value.end, source.size);
    }
    await salvage.flush();
    const { complete, lost_bytes: tail } = next.value;
    const whole = complete && lost_bytes === 0;
    if (!whole) lost_bytes += tail;
    const said = whole ? undefined : (await readSummary(source))?.statistics;
    const lost_messages = said === undefined ? salvage.missing : Math.max(0, said - salvage.messages);
    const lost = { lost_messages, lost_bytes, gaps };
    if (!whole) await salvage.metadata(RECOVERED, lostEntries(lost));
    await salvage.end();
    const found = { whole, messages: salvage.messages, ...lost };
    const problems = gaps.map(({ start, end, reason }) => problem("L0739", { file: source.name, start, end, reason }));
    if (!complete && (tail > 0 || gaps.length === 0))
      problems.push(problem("L0703", { file: source.name, bytes: tail }));
    return { ...found, problems, bytes: await file.close(whole || salvage.messages > 0) };
  } finally {
    await file.abandon();
  }
}

const lostEntries = ({ lost_messages, lost_bytes, gaps }: Pick<Recovery, "lost_messages" | "lost_bytes" | "gaps">) => ({
  lost_messages: String(lost_messages),
  lost_bytes: String(lost_bytes),
  gaps: JSON.stringify(gaps),
});

/** So many bytes wait for the first message before a file is made for them. */
const MAX_EARLY_BYTES = 1024 * 1024;

/** A file that is made once there is something to put into it. */
function lateFile(source: string, target: () => Promise<LogFile>) {
  let file: LogFile | undefined;
  let name = `what is recovered from ${source}`;
  let early: Frame[] = [];
  let bytes = 0;
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return fail("L0702", { file: name, reason }, {}, { cause: error });
    }
  };
  const write = async (): Promise<void> => {
    file ??= await target();
    name = file.name;
    for (const { pieces } of early) await writeAll(file, pieces);
    early = [];
  };
  return {
    async put(frame: Frame, matters: boolean): Promise<void> {
      early.push(frame);
      bytes += frame.bytes;
      if (file !== undefined || matters || bytes > MAX_EARLY_BYTES) await told(write);
    },
    /** Size of the file, if there is to be one. */
    async close(wanted: boolean): Promise<number> {
      if (file === undefined && !wanted) return 0;
      await told(async () => {
        await write();
        await file!.sync();
        const made = file!;
        file = undefined;
        await made.close();
      });
      return bytes;
    },
    /** Lets go of a file that was not finished. */
    async abandon(): Promise<void> {
      await file?.close().catch(() => {});
      file = undefined;
    },
  };
}
