/** Same seed, same bytes: each graph runs twice and replays in one process, and once more in another. */
import { fork } from "node:child_process";
import { join } from "node:path";

export const promise = "one seed gives one run, in two processes and on replay";
export const runs = 1000;

const child = join(import.meta.dirname, "support", "r7-child.mjs");

export async function run({ seed, runs, from, progress }) {
  let told = 0;
  const [here, there] = await Promise.all(
    [0, 1].map(() => digests({ seed, from, to: from + runs }, () => progress(++told >> 1, runs))),
  );
  const failures = [];
  let messages = 0;
  for (let index = from; index < from + runs; index++) {
    const [a, b] = [here.get(index), there.get(index)];
    const reason = a?.reason ?? b?.reason ?? (a && b ? undefined : "a process ended before it came to this graph");
    messages += a?.messages ?? 0;
    if (reason !== undefined) failures.push({ index, reason });
    else if (a.digest !== b.digest)
      failures.push({ index, reason: `${a.digest} in one process, ${b.digest} in another` });
  }
  return { tried: runs, messages, failures };
}

function digests(what, told) {
  return new Promise((done) => {
    const found = new Map();
    const living = fork(child, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    living.on("message", (said) => {
      found.set(said.index, said);
      told();
    });
    living.on("close", () => done(found));
    living.send(what);
  });
}
