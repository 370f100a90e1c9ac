/** What training is written with: the part of the public API that this folder is. */
export type { Data, Position, Stream } from "./data.js";
export type { ColumnInfo, Environment, Outcome, StepValues, Values } from "./environment.js";
export type { ParameterGroup } from "./groups.js";
export type { Stopping } from "./host.js";
export type { Loss } from "./loss.js";
export { huber } from "./losses/huber.js";
export { mse } from "./losses/mse.js";
export type { Optimiser } from "./optimiser.js";
export { adam } from "./optimisers/adam.js";
export { adamW } from "./optimisers/adamw.js";
export type { AdamOptions } from "./optimisers/moments.js";
export { type SgdOptions, sgd } from "./optimisers/sgd.js";
export type { EndEvent, Ending, EpochEvent, EpochRecord, StepEvent } from "./run.js";
export type { Schedule } from "./schedule.js";
export { constant } from "./schedules/constant.js";
export { cosine } from "./schedules/cosine.js";
export {
  type Moments,
  type Progress,
  type TrainerOptions,
  type Training,
  type TrainingResult,
  trainer,
  type Validated,
} from "./trainer.js";
