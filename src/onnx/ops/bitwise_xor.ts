/** BitwiseXor: the bits that one of the integers has and the other has not. */
import { bitwise } from "./bitwise.js";

const bits = { few: (a: number, b: number) => a ^ b, many: (a: bigint, b: bigint) => a ^ b };

export const bitwiseXor = bitwise("BitwiseXor", 2, () => bits, { since: 18 });
