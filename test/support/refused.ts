/** What a component's check refuses, in short. */
import { LimbeckError } from "../../src/problem/problem.js";

/** `CODE path` of each problem that is thrown; an error of another kind passes through. */
export function refused(attempt: () => unknown): string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems.map(({ code, path }) => `${code} ${path ?? ""}`);
    throw error;
  }
  return [];
}
