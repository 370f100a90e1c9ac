/** The graph with models at work in it, from every one of its starts. */
import { setMaxListeners } from "node:events";
import { type ClosedLoopOptions, closedLoop } from "../distill/closed-loop.js";
import type { Evaluate } from "../graph/ir.js";
import { type Bytes, lockstepModels } from "../models/lockstep.js";
import { type Evaluated, episodesOf } from "../runtime/evaluate.js";
import type { Loaded } from "./load.js";
import { servicesOf } from "./services.js";

/** Episodes that run side by side, and share a batch. */
const MAX_LANES = 256;

export interface DriveOptions extends Pick<ClosedLoopOptions, "standIns" | "trace" | "seed" | "onEpisode"> {
  readonly home: string;
  readonly spec: Evaluate;
  /** Of the models that drive, and of others in the graph. */
  readonly bytes: Bytes;
  readonly signal: AbortSignal;
}

/** Every episode of every start, as many side by side as there are lanes. */
export async function drive(loaded: Loaded, { home, bytes, ...options }: DriveOptions): Promise<Evaluated> {
  const services = servicesOf(loaded.file, home);
  const count = Math.min(episodesOf(options.spec), MAX_LANES);
  const models = lockstepModels(bytes, count);
  // every lane listens
  setMaxListeners(0, options.signal);
  return closedLoop({
    ...options,
    vary: loaded.vary,
    services,
    lanes: { count, services: (lane) => ({ ...services, models: models.lane(lane) }) },
  }).finally(() => models.close());
}
