/** Draws the parameters of an episode from a start: values as they are, distributions by the episode's own generator. */
import { rng } from "../component/rng.js";
import type { Start } from "../graph/ir.js";
import type { Json } from "../message/type.js";

/**
 * One draw. Arrays are drawn element by element between arrays of bounds.
 *
 * @example
 * const seed = episodeSeed(7, "training", 0);
 * drawStart({ "arm.q0": { uniform: [[-1, -1], [1, 1]] } }, seed) // { "arm.q0": [-0.578…, 0.548…] }
 */
export function drawStart(start: Start, seed: number): { [param: string]: Json } {
  const random = rng(seed);
  const between = (low: Json, high: Json): Json =>
    Array.isArray(low) && Array.isArray(high)
      ? low.map((l, i) => between(l, high[i]!))
      : random.between(low as number, high as number);
  return Object.fromEntries(
    Object.entries(start).map(([param, value]) => {
      if (value === null || typeof value !== "object" || Array.isArray(value)) return [param, value as Json];
      const { uniform } = value as { uniform?: [Json, Json] };
      return [param, uniform === undefined ? (value as Json) : between(...uniform)];
    }),
  );
}
