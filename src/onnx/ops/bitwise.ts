/** What the ops on the bits of integers share. Nothing is differentiated through them. */
import type { Exact } from "../javascript/elements.js";
import { isBig, isFloat, isHalf } from "../tensor.js";
import { commonShape, pointwise, sameDtype } from "./elementwise.js";
import { type ElementwiseContext, info, type Op } from "./op.js";

/** What is done to bits: of up to 32 of them as a number, of 64 as a bigint. */
export interface Bits {
  readonly few: (...x: number[]) => number;
  readonly many: (...x: bigint[]) => bigint;
}

/** An op on the bits of one integer, or of two that are broadcast. */
export const bitwise = (
  name: string,
  operands: 1 | 2,
  bits: (c: ElementwiseContext) => Bits,
  more: Partial<Pick<Op, "since" | "attributes">> = {},
): Op => ({
  name,
  inputs: [operands, operands],
  outputs: [1, 1],
  attributes: {},
  ...more,
  infer(c) {
    const dtype = sameDtype(c, "number");
    if (isFloat(dtype) || isHalf(dtype)) c.refuse(`it takes integers, not ${dtype}`);
    bits(c);
    return [info(dtype, commonShape(c))];
  },
  ...pointwise((c) => {
    const { dtype } = c.input(0);
    const { few, many } = bits(c);
    if (!isBig(dtype)) return { dtype, f: few };
    // in generated code integers of 64 bits are plain numbers
    const f = (...x: number[]) => Number(many(...x.map(BigInt)));
    return { dtype, f, exact: many as Exact };
  }),
  gradient: () => new Array<undefined>(operands).fill(undefined),
});
