/** Teacher and stored models side by side: fresh rows that the graph makes now, and the closed loop. */
import { isDeepStrictEqual } from "node:util";
import { model } from "../component/model.js";
import { seedOf } from "../component/rng.js";
import { closedLoop, type StandIn } from "../distill/closed-loop.js";
import { withCandidates } from "../distill/stand-in.js";
import { fitStudent } from "../distill/students/outputs.js";
import { findTeacher, type Teacher, type TeacherSpec } from "../distill/teacher.js";
import { describeType, sameType } from "../message/same.js";
import type { Card } from "../models/card.js";
import { portsOf } from "../models/component.js";
import { openModel } from "../models/store.js";
import { encode } from "../onnx/codec/index.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { episodesOf } from "../runtime/evaluate.js";
import { metricsOf, openArena, summaries } from "./arena.js";
import { yardsticks } from "./fit.js";
import { checked, type Loaded } from "./load.js";
import { accuracyOf, verifyPolicy } from "./lower.js";
import { recordTeacher } from "./record.js";
import { type CompareResult, notBeaten, type Score } from "./results.js";
import { buildRows } from "./rows.js";
import { folders, servicesOf } from "./services.js";
import type { JobOptions } from "./simulate.js";

export interface CompareOptions extends JobOptions {
  /** References of models: `reach`, `reach@3`, `reach@champion`. */
  readonly models: readonly string[];
  readonly episodes?: number;
  readonly for_ns?: number;
}

interface Contender {
  readonly name: string;
  readonly card: Card;
  readonly onnx: Uint8Array;
}

/**
 * @throws LimbeckError with places in the file; L0507, L0906 for a model that does not fit this graph
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * await compare(loaded, { ...job, models: ["reach@1"] }) // throws L0851
 */
export async function compare(loaded: Loaded, options: CompareOptions): Promise<CompareResult> {
  try {
    return await compareChecked(loaded, options);
  } catch (error) {
    if (error instanceof LimbeckError) throw new LimbeckError(loaded.locate(error.problems), { cause: error });
    throw error;
  }
}

async function compareChecked(loaded: Loaded, options: CompareOptions): Promise<CompareResult> {
  const typed = checked(loaded);
  const { home, signal, onProgress, now } = options;
  const seed = options.seed ?? typed.seed;
  const contenders = options.models.map((reference): Contender => {
    const { bytes, card } = openModel(folders(home).models, reference);
    return { name: `${card.name}@${card.version}`, card, onnx: bytes };
  });
  const students: Score[] = [];
  const baselines: Score[] = [];
  let result: Pick<CompareResult, "rows" | "metrics" | "teacher"> | undefined;
  const policies = contenders.filter(({ card }) => card.policy !== undefined);
  if (policies.length > 0) {
    const measured = await comparePolicies(loaded, policies, { ...options, seed });
    students.push(...measured.students);
    result = measured;
  }
  for (const group of byRows(contenders.filter((contender) => !policies.includes(contender)))) {
    const teacher = findTeacher(typed, specOf(group[0]!.card));
    for (const contender of group) checkFit(teacher, contender);
    const name = `compare-${group[0]!.card.name}`;
    const kept: string[] = [];
    const stopped = (phase: string): never => fail("L0905", { phase, kept });
    const onFile = (file: string) => void kept.push(file);
    const fresh = { ...options, as: name, seed: seedOf(seed, "compare"), onFile, stopped };
    const recordings = await recordTeacher(loaded, teacher, fresh);
    const { transforms } = group[0]!.card;
    const rows = await buildRows(teacher, recordings, {
      folder: folders(home).datasets,
      name,
      seed,
      signal,
      transforms,
    });
    const test = await rows.test();
    const floors = yardsticks([]);
    const candidates = group.length + floors.length;
    const arena = openArena(loaded, teacher, {
      home,
      seed,
      test,
      training: rows.training,
      transforms,
      candidates,
      signal,
      onProgress,
      stopped,
    });
    const driver = await arena.teacher();
    for (const { name, onnx, card } of group) {
      const { score } = await arena.candidate(name, onnx);
      students.push({ ...score, ...("finetune" in card.student.settings && { tuned: true }) });
    }
    for (const student of floors) {
      const { model } = await fitStudent(student, rows.training, { seed, now });
      const { score } = await arena.candidate(student.name, encode(model));
      if (!baselines.some((known) => isDeepStrictEqual(known, score))) baselines.push(score);
    }
    result ??= {
      rows: rows.counts,
      metrics: arena.metrics,
      ...(driver === undefined ? {} : { teacher: { name: driver.name, closed_loop: driver.closed_loop } }),
    };
  }
  const best = students.reduce((a, b) => (b.test.nmse_mean < a.test.nmse_mean ? b : a));
  const { card } = contenders.find(({ name }) => name === best.name)!;
  const { name: model, version, sha256 } = card;
  const does_not_beat = notBeaten(students, baselines);
  return { model, version, sha256, graph: typed.graph.name, ...result!, students, baselines, does_not_beat };
}

/**
 * Policies that were lowered: beside the graph, on a run of it that is not the one of their reports, and in closed loop in
 * their nodes' place. They take and give messages and remember, so that no row of a dataset says what they do.
 */
async function comparePolicies(
  loaded: Loaded,
  policies: readonly Contender[],
  options: CompareOptions & { readonly seed: number },
): Promise<Pick<CompareResult, "rows" | "metrics" | "teacher" | "students">> {
  const { home, seed, signal, onProgress } = options;
  const typed = checked(loaded);
  const spec = typed.graph.evaluate;
  const services = servicesOf(loaded.file, home);
  const bytes = new Map(policies.map(({ name, onnx }) => [name, onnx]));
  const lent = { ...services, models: withCandidates(services.models, bytes) };
  const drive = async (name: string, standIn?: StandIn) => {
    if (spec === undefined) return undefined;
    const total = (1 + policies.length) * episodesOf(spec);
    const done = standIn === undefined ? 0 : (1 + policies.findIndex((p) => p.name === name)) * episodesOf(spec);
    const loop = await closedLoop({
      vary: loaded.vary,
      services: lent,
      spec,
      seed,
      signal,
      ...(standIn && { standIns: [standIn] }),
      onEpisode: (k) => onProgress({ phase: "closed loop", done: done + k, total, detail: name }),
    });
    if (loop.interrupted) fail("L0905", { phase: "measuring in closed loop", kept: [] });
    return summaries(loop);
  };
  const driver = await drive("teacher");
  const students: Score[] = [];
  let messages = 0;
  for (const { name, card, onnx } of policies) {
    const { ports, students: inside } = await verifyPolicy(loaded, {
      ...options,
      policy: { name, onnx },
      seed: seedOf(seed, "compare"),
    });
    messages += ports.reduce((sum, port) => sum + port.messages, 0);
    const nmse = ports.map((port) => port.nmse);
    const nmse_mean = nmse.reduce((sum, x) => sum + x, 0) / nmse.length;
    const nodes = card.teacher.nodes!;
    const component = model({ model: name, ...portsOf(card) });
    const substitute = (stand: string) => ({ rule: "substitute", options: { nodes, with: stand } });
    const closed_loop = await drive(name, { teacher: { substitute }, component });
    const test = { nmse, nmse_mean, r2_mean: 1 - nmse_mean, ...accuracyOf(ports) };
    const tuned = inside.some((student) => student.tuned) ? { tuned: true as const } : {};
    students.push({ name, test, ...(closed_loop === undefined ? {} : { closed_loop }), ...tuned });
  }
  return {
    rows: { train: 0, validation: 0, test: messages },
    metrics: spec === undefined ? {} : metricsOf(typed, spec),
    students,
    ...(driver === undefined
      ? {}
      : { teacher: { name: policies[0]!.card.teacher.nodes!.join(", "), closed_loop: driver } }),
  };
}

const specOf = ({ teacher }: Card): TeacherSpec =>
  teacher.nodes === undefined
    ? { inputs: Object.values(teacher.inputs), outputs: Object.values(teacher.outputs) }
    : { nodes: teacher.nodes, ...(teacher.residual === undefined ? {} : { residual: teacher.residual }) };

/** Models that are measured on the same rows: of one teacher, with the same transforms. */
function byRows(contenders: readonly Contender[]): Contender[][] {
  const groups: Contender[][] = [];
  const rowsOf = ({ card }: Contender) => [specOf(card), card.transforms];
  for (const contender of contenders) {
    const group = groups.find(([first]) => isDeepStrictEqual(rowsOf(first!), rowsOf(contender)));
    if (group === undefined) groups.push([contender]);
    else group.push(contender);
  }
  return groups;
}

/** The model's ports are those at the teacher's boundary in this graph. */
function checkFit({ inputs, outputs }: Teacher, { name, card }: Contender): void {
  for (const [ours, theirs] of [
    [inputs, card.inputs],
    [outputs, card.outputs],
  ] as const) {
    const missing = ours.filter(({ port }) => !Object.hasOwn(theirs, port)).map(({ port }) => port);
    const unknown = Object.keys(theirs).filter((port) => !ours.some((p) => p.port === port));
    if (missing.length > 0 || unknown.length > 0) fail("L0507", { model: name, missing, unknown });
    for (const { port, type } of ours) {
      const their = theirs[port]!.type;
      if (sameType(type, their) !== undefined)
        fail("L0906", { model: name, port, here: describeType(type), there: describeType(their) });
    }
  }
}
