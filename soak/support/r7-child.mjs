/** Digests of drawn and authored graphs by index, for comparison with another process's. In: `{seed, from, to}`. Out: a line each. */
import { expectSame, testRun } from "../../dist/testing/testing.js";
import { authored, drawn, prepare, preparedOf } from "./graphs.mjs";

const FOR_NS = 2e8;
/** One graph in so many is an authored one. */
const AUTHORED = 8;

const files = await authored();

async function one(seed, index) {
  const own = index % AUTHORED === 0;
  const prepared = own ? await preparedOf(files[(index / AUTHORED) % files.length]) : await prepare(drawn(seed, index));
  const how = { for_ns: FOR_NS, seed: index };
  const first = await testRun(prepared, how);
  expectSame(first, await testRun(prepared, how));
  expectSame(first, await testRun(prepared, { ...how, stimuli: first.stimuli }));
  return { digest: first.digest, messages: Object.values(first.traces).reduce((n, samples) => n + samples.length, 0) };
}

process.on("message", async ({ seed, from, to }) => {
  for (let index = from; index < to; index++) {
    try {
      process.send({ index, ...(await one(seed, index)) });
    } catch (error) {
      process.send({ index, reason: String(error?.stack ?? error).slice(0, 4000) });
    }
  }
  process.disconnect();
});
