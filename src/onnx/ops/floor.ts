/** Floor: the greatest integer that is not above x. Its gradient is zero wherever there is one. */
import { unary } from "./elementwise.js";

export const floor = unary("Floor", "float", Math.floor, () => undefined);
