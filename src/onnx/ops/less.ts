/** Less: element by element, as bool. It has no gradient. */
import { binary } from "./elementwise.js";

export const less = binary("Less", "number", (a, b) => Number(a < b), {
  result: "bool",
  gradient: () => [undefined, undefined],
});
