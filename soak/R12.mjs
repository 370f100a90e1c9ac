/**
 * Wall-clock jumps make no stamp go backwards: the clock that a job is given leaps by hours, stands still, or repeats an hour.
 *
 * Virtual time hangs on no clock, so the whole of a run is the same under any of them: its digest, and its log byte by byte.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rng, seedOf } from "../dist/component/rng.js";
import { loadGraph, replay, simulate } from "../dist/limbeck.js";
import { authored } from "./support/graphs.mjs";
import { demand, tries } from "./support/tries.mjs";

export const promise = "wall-clock jumps make no stamp go backwards";
export const runs = 200;

const HOUR_MS = 3.6e6;
const JUMPS_MS = [HOUR_MS, -HOUR_MS, 1000, -1000, 0, 24 * HOUR_MS, -24 * HOUR_MS, 1];
const FOR_NS = 3e8;

/** A wall clock that leaps whenever it is asked. */
function jumping(random) {
  let now_ms = Date.UTC(2026, 2, 29, 0, 59, 59);
  return () => (now_ms += JUMPS_MS[random.integer(JUMPS_MS.length)]);
}

/** Runs with this clock in the place of every wall clock of the process. */
async function withClock(now, body) {
  const real = Date.now;
  Date.now = now;
  try {
    return await body(now);
  } finally {
    Date.now = real;
  }
}

export async function run({ seed, ...words }) {
  const files = (await authored()).map(({ file }) => file);
  const home = mkdtempSync(join(tmpdir(), "limbeck-clock-"));
  const job = (name, now) => ({
    home: join(home, name),
    signal: new AbortController().signal,
    onProgress: () => {},
    now,
    for_ns: FOR_NS,
    ideal: false,
  });
  try {
    return await tries(words, async (index) => {
      const random = rng(seedOf(seed, `clock ${index}`));
      const loaded = await loadGraph(files[index % files.length]);
      let steady_ms = 0;
      const calm = await simulate(loaded, { ...job(`calm-${index}`, () => (steady_ms += 1)), seed: index });
      const wild = await withClock(jumping(random), (now) =>
        simulate(loaded, { ...job(`wild-${index}`, now), seed: index }),
      );
      demand(wild.digest === calm.digest, "the clock got into the run");
      demand(readFileSync(wild.log).equals(readFileSync(calm.log)), "the clock got into the log");
      const back = await withClock(jumping(random), (now) => replay(loaded, wild.log, job(`back-${index}`, now)));
      demand(back.digest === calm.digest, "the clock got into the replay");
      return { events: wild.events };
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
