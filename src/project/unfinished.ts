/**
 * A job that can be interrupted and resumed: what it has recorded and trained so far, in a folder of its own until it is
 * done.
 *
 *   unfinished/NAME-0123abcd/    NAME and what makes the job this one: the same command finds the same folder
 *     job.json                   the command, and the files that each finished stage made
 *     KEY.checkpoint             one a training
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
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
}

interface JobFile {
  readonly command: readonly string[];
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
  { name, facts, command }: JobIdentity,
  resume: Resume,
  signal: AbortSignal,
): Unfinished {
  const hash = sha256(JSON.stringify(facts)).slice(0, HASH);
  const own = join(folder, `${name}-${hash}`);
  const file = join(own, FILE);
  const left = existsSync(file);
  if (resume === true && !left) fail("L0931", { name, others: othersIn(folder, name) });
  const goesOn = resume !== false && left;
  const stages = new Map(Object.entries(goesOn ? read(file).stages : {}));
  const write = (): void => {
    makeFolder(own);
    writeWhole(file, `${JSON.stringify({ command, stages: Object.fromEntries(stages) } satisfies JobFile, null, 2)}\n`);
  };
  const discard = (): void => rmSync(own, { recursive: true, force: true });
  if (!goesOn) rmSync(own, { recursive: true, force: true });
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
export function graphFacts({ graph, file }: Pick<Loaded, "graph" | "file">) {
  const names = [...Object.values(graph.nodes), ...Object.values(graph.world)].map(({ component }) => component);
  const components = [...new Set(names)].filter(isFile).flatMap((name) => {
    const path = resolve(dirname(file), name);
    return existsSync(path) ? [[name, sha256(readFileSync(path))]] : [];
  });
  return { graph: digestOf(graph), components };
}

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function read(file: string): JobFile {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return fail("L0955", { reason: `${shownPath(file)} is no JSON` }, {}, { cause: error });
  }
}

/** The commands of other jobs of this name that could be resumed. */
function othersIn(folder: string, name: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((other) => other.replace(/-[0-9a-f]+$/, "") === name && existsSync(join(folder, other, FILE)))
    .map((other) => ["limbeck", ...read(join(folder, other, FILE)).command].map(shellWord).join(" "));
}
