/** Max: the largest of its inputs. */
import { extreme } from "./extremes.js";

export const max = extreme("Max", Math.max);
