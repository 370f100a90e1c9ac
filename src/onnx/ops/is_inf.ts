/** IsInf: whether a float is infinite; one of the two signs may be left out. */
import { pointwise, unary } from "./elementwise.js";
import type { Op } from "./op.js";

export const isInf: Op = {
  ...unary(
    "IsInf",
    "float",
    (x) => x,
    () => undefined,
    { result: "bool" },
  ),
  attributes: { detect_negative: "int", detect_positive: "int" },
  ...pointwise((c) => {
    const [below, above] = [c.int("detect_negative", 1) !== 0, c.int("detect_positive", 1) !== 0];
    const f = (x: number): boolean =>
      (above && x === Number.POSITIVE_INFINITY) || (below && x === Number.NEGATIVE_INFINITY);
    return { dtype: "bool", f };
  }),
};
