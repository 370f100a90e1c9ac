/** One try of R9: argv is the seed, the index and a folder. Prints what it counted. */
import { rng, seedOf } from "../../dist/component/rng.js";
import { slowConsumer } from "./slow-consumer.mjs";
import { slowDisk } from "./slow-disk.mjs";

const [seed, index, home] = process.argv.slice(2);
const random = rng(seedOf(Number(seed), `overload ${index}`));
const counts = { ...(await slowConsumer(random, home, Number(index))), ...(await slowDisk(random, home)) };
process.stdout.write(JSON.stringify(counts));
