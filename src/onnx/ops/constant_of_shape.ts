/** ConstantOfShape: a shape filled with one value, 0 of float32 unless another is given. */
import { UNKNOWN } from "../dims.js";
import type { Dim } from "../ir.js";
import { allocate, numbers, scalar, sizeOf } from "../tensor.js";
import { sizes } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";

function filling(c: NodeContext) {
  const value = c.tensor("value") ?? scalar("float32", 0);
  return value.data.length === 1 ? value : c.refuse(`its value has ${value.data.length} elements, not 1`);
}

export const constantOfShape: Op = {
  name: "ConstantOfShape",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { value: "tensor" },
  infer(c) {
    const known = sizes(c.input(0));
    if (known !== undefined) return [info(filling(c).dtype, known)];
    const rank = c.input(0).shape[0];
    if (typeof rank !== "number") return c.unknown("the rank of its shape is not known");
    return [info(filling(c).dtype, new Array<Dim>(rank).fill(UNKNOWN))];
  },
  evaluate(c) {
    const { dtype, data } = filling(c);
    const dims = numbers(c.input(0));
    if (dims.some((d) => d < 0)) c.refuse(`its shape [${dims}] has a size below 0`);
    const filled = allocate(dtype, sizeOf(dims)) as Float64Array;
    return [{ dtype, dims, data: filled.fill(data[0] as number) }];
  },
  gradient: () => [undefined],
};
