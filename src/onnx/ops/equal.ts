/** Equal: element by element, as bool. */
import { relation } from "./elementwise.js";

export const equal = relation("Equal", "any", (a, b) => a === b);
