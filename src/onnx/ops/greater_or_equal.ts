/** GreaterOrEqual: element by element, as bool. */
import { relation } from "./elementwise.js";

export const greaterOrEqual = relation("GreaterOrEqual", "number", (a, b) => a >= b, { since: 12 });
