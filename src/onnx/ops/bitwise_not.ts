/** BitwiseNot: the bits that an integer has not. */
import { bitwise } from "./bitwise.js";

const signed = { few: (a: number) => ~a, many: (a: bigint) => ~a };
const unsigned = { few: (a: number) => ~a, many: (a: bigint) => BigInt.asUintN(64, ~a) };

export const bitwiseNot = bitwise("BitwiseNot", 1, (c) => (c.input(0).dtype === "uint64" ? unsigned : signed), {
  since: 18,
});
