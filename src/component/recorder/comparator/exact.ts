/** Booleans, texts, choices, lengths: there is no nearly. */

/**
 * The value that most have; of several, the one that is met first.
 *
 * @example
 * mostFrequent(["reach", "grasp", "grasp"]) // "grasp"
 */
export function mostFrequent<T>(values: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)![0];
}
