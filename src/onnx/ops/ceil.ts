/** Ceil: the least integer that is not below x. Its gradient is zero wherever there is one. */
import { unary } from "./elementwise.js";

export const ceil = unary("Ceil", "float", Math.ceil, () => undefined);
