/**
 * Lowering with what cannot be lowered distilled first: two roads to one policy.
 *
 *   region ─► its parts ─ distil each ─► models in their places ─ tune all together ─► lower ─► one policy, exact but for them
 */
import { basename, dirname } from "node:path";
import type { Component } from "../component/component.js";
import { isTunable, type Substitute } from "../distill/finetune.js";
import { findTeacher } from "../distill/teacher.js";
import type { TypedGraph } from "../graph/typed.js";
import { lower as lowerTyped } from "../lower/lower.js";
import { opaqueNodes } from "../lower/opaque.js";
import { type LowerSpec, lowerRegion } from "../lower/region.js";
import type { Card } from "../models/card.js";
import { modelComponent } from "../models/component.js";
import { findModel } from "../models/store.js";
import { encode } from "../onnx/codec/index.js";
import { fail, type Problem, problem } from "../problem/problem.js";
import { type DistillOptions, distill } from "./distill.js";
import { checkTunable, fineTunedTogether } from "./finetune.js";
import { namesOfStudents, pickStudents } from "./fit.js";
import { checked, type Loaded } from "./load.js";
import { type LoweredFile, type LowerJob, located, storedModel, writePolicy } from "./lower.js";
import type { FineTuning } from "./results.js";
import { folders } from "./services.js";
import { filesOf, graphFacts, openUnfinished } from "./unfinished.js";

export interface SpliceJob extends LowerJob {
  /** What is distilled, in the order in which it fires; without it every opaque node by itself. */
  readonly parts?: readonly (readonly string[])[];
  /** How each opaque node is distilled; `as` is the stem of the models' names. `finetune` tunes all of them together. */
  readonly distill: Omit<DistillOptions, "teacher" | "from">;
}

export interface Spliced {
  readonly nodes: readonly string[];
  /** The model in their place: `reach-gravity@1`. */
  readonly model: string;
  /** Kind of the student that won. */
  readonly student: string;
  /** Mean over the outputs of its error on the test rows, over their variance. */
  readonly nmse: number;
  /** No output varied in the test rows: the errors are 0 or 1, and say nothing. */
  readonly constant?: true;
  /** Share of right answers on the test rows, of choices and truth values. */
  readonly accuracy?: { readonly [choice: string]: number };
  /** The same of what it has to beat: the mean, and a ridge. */
  readonly baselines: readonly { readonly name: string; readonly nmse: number }[];
  /** Of them, those that it does not beat. */
  readonly does_not_beat: readonly string[];
  /** Id of the node that stands in for them. */
  readonly place: string;
}

export interface SplicedFile extends LoweredFile {
  readonly spliced: readonly Spliced[];
  /** What was met while they were distilled. */
  readonly warnings: readonly Problem[];
  /** Of all students in their places, with gradients through everything else. The policy has their weights where the loop costs less by them. */
  readonly finetuned?: FineTuning;
}

/**
 * Distils the parts of a region, and lowers the graph with the models in their places.
 *
 * @throws LimbeckError as `distill` and `lower`, with places in the file
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const distill = { ...job, as: "arm", students: ["ridge"], episodes: 3, command: [], createdAt: "2026-01-01T00:00:00Z" };
 * const { spliced } = await lowerSpliced(loaded, { home: ".limbeck", spec: { nodes: ["controller"] }, distill });
 * spliced // []
 */
export async function lowerSpliced(
  loaded: Loaded,
  { spec, output, distill: job, ...said }: SpliceJob,
): Promise<SplicedFile> {
  return located(loaded, async () => {
    const { home, as, command, resume = false, finetune, ...options } = job;
    const { signal } = options;
    const store = folders(home).models;
    const parts = said.parts ?? opaqueNodes(checked(loaded), spec, loaded.component).map((node) => [node]);
    if (finetune !== undefined && parts.length === 0)
      fail("L0940", { reason: "every node is lowered exactly, and no student is left to tune" });
    // whatever is wrong with one of them is told before another is recorded
    const teachers = parts.map((nodes) => findTeacher(checked(loaded), { nodes }));
    const seed = options.seed ?? checked(loaded).seed;
    const { studentsOf, ...common } = options;
    const students = namesOfStudents(parts, options);
    const learned = teachers.flatMap(({ inputs }, i) => pickStudents(students[i], inputs, options.transforms));
    await checkTunable(loaded, teachers, learned, { ...job, seed });
    const { episodes, for_ns, transforms, dagger } = options;
    const facts = {
      ...graphFacts(loaded),
      ...{ spec, parts, students, transforms, dagger, episodes, for_ns, seed, finetune },
    };
    const unfinished = openUnfinished(
      folders(home).unfinished,
      { name: as, facts, command, files: filesOf(loaded) },
      resume,
      signal,
    );
    const distilled: Omit<Spliced, "place">[] = [];
    const warnings: Problem[] = [];
    const places: (Substitute & { readonly reference: string; readonly nodes: readonly string[] })[] = [];
    for (const [i, nodes] of parts.entries()) {
      const teacher = teachers[i]!;
      const [onnx] = await unfinished.stage(`model of ${nodes.join(", ")}`, async () => {
        const own = {
          home,
          as: `${as}-${nodes.at(-1)!.replaceAll(/[^A-Za-z0-9_-]+/g, "-")}`,
          command,
          teacher: { nodes },
        };
        const made = await distill(loaded, {
          ...common,
          ...own,
          ...(students[i] === undefined ? {} : { students: students[i] }),
          resume: resume === false ? false : "if-any",
        });
        warnings.push(...made.warnings);
        return [made.onnx];
      });
      const [version, model] = [dirname(onnx!), dirname(dirname(onnx!))].map((folder) => basename(folder));
      const reference = `${model}@${version}`;
      distilled.push({ nodes, model: reference, ...scoresOf(findModel(store, reference).card) });
      const component = await modelComponent(store, reference);
      places.push({ nodes, reference, teacher, component, model: storedModel(home)(reference) });
    }
    const fixed = places.flatMap(({ model }, i) => (isTunable(model) ? [] : [distilled[i]!]));
    if (finetune !== undefined && fixed.length > 0)
      warnings.push(problem("L0943", { students: fixed.map(({ model, student }) => `${model} (${student})`) }));
    const { now, onProgress } = options;
    const stopped = (phase: string): never => fail("L0905", { phase, kept: [], resume: true });
    const tuning = { home, seed, signal, now, onProgress, stopped, checkpoints: unfinished.checkpoints };
    const tuned =
      finetune === undefined || fixed.length === places.length
        ? undefined
        : await fineTunedTogether(loaded, places, { ...tuning, tuning: finetune });
    const models = new Map(tuned === undefined ? [] : places.map(({ reference }, i) => [reference, tuned.models[i]!]));
    const varied = loaded.vary({
      // the last first: what a part reads has the names still that its model was made with
      rewrites: places
        .map(({ nodes, reference }) => ({ rule: "substitute", options: { nodes, with: `model:${reference}` } }))
        .reverse(),
      components: Object.fromEntries(
        places.map(({ reference, component }): [string, Component] => [`model:${reference}`, component]),
      ),
    });
    const spliced = distilled.map((one) => ({ ...one, place: placeOf(varied.typed, one.model) }));
    const {
      model,
      facts: about,
      left_out,
    } = lowerTyped(varied.typed, standingIn(varied.typed, spec, places), {
      nodes: lowerRegion(checked(loaded), spec).nodes.map(({ id }) => id),
      students: spliced.map(({ place, model, nodes, student }, i) => {
        const now = models.get(model);
        const tuned = now !== undefined && !Buffer.from(encode(now)).equals(encode(places[i]!.model));
        const says = Object.fromEntries(teachers[i]!.outputs.map(({ port, ref }) => [port, ref]));
        return { place, model, nodes: [...nodes], kind: student, tuned, says };
      }),
      component: varied.component,
      authored: loaded.authored,
      model: (reference) => models.get(reference) ?? storedModel(home)(reference),
    });
    const onnx = encode(model);
    if (output !== undefined) writePolicy(output, onnx);
    unfinished.done();
    return {
      ...{ onnx, facts: about, left_out, ops: model.graph.nodes.length, spliced, warnings },
      ...(tuned === undefined ? {} : { finetuned: tuned.facts }),
    };
  });
}

/** What a student has to beat on the test rows: it is measured beside every one. */
const YARDSTICKS: readonly string[] = ["ridge", "mean"];

function scoresOf({ student, metrics, baselines: others }: Card) {
  const nmse = metrics.test.nmse_mean;
  const baselines = others
    .filter(({ name }) => YARDSTICKS.includes(name) && name !== student.kind)
    .map(({ name, test }) => ({ name, nmse: test.nmse_mean }));
  const does_not_beat = baselines.filter((other) => !(nmse < other.nmse)).map(({ name }) => name);
  const { constant, accuracy } = metrics.test;
  return {
    ...{ student: student.kind, nmse, baselines, does_not_beat },
    ...(constant === undefined ? {} : { constant }),
    ...(accuracy === undefined ? {} : { accuracy }),
  };
}

const placeOf = ({ graph }: TypedGraph, reference: string): string =>
  Object.entries(graph.nodes).find(([, { component }]) => component === `model:${reference}`)![0];

/** The region in a graph in which models stand in for parts of it. */
function standingIn(
  typed: TypedGraph,
  spec: LowerSpec,
  places: readonly { readonly nodes: readonly string[]; readonly reference: string }[],
): LowerSpec {
  if ("all" in spec) return spec;
  const gone = new Set(places.flatMap(({ nodes }) => nodes));
  const models = new Set(places.map(({ reference }) => `model:${reference}`));
  const standIns = Object.entries(typed.graph.nodes).filter(([, { component }]) => models.has(component));
  return { nodes: [...spec.nodes.filter((id) => !gone.has(id)), ...standIns.map(([id]) => id)] };
}
