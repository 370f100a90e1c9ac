/** Ready-made laws that every graph should keep, tried over random seeds. */
import fc from "fast-check";
import { type Prepared, preparedOf, type Subject, type TestRun, testRun, watchedRun } from "./run.js";
import { expectSame } from "./same.js";

export interface LawOptions {
  /** Virtual time of one run (default 200 ms). */
  readonly for_ns?: number;
  /** Seeds to try (default 20). */
  readonly runs?: number;
  /** Of the seeds that are tried; default: others each time. */
  readonly seed?: number;
}

const FOR_NS = 2e8;
const RUNS = 20;
const MAX_SEED = 2 ** 31 - 1;

/**
 * A seed is a run: two runs with one seed say the same.
 *
 * What is not derived from `ctx` (a clock, a global variable, `Math.random`) is found by it.
 *
 * @throws Error with the seed and the first message that differs
 * @example
 * await checkDeterminism("arm-reach.graph.yaml", { for_ns: 1e8, runs: 3 });
 */
export const checkDeterminism = (subject: Subject, options: LawOptions = {}): Promise<void> =>
  law(subject, options, async (prepared, first, how) => expectSame(first, await testRun(prepared, how)));

/**
 * Replay is the identity: with what its in-streams said in the place of the world, a run says the same.
 *
 * A node that hears of the world in any other way than through a stream is found by it.
 *
 * @throws Error with the seed and the first message that differs
 * @example
 * await checkReplay("arm-reach.graph.yaml", { for_ns: 1e8, runs: 3 });
 */
export const checkReplay = (subject: Subject, options: LawOptions = {}): Promise<void> =>
  law(subject, options, async (prepared, first, how) =>
    expectSame(first, await testRun(prepared, { ...how, stimuli: first.stimuli })),
  );

/**
 * Order changes nothing: firings and arrivals of one instant in another legal order give the same run.
 *
 * Nodes that hear of each other in any other way than through ports are found by it.
 *
 * @throws Error with the seed and the first message that differs
 * @example
 * await checkOrder("arm-reach.graph.yaml", { for_ns: 1e8, runs: 3 });
 */
export const checkOrder = (subject: Subject, options: LawOptions = {}): Promise<void> =>
  law(subject, options, async (prepared, first, how) =>
    expectSame(first, await testRun(prepared, { ...how, permute: how.seed })),
  );

/**
 * A run that is stopped, written down and taken up again goes on as if nothing had happened.
 *
 * A component whose state is more than it tells of is found by it.
 *
 * @throws Error with the seed and the first message that differs, or L0614 when a node cannot be written down
 * @example
 * await checkSnapshots("arm-reach.graph.yaml", { for_ns: 1e8, runs: 3 });
 */
export const checkSnapshots = (subject: Subject, options: LawOptions = {}): Promise<void> =>
  law(subject, options, async (prepared, first, how) => {
    // anywhere in the run, both ends included
    const cut_ns = Math.floor(((how.seed % CUTS) / (CUTS - 1)) * how.for_ns);
    const before = await watchedRun(prepared, how);
    await before.run.advance(cut_ns);
    const snapshot = structuredClone(await before.run.snapshot());
    const head = before.told(await before.run.finish());
    const after = await watchedRun(prepared, how, snapshot);
    const tail = after.told(await after.run.start(how.for_ns));
    const traces = Object.fromEntries(
      Object.keys(first.traces).map((port) => [port, [...head.traces[port]!, ...tail.traces[port]!]]),
    );
    expectSame(first, { ...tail, traces });
  });

const CUTS = 1009;

type How = { readonly for_ns: number; readonly seed: number };

async function law(
  subject: Subject,
  { for_ns = FOR_NS, runs = RUNS, seed }: LawOptions,
  holds: (prepared: Prepared, first: TestRun, how: How) => Promise<void>,
): Promise<void> {
  const prepared = await preparedOf(subject);
  const property = fc.asyncProperty(fc.nat(MAX_SEED), async (drawn) => {
    const how = { for_ns, seed: drawn };
    await holds(prepared, await testRun(prepared, how), how);
  });
  await fc.assert(property, { numRuns: runs, includeErrorInReport: true, ...(seed === undefined ? {} : { seed }) });
}
