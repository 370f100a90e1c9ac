/** BitwiseAnd: the bits that both integers have. */
import { bitwise } from "./bitwise.js";

const bits = { few: (a: number, b: number) => a & b, many: (a: bigint, b: bigint) => a & b };

export const bitwiseAnd = bitwise("BitwiseAnd", 2, () => bits, { since: 18 });
