/** The nearest name to a misspelt one, for "did you mean". */

const MAX_LENGTH = 64;

/**
 * Damerau–Levenshtein distance (optimal string alignment), in edits.
 *
 * @example
 * editDistance("torqeu", "torque") // 1
 */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/**
 * The candidate nearest to `name`, if it is near enough to be a slip of the keyboard (a third of its length); never
 * `name` itself, which is not what is missing.
 *
 * @example
 * nearest("torqe", ["torque", "joints"]) // "torque"
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  // a param may have put a number where a name should be
  if (typeof name !== "string" || name.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  // a name without its folder ("pd" for "control/pd") is a slip too
  if (best === undefined) for (const candidate of candidates) if (candidate.endsWith(`/${name}`)) return candidate;
  return best;
}
