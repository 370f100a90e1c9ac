/** What the ops that pick and place by index share: which dtypes indices have, and what a negative one means. */
import type { Tensor } from "../ir.js";
import { readable } from "../tensor.js";
import type { Info } from "../value.js";
import type { NodeContext } from "./op.js";

export function integerIndices(c: NodeContext, indices: Info, also: readonly string[] = ["int32"]): void {
  if (indices.dtype !== "int64" && !also.includes(indices.dtype))
    c.refuse(`its indices must be ${["int64", ...also].join(" or ")}, not ${indices.dtype}`);
}

/** Indices counted from the front, each checked against the size of its axis. */
export function positions(c: NodeContext, indices: Tensor, sizeAt: (i: number) => number): number[] {
  return Array.from(readable(indices), (index, i) => {
    const size = sizeAt(i);
    const at = index < 0 ? index + size : index;
    return at >= 0 && at < size ? at : c.refuse(`index ${index} is out of range for size ${size}`);
  });
}
