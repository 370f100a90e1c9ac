/** What If and Loop share: one description of values that may differ from branch to branch, or from turn to turn. */
import { showShape, UNKNOWN } from "../dims.js";
import type { Info } from "../value.js";
import { info, type NodeContext } from "./op.js";

/** What holds of both values: sizes in which they differ are open. */
export function either(c: NodeContext, a: Info, b: Info, what: string): Info {
  if (a.dtype !== b.dtype) return c.refuse(`${what} is ${a.dtype} or ${b.dtype}`);
  if (a.shape.length !== b.shape.length)
    return c.unknown(`${what} is of shape ${showShape(a.shape)} or ${showShape(b.shape)}, whose ranks differ`);
  return info(
    a.dtype,
    a.shape.map((d, i) => (d === b.shape[i] ? d : UNKNOWN)),
  );
}
