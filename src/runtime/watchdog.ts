/**
 * What a watchdog in another thread sees of a run, and how it tells a hang: nothing here knows a thread or a clock.
 *
 * The engine writes which vertex fires, how many firings it has begun, and the virtual time: three stores a firing.
 */

/** `[rank that fires or RESTING, firings begun, virtual time in ns]` over memory that threads share. */
export type Beat = Float64Array;

/** In place of a rank: no firing is going on. */
export const RESTING = -1;

export const createBeat = (): Beat =>
  new Float64Array(new SharedArrayBuffer(3 * Float64Array.BYTES_PER_ELEMENT)).fill(RESTING, 0, 1);

/** A firing begins. */
export function beatAt(beat: Beat, rank: number, time_ns: number): void {
  beat[0] = rank;
  beat[1]!++;
  beat[2] = time_ns;
}

/** The run waits for something else than a firing, or is over. */
export function rest(beat: Beat): void {
  beat[0] = RESTING;
}

export interface Hang {
  readonly rank: number;
  readonly time_ns: number;
}

/** Looks that it takes until a firing counts as hanging. */
export const LOOKS = 20;

/**
 * A watcher: each call is a look at the beat, and says whether one firing has lasted for `LOOKS` of them.
 *
 * Looks are counted, and not seconds, so that a machine that slept, or a process that was stopped, is no hang.
 *
 * @param watched whether a vertex is to be looked at: those that are not inline have a limit of their own
 * @example
 * const beat = createBeat();
 * const look = watcher(beat, () => true);
 * beatAt(beat, 3, 5e8);
 * for (let n = 0; n < LOOKS; n++) look();
 * look() // { rank: 3, time_ns: 500_000_000 }
 */
export function watcher(beat: Beat, watched: (rank: number) => boolean): () => Hang | undefined {
  let firing = Number.NaN;
  let looks = 0;
  return () => {
    const [rank, begun, time_ns] = beat as unknown as [number, number, number];
    if (rank === RESTING || begun !== firing || !watched(rank)) {
      firing = rank === RESTING ? Number.NaN : begun;
      looks = 0;
      return undefined;
    }
    looks++;
    return looks >= LOOKS ? { rank, time_ns } : undefined;
  };
}
