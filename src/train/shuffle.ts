/** The order in which an epoch sees its rows. */
import type { Rng } from "../component/rng.js";

/**
 * Shuffles in place (Fisher–Yates, in Durstenfeld's form).
 *
 * @example
 * const order = Int32Array.of(0, 1, 2, 3);
 * shuffle(order, rng(seedOf(7, "rows")));
 * order // Int32Array [0, 2, 3, 1]
 */
export function shuffle(items: Int32Array, rng: Rng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const held = items[i];
    items[i] = items[j];
    items[j] = held;
  }
}
