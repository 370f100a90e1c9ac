/** Numbered tries of a promise: each a function of seed and index, its exception a failure. */

const MAX_FAILURES = 20;

/** Tries `one(index)` for every index from `from` on; counts that it returns are added up. */
export async function tries({ from, runs, progress }, one) {
  const failures = [];
  const counts = {};
  let tried = 0;
  for (let index = from; index < from + runs && failures.length < MAX_FAILURES; index++) {
    try {
      const more = await one(index);
      for (const [name, n] of Object.entries(more ?? {})) counts[name] = (counts[name] ?? 0) + n;
    } catch (error) {
      failures.push({ index, reason: String(error?.stack ?? error).slice(0, 4000) });
    }
    tried++;
    progress(tried, runs, `${failures.length} failed`);
  }
  return { tried, ...counts, failures };
}

/** Fails a try. */
export function demand(holds, what) {
  if (!holds) throw new Error(typeof what === "function" ? what() : what);
}
