/**
 * DAgger (Ross, Gordon, Bagnell 2011): the student drives in a share of the firings that grows from round to round, the
 * teacher says beside it what it would have done, and all rounds together are what the next student learns from.
 *
 *   round 0   teacher drives ──────────► rows ─► student 1
 *   round k   student k drives a share ► rows of all rounds ─► student k + 1
 *
 * Beside it the same number of episodes is recorded with the teacher driving: behaviour cloning at equal labels, which is
 * what the rounds have to beat.
 */
import type { TransformOptions } from "../dataset/options.js";
import { standIn } from "../distill/stand-in.js";
import type { Student } from "../distill/students/student.js";
import type { Teacher } from "../distill/teacher.js";
import { encode } from "../onnx/codec/index.js";
import { fail } from "../problem/problem.js";
import type { Checkpoints } from "../train/checkpoint.js";
import { fitAll } from "./fit.js";
import { checked, type Loaded } from "./load.js";
import { DEFAULT_EPISODES, type RecordOptions, recordTeacher } from "./record.js";
import type { DaggerRound } from "./results.js";
import { buildRows, type TeacherRows } from "./rows.js";
import { bestOf } from "./score.js";
import { folders } from "./services.js";
import type { Stage } from "./unfinished.js";

export interface DaggerOptions extends RecordOptions {
  /** After the first, in which the teacher drives alone. */
  readonly rounds: number;
  readonly students: readonly Student[];
  readonly transforms?: TransformOptions | undefined;
  readonly now: () => number;
  readonly stage: Stage;
  readonly checkpoints: Checkpoints;
}

export interface Gathered {
  /** Recordings of all rounds. */
  readonly recordings: readonly string[];
  /** As many episodes from the same starts with the teacher driving. */
  readonly cloning: readonly string[];
  readonly rounds: readonly DaggerRound[];
}

/**
 * Records all rounds, training a student after each but the last.
 *
 * @throws LimbeckError L0930 for a graph or a number of episodes that has no rounds; as `recordTeacher`
 */
export async function dagger(loaded: Loaded, teacher: Teacher, options: DaggerOptions): Promise<Gathered> {
  const { rounds, students, as, home, seed, signal, now, onProgress, transforms, stopped } = options;
  const { stage, checkpoints } = options;
  const episodes = options.episodes ?? DEFAULT_EPISODES;
  checkRounds(loaded, teacher, rounds, episodes);
  const cut = (round: number) => Math.round((episodes * round) / (rounds + 1));
  const recordings: string[] = [];
  const told: DaggerRound[] = [];
  let rows: TeacherRows | undefined;
  let driver: Pick<RecordOptions, "driver" | "candidates"> = {};
  let student: string | undefined;
  for (let round = 0; round <= rounds; round++) {
    const share = round / rounds;
    const part = [cut(round), cut(round + 1)] as const;
    const record = () => recordTeacher(loaded, teacher, { ...options, ...driver, as: `${as}-round`, part });
    recordings.push(...(await stage(`recordings of round ${round}`, record)));
    told.push({ round, share, episodes: part[1] - part[0], ...(student === undefined ? {} : { student }) });
    if (round === rounds) break;
    rows = await buildRows(teacher, recordings, {
      folder: folders(home).datasets,
      name: `${as}-round`,
      seed,
      signal,
      transforms,
      stage,
    });
    const fits = await fitAll(students, rows.training, { seed, signal, now, onProgress, checkpoints });
    if (fits === undefined) return stopped("training");
    const best = fits.students[await bestOf(fits.students, rows.training)]!;
    student = best.name;
    const reference = `#round${round + 1}`;
    const component = standIn(teacher, reference, rows.transforms);
    driver = {
      driver: { teacher, component, share: (round + 1) / rounds },
      candidates: new Map([[reference, encode(best.model)]]),
    };
  }
  const more = await stage("recordings to clone from", () =>
    recordTeacher(loaded, teacher, { ...options, as: `${as}-cloning`, part: [cut(1), episodes] }),
  );
  return { recordings, cloning: [...recordings.slice(0, cut(1)), ...more], rounds: told };
}

function checkRounds(loaded: Loaded, teacher: Teacher, rounds: number, episodes: number): void {
  const { evaluate } = checked(loaded).graph;
  if (teacher.nodes === undefined)
    fail("L0930", { reason: "a relation between ports has no nodes that could answer beside a student that drives" });
  if (evaluate === undefined || Object.keys(evaluate.starts).length === 0)
    fail("L0930", { reason: "the graph names no starts for the episodes of a round (`evaluate: starts:`)" });
  if (episodes <= rounds)
    fail("L0930", {
      reason: `${episodes} episodes are fewer than the ${rounds + 1} rounds, the teacher's own among them`,
    });
}
