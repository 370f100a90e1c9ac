/** Where teacher and candidates are measured: rows nobody was fitted on, and the closed loop from the file's starts. */
import { openLoop, sizesOf } from "../distill/score.js";
import { standIn } from "../distill/stand-in.js";
import { choicesOf } from "../distill/students/heads.js";
import { predict } from "../distill/students/predict.js";
import type { Stretch, TrainingData } from "../distill/students/student.js";
import type { Teacher } from "../distill/teacher.js";
import { tracedPorts } from "../distill/traces.js";
import type { Progress } from "../distill/workbench.js";
import type { Evaluate } from "../graph/ir.js";
import type { TypedGraph } from "../graph/typed.js";
import type { Transforms } from "../message/transforms/transforms.js";
import { storedBytes } from "../models/sessions.js";
import { type Evaluated, episodesOf, metricUnit } from "../runtime/evaluate.js";
import type { Matrix } from "../train/matrix.js";
import { drive } from "./drive.js";
import { checked, type Loaded } from "./load.js";
import type { ClosedLoop, Comparison, Score } from "./results.js";
import { folders } from "./services.js";

export interface Measured {
  readonly name: string;
  readonly onnx: Uint8Array;
  readonly score: Score;
  /** On the test rows. */
  readonly predicted: Matrix;
  readonly loop?: Evaluated;
}

export interface Arena {
  /** What the closed-loop metrics are. */
  readonly metrics: Comparison["metrics"];
  /** The teacher in closed loop; undefined where there is none. */
  teacher(): Promise<{ readonly name: string; readonly closed_loop: ClosedLoop; readonly loop: Evaluated } | undefined>;
  /** A model by its file's bytes. */
  candidate(name: string, onnx: Uint8Array): Promise<Measured>;
}

export interface ArenaOptions {
  readonly home: string;
  readonly seed: number;
  readonly test: { readonly x: Matrix; readonly y: Matrix; readonly stretches?: readonly Stretch[] };
  /** Rows like the test rows: what their outputs are, and how large. */
  readonly training: Pick<TrainingData, "outputs" | "train">;
  /** Of the candidates' inputs. */
  readonly transforms?: Transforms | undefined;
  /** How many candidates will come, for the progress. */
  readonly candidates: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Ends the job. */
  readonly stopped: (phase: string) => never;
}

/** A relation is measured in open loop only: its teacher is a sensor, not something that drives. */
export function openArena(loaded: Loaded, teacher: Teacher, options: ArenaOptions): Arena {
  const { home, seed, test, signal, onProgress, stopped } = options;
  const typed = checked(loaded);
  const spec = teacher.nodes === undefined ? undefined : typed.graph.evaluate;
  const bytes = new Map<string, Uint8Array>();
  const bytesOf = (reference: string, sha256?: string) =>
    bytes.get(reference) ?? storedBytes(folders(home).models, reference, sha256);
  const choices = choicesOf(options.training.outputs);
  const sizes = sizesOf(options.training.train.y);
  let done = 0;

  const driven = async (name: string, reference?: string): Promise<Evaluated | undefined> => {
    if (spec === undefined) return undefined;
    const { measured, against } = tracedPorts(spec);
    const episodes = episodesOf(spec);
    const total = (1 + options.candidates) * episodes;
    const component = reference === undefined ? undefined : standIn(teacher, reference, options.transforms);
    const loop = await drive(loaded, {
      home,
      spec,
      seed,
      signal,
      bytes: bytesOf,
      trace: [...measured, ...against],
      ...(component && { standIns: [{ teacher, component }] }),
      onEpisode: (k) => onProgress({ phase: "closed loop", done: done + k, total, detail: name }),
    });
    if (loop.interrupted) stopped("measuring in closed loop");
    done += episodes;
    return loop;
  };

  return {
    metrics: spec === undefined ? {} : metricsOf(typed, spec),
    async teacher() {
      const loop = await driven("teacher");
      return loop && { name: teacher.name, closed_loop: summaries(loop), loop };
    },
    async candidate(name, onnx) {
      const predicted = await predict(onnx, test.x, test.stretches);
      bytes.set(`#${name}`, onnx);
      const loop = await driven(name, `#${name}`);
      const open = { name, test: openLoop(test.y, predicted, choices, sizes) };
      if (loop === undefined) return { name, onnx, predicted, score: open };
      return { name, onnx, predicted, score: { ...open, closed_loop: summaries(loop) }, loop };
    },
  };
}

export const metricsOf = (typed: TypedGraph, spec: Evaluate): Comparison["metrics"] =>
  Object.fromEntries(
    Object.entries(spec.metrics).map(([name, of]) => {
      const unit = metricUnit(typed, spec, name);
      return [name, { of, ...(unit === undefined ? {} : { unit }) }];
    }),
  );

/** Means and deviations, without the single episodes. */
export const summaries = ({ metrics }: Evaluated): ClosedLoop =>
  Object.fromEntries(
    Object.entries(metrics).map(([metric, starts]) => [
      metric,
      Object.fromEntries(Object.entries(starts).map(([start, { mean, sd }]) => [start, { mean, sd }])),
    ]),
  );
