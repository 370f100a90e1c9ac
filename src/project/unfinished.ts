/**
 * A job that can be interrupted and resumed: what it has recorded and trained so far, in a folder of its own until it is
 * done.
 *
 *   unfinished/NAME-0123abcd/    NAME and what makes the job this one: the same command finds the same folder
 *     job.json                   the command, the files that it was made from, and those that each finished stage made
 *     KEY.checkpoint             one a training
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isFile } from "../component/load.js";
import { shellWord } from "../distill/report/shell.js";
import { digestOf } from "../graph/digest.js";
import { fail } from "../problem/problem.js";
import { makeFolder } from "../record/folder.js";
import type { Checkpoints } from "../train/checkpoint.js";
import { checkpointFolder } from "../train/checkpoint-file.js";
import { shownPath } from "./files.js";
import type { Loaded } from "./load.js";
import { writeWhole } from "./write.js";

/** Does a stage of a job and gives the paths that it makes; of one that was done before, those that it made then. */
export type Stage = (name: string, work: () => Promise<readonly string[]>) => Promise<readonly string[]>;

export interface Unfinished {
  readonly stage: Stage;
  readonly checkpoints: Checkpoints;
  /** The job is done: nothing is left of it. */
  done(): void;
}

export interface JobIdentity {
  /** What the job is called. */
  readonly name: string;
  /** All that decides what comes out of it, as JSON. */
  readonly facts: unknown;
  /** As typed. */
  readonly command: readonly string[];
  /** What it was made from, as it is now: when one of them changes, the command means another job. */
  readonly files: Files;
}

/** SHA-256 of files, by path. */
type Files = { readonly [path: string]: string };

interface JobFile {
  readonly command: readonly string[];
  readonly files: Files;
  readonly stages: { readonly [name: string]: readonly string[] };
}

const FILE = "job.json";
const HASH = 12;

/** Whether a job goes on where it was left: `if-any` begins anew where there is nothing to go on with. */
export type Resume = boolean | "if-any";

/**
 * Opens a job in `folder`: anew, or where it was left.
 *
 * @param signal that interrupts the job: one that ended by itself, with nothing done, leaves nothing
 * @throws LimbeckError L0931 when there is nothing to resume, L0005 when the system does not let it write
 */
export function openUnfinished(
  folder: string,
  { name, facts, command, files }: JobIdentity,
  resume: Resume,
  signal: AbortSignal,
): Unfinished {
  const hash = sha256(JSON.stringify(facts)).slice(0, HASH);
  const own = join(folder, `${name}-${hash}`);
  const file = join(own, FILE);
  const left = existsSync(file);
  if (resume === true && !left) fail("L0931", { name, ...othersIn(folder, name) });
  const goesOn = resume !== false && left;
  const stages = new Map(Object.entries(goesOn ? read(file).stages : {}));
  const write = (): void => {
    makeFolder(own);
    const job = { command, files, stages: Object.fromEntries(stages) } satisfies JobFile;
    writeWhole(file, `${JSON.stringify(job, null, 2)}\n`);
  };
  const discard = (): void => rmSync(own, { recursive: true, force: true });
  if (!goesOn) {
    discard();
    // begun anew, what the same command had done on files that are others now is in the way of nobody
    for (const other of jobsIn(folder, name))
      if (other.changed.length > 0 && isDeepStrictEqual(other.job.command, command))
        rmSync(other.folder, { recursive: true, force: true });
  }
  write();
  return {
    async stage(stage, work) {
      const made = stages.get(stage);
      // what was deleted meanwhile is made again
      if (made?.every((path) => existsSync(path))) return made;
      let paths: readonly string[];
      try {
        paths = await work();
      } catch (error) {
        // one that failed before it had anything to go on with leaves nothing
        if (!signal.aborted && readdirSync(own).length === 1 && stages.size === 0) {
          discard();
          if (readdirSync(folder).length === 0) rmdirSync(folder);
        }
        throw error;
      }
      stages.set(stage, paths);
      write();
      return paths;
    },
    checkpoints: checkpointFolder(own),
    done: discard,
  };
}

/** What a job is made from: the graph as it runs, and the texts of its own components. */
export function graphFacts(loaded: Pick<Loaded, "graph" | "file">) {
  const components = componentFiles(loaded).map(([name, path]) => [name, digestAt(path)]);
  return { graph: digestOf(loaded.graph), components };
}

/** The files that a graph and its components are read from, as they are now. */
export function filesOf(loaded: Pick<Loaded, "graph" | "file" | "sources">): Files {
  const paths = [...loaded.sources.keys()].map((path) => resolve(path));
  const all = [...paths, ...componentFiles(loaded).map(([, path]) => path)];
  return Object.fromEntries(all.flatMap((path) => (existsSync(path) ? [[path, digestAt(path)]] : [])));
}

/** The components of files, by name and path. */
function componentFiles({ graph, file }: Pick<Loaded, "graph" | "file">): (readonly [name: string, path: string])[] {
  const names = [...Object.values(graph.nodes), ...Object.values(graph.world)].map(({ component }) => component);
  return [...new Set(names)].filter(isFile).flatMap((name) => {
    const path = resolve(dirname(file), name);
    return existsSync(path) ? [[name, path] as const] : [];
  });
}

const digestAt = (path: string): string => sha256(readFileSync(path));

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function read(file: string): JobFile {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return fail("L0955", { reason: `${shownPath(file)} is no JSON` }, {}, { cause: error });
  }
}

interface Other {
  readonly folder: string;
  readonly job: JobFile;
  /** Files that it was made from, and that are others now. */
  readonly changed: readonly string[];
}

/** The jobs of this name that were interrupted. */
function jobsIn(folder: string, name: string): Other[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((other) => {
    const file = join(folder, other, FILE);
    if (other.replace(/-[0-9a-f]+$/, "") !== name || !existsSync(file)) return [];
    const job = read(file);
    const changed = Object.entries(job.files ?? {}).flatMap(([path, digest]) =>
      existsSync(path) && digestAt(path) === digest ? [] : [shownPath(path)],
    );
    return [{ folder: join(folder, other), job, changed }];
  });
}

/** The commands of the others: those that could be resumed, and those that cannot, since files are others now. */
function othersIn(folder: string, name: string) {
  const jobs = jobsIn(folder, name);
  const line = ({ job: { command } }: Other) => ["limbeck", ...command].map(shellWord).join(" ");
  return {
    others: jobs.filter(({ changed }) => changed.length === 0).map(line),
    changed: jobs.flatMap((job) => (job.changed.length === 0 ? [] : [{ command: line(job), files: job.changed }])),
  };
}
