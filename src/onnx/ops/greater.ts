/** Greater: element by element, as bool. It has no gradient. */
import { binary } from "./elementwise.js";

export const greater = binary("Greater", "number", (a, b) => Number(a > b), {
  result: "bool",
  gradient: () => [undefined, undefined],
});
