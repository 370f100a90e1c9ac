/** Equal: element by element, as bool. It has no gradient. */
import { binary } from "./elementwise.js";

export const equal = binary("Equal", "any", (a, b) => Number(a === b), {
  result: "bool",
  gradient: () => [undefined, undefined],
});
