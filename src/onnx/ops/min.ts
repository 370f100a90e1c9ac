/** Min: the smallest of its inputs. */
import { extreme } from "./extremes.js";

export const min = extreme("Min", Math.min);
