/** What is not finite goes through a component and is not remembered: one NaN must not spoil every output after it. */
import type { StepResult } from "../step.js";

/**
 * Whether all numbers in a state are finite.
 *
 * @example
 * isFiniteState({ last: Float64Array.of(1, 2), y: undefined }) // true
 * isFiniteState({ last: Float64Array.of(1, Number.NaN) }) // false
 */
export function isFiniteState(state: unknown): boolean {
  if (typeof state === "number") return Number.isFinite(state);
  if (state === null || typeof state !== "object") return true;
  if (state instanceof Float64Array) {
    for (const x of state) if (!Number.isFinite(x)) return false;
    return true;
  }
  return Object.values(state).every(isFiniteState);
}

/** The result of a firing with the state that it left, if that is finite; else the one before it is kept. */
export const finitely = <O, S>(result: StepResult<O, S>): StepResult<O, S> =>
  isFiniteState(result.state) ? result : { outputs: result.outputs };
