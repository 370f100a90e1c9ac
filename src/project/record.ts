/** Records a teacher's rows: runs the graph with the teacher's recorder, an MCAP file an episode. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { collect, type Driver, planEpisodes } from "../distill/collect.js";
import { withCandidates } from "../distill/stand-in.js";
import type { Teacher } from "../distill/teacher.js";
import type { Progress } from "../distill/workbench.js";
import { digestOf } from "../graph/digest.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { checked, type Loaded } from "./load.js";
import { fileRecordings, nextFolder } from "./recordings.js";
import { folders, servicesOf } from "./services.js";
import { lengthOf } from "./simulate.js";

export const DEFAULT_EPISODES = 20;

export interface RecordOptions {
  readonly as: string;
  readonly home: string;
  readonly seed: number;
  /** Episodes from the file's training starts (default 20); a graph without `evaluate` runs once. */
  readonly episodes?: number;
  /** The first of the planned episodes to run, and the one after the last (default: all). */
  readonly part?: readonly [from: number, to: number];
  /** Who drives beside the teacher, and the models that it opens. */
  readonly driver?: Driver;
  readonly candidates?: ReadonlyMap<string, Uint8Array>;
  /** Virtual time of one episode, or of the one run. */
  readonly for_ns?: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Hears how many episodes there are of those that were planned, where the others would be the same again. */
  readonly onAlike?: (kept: number, planned: number) => void;
  /** Hears of each file once it is whole, or as whole as it gets. */
  readonly onFile: (file: string) => void;
  readonly stopped: (phase: string) => never;
}

/**
 * The recordings that a path means: itself (`.mcap` may be left out), or those in it, in the order of their names.
 *
 * @throws LimbeckError L0001 not there, L0700 a folder without recordings
 */
export function recordingsIn(path: string): string[] {
  const found = [path, `${path}.mcap`].find((file) => existsSync(file));
  if (found === undefined) return fail("L0001", { file: path });
  if (!statSync(found).isDirectory()) return [found];
  const files = readdirSync(path).filter((file) => file.endsWith(".mcap"));
  if (files.length === 0) fail("L0700", { file: path, reason: "there is no .mcap file in this folder" });
  return files.sort().map((file) => join(path, file));
}

/** @throws LimbeckError from the run; L0702 when the disk does not take the recording; L0912 for a teacher that does not always speak */
export async function recordTeacher(loaded: Loaded, teacher: Teacher, options: RecordOptions): Promise<string[]> {
  const { as, home, seed, driver, candidates, signal, onProgress, onFile, stopped } = options;
  const typed = checked(loaded);
  const facts = { graph: typed.graph.name, digest: digestOf(loaded.authored), seed };
  const { evaluate } = typed.graph;
  const for_ns = evaluate === undefined ? lengthOf(typed, options.for_ns) : options.for_ns;
  const plan = planEpisodes(evaluate, seed, options.episodes ?? DEFAULT_EPISODES, for_ns).slice(
    ...(options.part ?? []),
  );
  const { recordings: folder } = folders(home);
  const recordings =
    plan.length === 1
      ? fileRecordings(folder, facts, as)
      : fileRecordings(await nextFolder(folder, as), facts, "episode");
  const lent = servicesOf(loaded.file, home);
  const services = {
    ...lent,
    recordings,
    ...(candidates === undefined ? {} : { models: withCandidates(lent.models, candidates) }),
  };
  const files: string[] = [];
  const alike = plan.every(({ set }) => isDeepStrictEqual(set, plan[0]!.set));
  const known = new Set<string>();
  const events =
    teacher.nodes === undefined ? [] : teacher.outputs.flatMap(({ kind, ref }) => (kind === "event" ? [ref] : []));
  const counted = events.length === 0 ? {} : { counted: events[0]!.slice(0, events[0]!.lastIndexOf(".")) };
  let [fired, spoke] = [0, 0];
  for (const [k, episode] of plan.entries()) {
    const length_s = (episode.for_ns ?? 0) / 1e9;
    const report = (time_ns: number) => {
      const done = k * length_s + time_ns / 1e9;
      const detail = `${done.toFixed(1)} s of virtual time`;
      const who = driver === undefined ? "" : ", a student driving";
      onProgress({ phase: `recording ${teacher.name}${who}`, done, total: plan.length * length_s, detail });
    };
    report(0);
    const { whole, firings } = await collect(episode, {
      vary: loaded.vary,
      record: teacher.record(as),
      ...(driver === undefined ? {} : { driver }),
      ...counted,
      services,
      signal,
      onTurn: report,
    });
    if (whole && episode.for_ns !== undefined) report(episode.for_ns);
    const summary = (await recordings.summaries()).at(-1)!;
    fired += firings;
    spoke += summary.rows;
    // what a start draws may not reach these ports, and a world may be without noise
    const digest = whole && plan.length > 1 ? await digestOfFile(summary.file) : undefined;
    if (digest !== undefined && known.has(digest)) {
      await rm(summary.file);
      if (alike) break;
      continue;
    }
    if (digest !== undefined) known.add(digest);
    onFile(summary.file);
    if (summary.failure !== undefined) throw new LimbeckError([summary.failure]);
    if (!whole) stopped("recording");
    files.push(summary.file);
  }
  // what learned from the rows there are would speak where the teacher kept silent
  if (events.length > 0 && spoke < fired)
    fail("L0912", { teacher: teacher.name, ports: events, silent: fired - spoke, spoke });
  if (files.length < plan.length) options.onAlike?.(files.length, plan.length);
  return files;
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
