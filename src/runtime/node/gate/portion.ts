/**
 * A long backlog is worked off in portions, a nanosecond apart: each firing takes a microstep, and those are bounded.
 *
 * What keeps a node busy without end is no backlog. Portions are bounded too, and then the engine says that time stands still.
 */
import { type Engine, MAX_MICROSTEPS } from "../../engine/engine.js";

/** Microsteps that the work on a backlog takes of an instant. */
export const PORTION = MAX_MICROSTEPS / 2;
/** Portions that follow each other: 100,000 messages. */
export const MAX_PORTIONS = 200;

export interface Server {
  /** From this time on the node can take the next message. */
  free_ns: number;
  /** Portions that it has worked off without a pause. */
  portions: number;
}

export const createServer = (): Server => ({ free_ns: Number.NEGATIVE_INFINITY, portions: 0 });

/** After a firing: puts the next one off when this instant has had its portion. */
export function ration({ time_ns, microstep }: Engine, server: Server): void {
  if (microstep < PORTION || server.free_ns > time_ns) return;
  server.portions = server.free_ns === time_ns ? server.portions + 1 : 1;
  if (server.portions <= MAX_PORTIONS) server.free_ns = time_ns + 1;
}
