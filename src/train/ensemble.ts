/** An ensemble: the same training from several seeds, as one job. */
import { type Observable, Subject } from "rxjs";
import { seedOf } from "../component/rng.js";
import type { Tensors } from "../onnx/ir.js";
import { fail } from "../problem/problem.js";
import { type Progress, type TrainerOptions, type Training, type TrainingResult, trainer } from "./trainer.js";

export interface EnsembleOptions extends Omit<TrainerOptions, "parameters" | "resume" | "checkpoint"> {
  /** Number of members. */
  readonly members: number;
  /** Members trained at once (default 2); each in a thread of its own unless `worker` is false. */
  readonly parallel?: number;
  /** What each member starts from: drawn with its seed. */
  parameters(seed: number): Tensors;
  /** Check-points to go on from, by member; members without one begin anew. */
  readonly resume?: readonly (Uint8Array | undefined)[];
  readonly checkpoint?: {
    readonly every_epochs?: number;
    readonly every_steps?: number;
    readonly every_s?: number;
    save(bytes: Uint8Array, member: number): void | Promise<void>;
  };
}

export interface EnsembleProgress extends Progress {
  /** Which member this is of, from 0. */
  readonly member: number;
}

export interface Ensemble {
  /** One training a member, to be watched. */
  readonly members: readonly Pick<Training, "before" | "after" | "steps">[];
  /** A member's progress; `fraction`, `steps_per_s` and `time_left_s` are those of the whole job. */
  readonly progress: Observable<EnsembleProgress>;
  stop(): void;
  /** Results by member; after an interruption each has a check-point, finished ones apart. Errors: as `Training.run`. */
  run(signal?: AbortSignal): Promise<TrainingResult[]>;
}

/**
 * Compiles the members of an ensemble. Each has the seed that comes of the job's seed and its number, for its
 * parameters as for everything random in it, so the order in which they are trained changes nothing.
 *
 * @example
 * const { run } = ensemble({
 *   environment: ({ w }, { x, y }) => mse.of(matmul(x, w), y),
 *   parameters: (seed) => ({ w: tensor("float32", [1, 1], [rng(seed).between(-1, 1)]) }),
 *   data: { train: { x: asTensor(data.train.x), y: asTensor(data.train.y) } },
 *   members: 3,
 *   epochs: 1,
 *   seed: 7,
 *   worker: false,
 * });
 * (await run()).map(({ ended }) => ended) // ["done", "done", "done"]
 */
export function ensemble(options: EnsembleOptions): Ensemble {
  const { members: count, parallel = 2, parameters, resume, checkpoint, ...rest } = options;
  for (const [option, value] of Object.entries({ members: count, parallel }))
    if (!Number.isSafeInteger(value) || value < 1)
      fail("L0957", { option, found: String(value), expected: "a positive integer" });
  const now = options.now ?? (() => performance.now());
  const members = Array.from({ length: count }, (_, member) => {
    const seed = seedOf(options.seed, `member/${member}`);
    const from = resume?.[member];
    return trainer({
      ...rest,
      seed,
      parameters: parameters(seed),
      ...(from && { resume: from }),
      ...(checkpoint && { checkpoint: { ...checkpoint, save: (bytes) => checkpoint.save(bytes, member) } }),
    });
  });
  const progress = new Subject<EnsembleProgress>();
  const done = members.map(() => ({ step: 0, resumed: 0 }));
  const total = members.reduce((sum, m) => sum + m.steps, 0);
  return {
    members,
    progress,
    stop: () => {
      for (const member of members) member.stop();
    },
    async run(signal) {
      const started = now();
      members.forEach((training, member) => {
        training.progress.subscribe((p) => {
          done[member] = p;
          const sum = (of: (d: { step: number; resumed: number }) => number) => done.reduce((n, d) => n + of(d), 0);
          const steps_per_s = (1000 * sum((d) => d.step - d.resumed)) / Math.max(now() - started, 1e-3);
          const steps = sum((d) => d.step);
          progress.next({
            ...p,
            member,
            fraction: steps / total,
            steps_per_s,
            time_left_s: (total - steps) / Math.max(steps_per_s, 1e-9),
          });
        });
      });
      const results: TrainingResult[] = [];
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < count) {
          const member = next++;
          results[member] = await members[member].run(signal);
        }
      };
      const lanes = Array.from({ length: Math.min(parallel, count) }, lane);
      try {
        await Promise.all(lanes);
      } catch (error) {
        // the others end before the caller hears of it, so that nothing runs on behind its back
        next = count;
        for (const member of members) member.stop();
        await Promise.allSettled(lanes);
        throw error;
      } finally {
        progress.complete();
      }
      return results;
    },
  };
}
