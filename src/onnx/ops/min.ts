/** Min: the smallest of its inputs. */
import { extreme } from "./variadic.js";

export const min = extreme("Min", Math.min, (...x) => x.reduce((a, b) => (b < a ? b : a)));
