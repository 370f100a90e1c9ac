/** Xor: of truth values, element by element. */
import { relation } from "./elementwise.js";

export const xor = relation("Xor", "bool", (a, b) => a !== b);
