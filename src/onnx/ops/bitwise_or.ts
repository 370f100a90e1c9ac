/** BitwiseOr: the bits that one of the integers has. */
import { bitwise } from "./bitwise.js";

const bits = { few: (a: number, b: number) => a | b, many: (a: bigint, b: bigint) => a | b };

export const bitwiseOr = bitwise("BitwiseOr", 2, () => bits, { since: 18 });
