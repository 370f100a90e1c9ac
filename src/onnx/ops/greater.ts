/** Greater: element by element, as bool. */
import { relation } from "./elementwise.js";

export const greater = relation("Greater", "number", (a, b) => a > b);
