/** What training is written with: the part of the public API that this folder is. */
export { gradient } from "../onnx/autodiff.js";
export { type BatchNormOptions, batchNorm } from "./batch-norm.js";
export type { Checkpoints } from "./checkpoint.js";
export { checkpointFile, checkpointFolder } from "./checkpoint-file.js";
export { constantFor } from "./constant-for.js";
export type { Data, Position, Stream } from "./data.js";
export { type DatasetStreamOptions, datasetStream } from "./dataset-stream.js";
export { type Ensemble, type EnsembleOptions, type EnsembleProgress, ensemble } from "./ensemble.js";
export type { ColumnInfo, Environment, Outcome, StepValues, Values } from "./environment.js";
export type { EndEvent, Ending, EpochEvent, EpochRecord, StepEvent } from "./events.js";
export { type FindRateOptions, type FoundRate, findRate, type RatePoint } from "./find-rate.js";
export type { ParameterGroup } from "./groups.js";
export { type BatchTrial, type GuessBatchOptions, type GuessedBatch, guessBatch } from "./guess-batch.js";
export type { Stopping } from "./host.js";
export type { Loss } from "./loss.js";
export { crossEntropy } from "./losses/cross-entropy.js";
export { gaussianNll } from "./losses/gaussian-nll.js";
export { huber } from "./losses/huber.js";
export { kl } from "./losses/kl.js";
export { mae } from "./losses/mae.js";
export { mse } from "./losses/mse.js";
export { type SoftTargetsOptions, softTargets } from "./losses/soft-targets.js";
export { type ModelFunction, modelFunction } from "./model-function.js";
export type { Optimiser } from "./optimiser.js";
export { adam } from "./optimisers/adam.js";
export { adamW } from "./optimisers/adamw.js";
export type { AdamOptions } from "./optimisers/moments.js";
export { type SgdOptions, sgd } from "./optimisers/sgd.js";
export type { Schedule } from "./schedule.js";
export { constant } from "./schedules/constant.js";
export { cosine } from "./schedules/cosine.js";
export { type CyclicOptions, cyclic } from "./schedules/cyclic.js";
export { type OneCycleOptions, oneCycle } from "./schedules/one-cycle.js";
export { warmup } from "./schedules/warmup.js";
export {
  type Moments,
  type Progress,
  type TrainerOptions,
  type Training,
  type TrainingResult,
  trainer,
  type Validated,
} from "./trainer.js";
