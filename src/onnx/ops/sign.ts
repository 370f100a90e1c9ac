/** Sign: −1, 0 or 1. Its gradient is zero wherever there is one, so none is given. */
import { unary } from "./elementwise.js";
import type { Op } from "./op.js";

export const sign: Op = { ...unary("Sign", "number", Math.sign), gradient: () => [undefined] };
