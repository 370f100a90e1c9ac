/** Mutated graph files: no crash, no hang, at most 1 s of CPU time and 256 MB each. `--runs 1000000` is the long form. */
import { fuzz } from "./support/fuzz.mjs";

export const promise = "any file of bytes is checked, and run if it checks, without a crash or a hang";
export const runs = 100_000;
export const run = fuzz;
