/** Or: of truth values, element by element. */
import { relation } from "./elementwise.js";

export const or = relation("Or", "bool", (a, b) => a !== 0 || b !== 0);
