/** BitShift: the bits of an unsigned integer moved up (LEFT) or down (RIGHT); those that leave it are lost. */
import { itemSize } from "../tensor.js";
import { type Bits, bitwise } from "./bitwise.js";
import type { ElementwiseContext } from "./op.js";

function shift(c: ElementwiseContext): Bits {
  const { dtype } = c.input(0);
  if (!dtype.startsWith("u")) c.refuse(`it takes unsigned integers, not ${dtype}`);
  const direction = c.text("direction") ?? c.refuse("it has no direction");
  const width = 8 * itemSize[dtype];
  const gone = (by: number | bigint): boolean => by >= width;
  if (direction === "LEFT")
    return {
      few: (a, by) => (gone(by!) ? 0 : (a! << by!) >>> 0),
      many: (a, by) => (gone(by!) ? 0n : BigInt.asUintN(64, a! << by!)),
    };
  if (direction !== "RIGHT") c.refuse(`its direction is ${direction}, not LEFT or RIGHT`);
  return { few: (a, by) => (gone(by!) ? 0 : a! >>> by!), many: (a, by) => (gone(by!) ? 0n : a! >> by!) };
}

export const bitShift = bitwise("BitShift", 2, shift, { attributes: { direction: "string" } });
