/** The order in which an epoch sees its rows. */
import type { Rng } from "../component/rng.js";

/** Shuffles in place (Fisher–Yates, in Durstenfeld's form). */
export function shuffle(items: Int32Array, rng: Rng): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const held = items[i];
    items[i] = items[j];
    items[j] = held;
  }
}
