/** Less: element by element, as bool. */
import { relation } from "./elementwise.js";

export const less = relation("Less", "number", (a, b) => a < b);
