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

/** A step that meets each of n places once in n steps, and in any few of them places all over. */
export function strideOf(n) {
  const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
  let stride = Math.max(1, Math.round(n * 0.618));
  while (gcd(stride, n) !== 1) stride++;
  return stride;
}
