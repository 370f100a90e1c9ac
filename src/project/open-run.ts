/** A run of a loaded graph for programs: ports to subscribe to, then start. */
import type { Recordings } from "../component/component.js";
import type { Fault } from "../runtime/node/faults.js";
import { createRun, type Run } from "../runtime/run.js";
import { openHosts } from "./host/hosts.js";
import { surroundingsOf } from "./host/reference.js";
import { checked, type Loaded } from "./load.js";
import { servicesOf } from "./services.js";

export interface OpenRunOptions {
  /** Folder of models (default `.limbeck`). */
  readonly home?: string;
  readonly seed?: number;
  /** No jitter, latency or loss. */
  readonly ideal?: boolean;
  readonly signal?: AbortSignal;
  /** What a node that faults does to the run: `end` (default) rejects, `isolate` lets all others go on, as `simulate` does. */
  readonly faults?: "end" | "isolate";
  /** Hears of faults as they happen. */
  readonly onFault?: (fault: Fault) => void;
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
export async function openRun(loaded: Loaded, options: OpenRunOptions = {}): Promise<Run> {
  const { home = ".limbeck", recordings, ...how } = options;
  const typed = checked(loaded);
  const services = servicesOf(loaded.file, home);
  const lent = recordings === undefined ? services : { ...services, recordings };
  const hosts = openHosts(typed, surroundingsOf(loaded.file, home), options.signal);
  const given = { ...how, component: loaded.component, services: lent };
  if (hosts === undefined) return createRun(typed, given);
  const closing = async <T>(work: Promise<T>) => {
    try {
      return await work;
    } finally {
      await hosts.close();
    }
  };
  try {
    const run = await createRun(typed, { ...given, host: hosts.host });
    return { ...run, start: (for_ns) => closing(run.start(for_ns)), finish: () => closing(run.finish()) };
  } catch (error) {
    await hosts.close();
    throw error;
  }
}
