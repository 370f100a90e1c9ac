/** Sign: −1, 0 or 1. Its gradient is zero wherever there is one, so none is given. */
import { unary } from "./elementwise.js";

export const sign = unary("Sign", "number", Math.sign, () => undefined, {
  exact: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
});
