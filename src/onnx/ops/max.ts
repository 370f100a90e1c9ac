/** Max: the largest of its inputs. */
import { extreme } from "./variadic.js";

export const max = extreme("Max", Math.max, (...x) => x.reduce((a, b) => (b > a ? b : a)));
