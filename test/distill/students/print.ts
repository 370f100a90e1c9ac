/** `jiti print.ts SEED`: prints the digest of a fit, for the test that compares two processes. */
import { digest } from "./fit.js";

process.stdout.write(`${await digest(Number(process.argv[2]))}\n`);
