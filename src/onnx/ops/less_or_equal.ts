/** LessOrEqual: element by element, as bool. */
import { relation } from "./elementwise.js";

export const lessOrEqual = relation("LessOrEqual", "number", (a, b) => a <= b, { since: 12 });
