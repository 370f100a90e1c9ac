/** A run of a loaded graph for programs: ports to subscribe to, then start. */
import type { Recordings } from "../component/component.js";
import { createRun, type Run } from "../runtime/run.js";
import { checked, type Loaded } from "./load.js";
import { servicesOf } from "./services.js";

export interface OpenRunOptions {
  /** Folder of models (default `.limbeck`). */
  readonly home?: string;
  readonly seed?: number;
  /** No jitter, latency or loss. */
  readonly ideal?: boolean;
  readonly signal?: AbortSignal;
  /** Where the graph's recorders write; without it what they say is forgotten. */
  readonly recordings?: Recordings;
}

/**
 * Prepares a simulation whose ports are Observables.
 *
 * @throws LimbeckError with the graph's errors, or from a component that cannot start
 * @example
 * const run = await openRun(await loadGraph("arm-reach.graph.yaml"));
 * run.port("controller.torque").subscribe(({ time_ns, message }) => console.log(time_ns, message));
 * const { digest } = await run.start(10e9);
 */
export function openRun(loaded: Loaded, options: OpenRunOptions = {}): Promise<Run> {
  const { home = ".limbeck", recordings, ...run } = options;
  const services = servicesOf(loaded.file, home);
  const lent = recordings === undefined ? services : { ...services, recordings };
  return createRun(checked(loaded), { ...run, component: loaded.component, services: lent });
}
