/**
 * The whole of distilling, phase by phase:
 *
 *   teacher ─ 1 record ─► recordings ─ 2 build ─► dataset ─ 3 fit ─► students ─ 4 measure: test rows, closed loop
 *           ─ 5 store: model, card, report, drop-in component
 *
 * The winner is the best on the validation part; the test part is opened once, in phase 4.
 */
import { dirname } from "node:path";
import type { TransformOptions } from "../dataset/options.js";
import type { Tuning } from "../distill/finetune.js";
import { generateComponent } from "../distill/generate/component.js";
import { renderReport } from "../distill/report/report.js";
import { remembers } from "../distill/students/policy.js";
import type { Fitted, Student } from "../distill/students/student.js";
import { findTeacher, type Teacher, type TeacherSpec } from "../distill/teacher.js";
import { digestOf } from "../graph/digest.js";
import { addModel } from "../models/store.js";
import { encode } from "../onnx/codec/index.js";
import { fail, LimbeckError, type Problem, problem } from "../problem/problem.js";
import { type Measured, openArena } from "./arena.js";
import { cardOf } from "./card.js";
import { type DaggerOptions, dagger, type Gathered } from "./dagger.js";
import { shownPath } from "./files.js";
import { bestTunable, checkTunable, fineTuned } from "./finetune.js";
import { fitAll, namesOfStudents, pickStudents, type StudentWords } from "./fit.js";
import { checked, type Loaded } from "./load.js";
import { type RecordOptions, recordingsIn, recordTeacher } from "./record.js";
import { reportOf } from "./report.js";
import { clonedName, type DistillResult, drivesBetter, notBeaten } from "./results.js";
import { buildRows, type TeacherRows } from "./rows.js";
import { bestOf } from "./score.js";
import { folders } from "./services.js";
import type { JobOptions } from "./simulate.js";
import { filesOf, graphFacts, openUnfinished, type Resume, type Stage } from "./unfinished.js";

export interface DistillOptions extends JobOptions, StudentWords {
  readonly teacher: TeacherSpec;
  /** The model's name in the store. */
  readonly as: string;
  /** Recordings, or folders of them, to take the rows from in place of running the graph. */
  readonly from?: readonly string[];
  /** What students see of the inputs beside their present columns: history, lags, differences, columns of their own. */
  readonly transforms?: TransformOptions;
  /** Output ports that never leave the range of their training rows, by the student's names. */
  readonly bounded?: readonly string[];
  /** Rounds in which the student drives and the teacher labels, after the one in which the teacher drives. */
  readonly dagger?: number;
  /** Fine-tune the best student by gradient through the lowered graph and world; `{}` for the usual way. */
  readonly finetune?: Tuning;
  /** Episodes to record from the file's training starts (default 20). */
  readonly episodes?: number;
  /** Virtual time of one episode, or of the one run. */
  readonly for_ns?: number;
  /** Go on where the same job was interrupted (default: begin anew): the model is that of a job that never was, to the byte. */
  readonly resume?: Resume;
  /** The command as typed, for the model card. */
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

/**
 * @throws LimbeckError with places in the file; L0905 when interrupted, with what was kept; L0931 nothing to resume
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const { model, version, rows, students } = await distill(loaded, {
 *   ...job,
 *   teacher: { nodes: ["controller"] },
 *   as: "reach",
 *   students: ["ridge"],
 *   episodes: 3,
 *   for_ns: 1e9,
 *   command: [],
 *   createdAt: "2026-01-01T00:00:00Z",
 * });
 * [model, version] // ["reach", 1]
 * students.map(({ name }) => name) // ["ridge"]
 */
export async function distill(loaded: Loaded, options: DistillOptions): Promise<DistillResult> {
  try {
    return await phases(loaded, options);
  } catch (error) {
    if (error instanceof LimbeckError) throw new LimbeckError(loaded.locate(error.problems), { cause: error });
    throw error;
  }
}

async function phases(loaded: Loaded, options: DistillOptions): Promise<DistillResult> {
  const typed = checked(loaded);
  const { home, as, signal, now, onProgress } = options;
  const seed = options.seed ?? typed.seed;
  const teacher = findTeacher(typed, options.teacher);
  const [names] = namesOfStudents([teacher.nodes ?? []], options);
  const students = pickStudents(names, teacher.inputs, options.transforms);
  await checkTunable(loaded, [teacher], students, { ...options, seed });
  const files = new Set<string>();
  const kept: string[] = [];
  const onFile = (file: string) => void files.add(file);
  const warnings: Problem[] = [];
  const onAlike = (kept: number, planned: number) =>
    void warnings.push(problem("L0932", { teacher: teacher.name, kept, planned }));
  const stopped = (phase: string): never => {
    const recorded = files.size === 0 ? [] : [whereAre([...files], home)];
    return fail("L0905", { phase, kept: [...recorded, ...kept], resume: true });
  };

  const { transforms, bounded = [] } = options;
  const known = teacher.outputs.map(({ port }) => port);
  for (const port of bounded) if (!known.includes(port)) fail("L0907", { what: "bounded", port, known });
  const job = openUnfinished(
    folders(home).unfinished,
    { name: as, facts: factsOf(loaded, options, seed, students), command: options.command, files: filesOf(loaded) },
    options.resume ?? false,
    signal,
  );
  const { checkpoints } = job;
  const stage: Stage = async (name, work) => {
    const paths = await job.stage(name, work).catch((error: unknown) => {
      // what only reads and writes rows throws the signal's own reason
      if (error === signal.reason) return stopped("building the dataset");
      throw error;
    });
    for (const path of paths) if (path.endsWith(".mcap")) onFile(path);
    return paths;
  };
  const gathered = await gather(loaded, teacher, {
    ...options,
    seed,
    students,
    onFile,
    onAlike,
    stopped,
    stage,
    checkpoints,
  });
  const { recordings } = gathered;
  const build = { folder: folders(home).datasets, seed, signal, transforms, bounded, stage };
  const rows = await buildRows(teacher, recordings, { ...build, name: as });
  kept.push(shownPath(rows.folder));
  const fit = { seed, signal, now, onProgress, checkpoints };
  const fits = await fitAll(students, rows.training, fit);
  if (fits === undefined) return stopped("training");
  const cloning = gathered.cloning && (await buildRows(teacher, gathered.cloning, { ...build, name: `${as}-cloning` }));
  const clones = async ({ training }: TeacherRows): Promise<Fitted[]> => {
    const found = await fitAll(students, training, fit);
    if (found === undefined) return stopped("training");
    return found.students.map((fitted) => ({ ...fitted, name: clonedName(fitted.name) }));
  };
  const cloned = cloning === undefined ? [] : await clones(cloning);

  const all = [...fits.students, ...cloned, ...fits.baselines];
  const test = await rows.test();
  const arena = openArena(loaded, teacher, {
    home,
    seed,
    test,
    training: rows.training,
    transforms: rows.transforms,
    candidates: all.length + (options.finetune === undefined ? 0 : 1),
    signal,
    onProgress,
    stopped,
  });
  const driver = await arena.teacher();
  const measured: (Measured & { readonly fitted: Fitted })[] = [];
  for (const fitted of all) measured.push({ fitted, ...(await arena.candidate(fitted.name, encode(fitted.model))) });
  const fittest = measured[await bestOf(fits.students, rows.training)]!;
  const tuning = { home, seed, transforms: rows.transforms, signal, now, onProgress, stopped, checkpoints };
  const begun = options.finetune && (await bestTunable(measured.slice(0, fits.students.length), rows.training));
  if (options.finetune !== undefined && begun !== fittest)
    warnings.push(problem("L0943", { students: [fittest.name] }));
  const tuned = begun && (await fineTuned(loaded, teacher, begun.fitted, { ...tuning, tuning: options.finetune! }));
  if (tuned !== undefined) {
    const { fitted } = tuned;
    const candidate = await arena.candidate(fitted.name, encode(fitted.model));
    measured.push({ fitted, ...candidate, score: { ...candidate.score, tuned: true } });
  }
  const fromTuning = measured.slice(all.length);
  const contenders = [...measured.slice(0, fits.students.length), ...fromTuning];
  const baselines = measured.slice(fits.students.length, all.length);
  const loopOf = ({ score }: (typeof measured)[number]) => score.closed_loop!;
  const winner = fromTuning.find((candidate) => drivesBetter(loopOf(candidate), loopOf(fittest))) ?? fittest;
  const [after] = fromTuning;
  const finetuned = tuned && {
    student: tuned.fitted.name,
    ...tuned.facts,
    closed_loop: { before: loopOf(begun!), after: loopOf(after!) },
    kept: winner === after,
  };

  const facts = cardOf({
    command: options.command,
    createdAt: options.createdAt,
    graph: typed.graph.name,
    graphDigest: digestOf(loaded.authored),
    teacher,
    rows,
    seed,
    student: winner.fitted,
    score: winner.score,
    baselines: measured.filter((m) => m !== winner).map((m) => m.score),
  });
  const stored = await addModel(folders(home).models, as, {
    onnx: winner.onnx,
    facts,
    component: generateComponent,
    report: (card) =>
      renderReport(
        reportOf({
          ...{ card, typed, rows, test, driver, winner, contenders, baselines, metrics: arena.metrics },
          ...(finetuned && { finetuned }),
        }),
      ),
  });
  job.done();
  return {
    model: as,
    version: stored.version,
    sha256: stored.card.sha256,
    winner: winner.name,
    graph: typed.graph.name,
    rows: rows.counts,
    ...(gathered.rounds === undefined ? {} : { rounds: gathered.rounds }),
    ...(cloning === undefined ? {} : { cloning: cloning.counts }),
    ...(finetuned && { finetuned }),
    metrics: arena.metrics,
    ...(driver === undefined ? {} : { teacher: { name: driver.name, closed_loop: driver.closed_loop } }),
    students: contenders.map((m) => m.score),
    baselines: baselines.map((m) => m.score),
    does_not_beat: notBeaten(
      contenders.map((m) => m.score),
      baselines.map((m) => m.score),
    ),
    report: shownPath(stored.files.report!),
    recording: whereAre(recordings, home),
    dataset: shownPath(rows.folder),
    onnx: shownPath(stored.files.onnx),
    component: shownPath(stored.files.component!),
    warnings:
      teacher.stateful.length === 0 ||
      rows.transforms?.steps.some(({ kind }) => kind !== "flatten") ||
      remembers(winner.fitted.model)
        ? warnings
        : [...warnings, problem("L0903", { nodes: teacher.stateful })],
  };
}

/** All that decides what comes out of the job. */
const factsOf = (loaded: Loaded, options: DistillOptions, seed: number, students: readonly Student[]) => {
  const { teacher, as, from, transforms, bounded, dagger, finetune, episodes, for_ns } = options;
  const names = students.map(({ name }) => name);
  return {
    ...graphFacts(loaded),
    seed,
    names,
    teacher,
    as,
    from,
    transforms,
    bounded,
    dagger,
    finetune,
    episodes,
    for_ns,
  };
};

/** The recording, or the folder of its episodes; of several rounds those of each, as `--from` takes them. */
const whereAre = (recordings: readonly string[], home: string) => {
  const root = folders(home).recordings;
  const places = recordings.map((file) => (recordings.length === 1 || dirname(file) === root ? file : dirname(file)));
  return [...new Set(places)].map(shownPath).join(",");
};

/** The recordings to learn from: those that are there, those of the teacher, or those of DAgger's rounds. */
async function gather(
  loaded: Loaded,
  teacher: Teacher,
  options: Omit<DistillOptions, "students"> &
    RecordOptions &
    Pick<DaggerOptions, "seed" | "students" | "stage" | "checkpoints">,
): Promise<Pick<Gathered, "recordings"> & Partial<Gathered>> {
  if (options.from !== undefined) return { recordings: options.from.flatMap(recordingsIn) };
  const record = () => recordTeacher(loaded, teacher, options);
  if (options.dagger === undefined) return { recordings: await options.stage("recordings", record) };
  return dagger(loaded, teacher, { ...options, rounds: options.dagger });
}
