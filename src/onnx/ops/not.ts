/** Not: the other truth value. */
import { unary } from "./elementwise.js";

export const not = unary(
  "Not",
  "bool",
  (x) => x === 0,
  () => undefined,
);
