/** And: of truth values, element by element. */
import { relation } from "./elementwise.js";

export const and = relation("And", "bool", (a, b) => a !== 0 && b !== 0);
