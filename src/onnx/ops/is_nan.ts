/** IsNaN: whether a float is not a number. */
import { unary } from "./elementwise.js";

export const isNan = unary(
  "IsNaN",
  "float",
  (x) => Number.isNaN(x),
  () => undefined,
  { result: "bool" },
);
