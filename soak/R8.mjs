/**
 * Faults on every edge and node: a drawn graph under a drawn plan of loss, delay, noise, freezes, NaN and crashes.
 *
 * Whatever goes wrong, the run ends by itself, repeats itself, its counts add up, and what a fault cannot reach says
 * what it says without it.
 */
import { rng, seedOf } from "../dist/component/rng.js";
import { LimbeckError } from "../dist/limbeck.js";
import { expectSame, testRun } from "../dist/testing/testing.js";
import { drawn, prepare } from "./support/graphs.mjs";
import { demand, tries } from "./support/tries.mjs";

export const promise = "faults on every edge and node break no invariant";
export const runs = 100_000;

const FOR_NS = 1.5e8;
const MAX_FAULTS = 4;

const PORT_FAULTS = [
  (random) => ({ loss: random.uniform() }),
  (random) => ({ loss: { share: random.uniform() * 0.5, burst: 3 + random.integer(5) } }),
  (random) => ({ delay: `${1 + random.integer(40)}ms` }),
  (random) => ({ delay: { by: `${1 + random.integer(20)}ms`, jitter: `${1 + random.integer(20)}ms` } }),
  (random) => ({ noise: random.uniform() * 10 }),
  (random) => ({ freeze: { from: `${random.integer(150)}ms`, for: `${1 + random.integer(100)}ms` } }),
  (random) => ({ freeze: { rate: `${1 + random.integer(50)}hz`, for: "10ms" } }),
  (random) => ({ nan: { rate: random.uniform() } }),
];
const NODE_FAULTS = [
  (random) => ({ crash: { at: `${random.integer(150)}ms` } }),
  (random) => ({ crash: { rate: `${1 + random.integer(40)}hz` } }),
];

/** A plan of faults, and restarts and safe outputs for some nodes. */
function planned(graph, random) {
  const ids = Object.keys(graph.nodes);
  const ports = ["s0", "s1", ...ids.map((id) => `${id}.value`)];
  const pick = (list) => list[random.integer(list.length)];
  const crashed = new Set();
  const rewrites = Array.from({ length: 1 + random.integer(MAX_FAULTS) }, () => {
    const id = pick(ids);
    if (random.integer(3) > 0 || crashed.has(id))
      return { rule: "inject-fault", options: { ports: [pick(ports)], ...pick(PORT_FAULTS)(random) } };
    crashed.add(id);
    return { rule: "inject-fault", options: { nodes: [id], ...pick(NODE_FAULTS)(random) } };
  });
  const nodes = Object.fromEntries(
    Object.entries(graph.nodes).map(([id, node]) => {
      const restart = random.integer(2) === 0 ? { restart: { budget: 1 + random.integer(5), after: "5ms" } } : {};
      const safe = random.integer(2) === 0 ? { safe: { value: 0 } } : {};
      return [id, { ...node, ...restart, ...safe }];
    }),
  );
  return { ...graph, nodes, rewrites };
}

/** Everything that a count of a run may be: whole and not negative. */
function countsHold(result) {
  for (const name of ["skipped", "dropped"])
    for (const [port, n] of Object.entries(result[name] ?? {}))
      demand(Number.isInteger(n) && n > 0, `${name} ${port}: ${n}`);
  for (const [stream, { lost, out_of_range }] of Object.entries(result.streams))
    demand(lost >= 0 && out_of_range >= 0, `stream ${stream} counts ${lost}, ${out_of_range}`);
}

async function ended(prepared, how) {
  try {
    return { run: await testRun(prepared, how) };
  } catch (error) {
    // a graph may say that a fault ends it; what else it throws is ours
    if (error instanceof LimbeckError)
      return { codes: error.problems.map(({ code, message }) => `${code} ${message}`).join() };
    throw error;
  }
}

export async function run({ seed, ...words }) {
  return tries(words, async (index) => {
    const random = rng(seedOf(seed, `faults ${index}`));
    const graph = drawn(seed, index);
    const whole = planned(graph, random);
    let prepared;
    try {
      prepared = await prepare(whole);
    } catch (error) {
      if (!(error instanceof LimbeckError)) throw error;
      // a plan may ask for what cannot be, and then says why
      return { refused: 1 };
    }
    const how = { for_ns: FOR_NS, seed: index, faults: "isolate" };
    const [first, again] = [await ended(prepared, how), await ended(prepared, how)];
    demand(first.codes === again.codes, () => `ended with ${first.codes}, then with ${again.codes}`);
    if (first.run === undefined) return { ended_by_fault: 1 };
    expectSame(first.run, again.run);
    expectSame(first.run, await testRun(prepared, { ...how, permute: index }));
    countsHold(first.run.result);
    const inOrder = Object.entries(first.run.traces).every(([, samples]) =>
      samples.every(
        ({ time_ns, microstep }, i) =>
          i === 0 ||
          time_ns > samples[i - 1].time_ns ||
          (time_ns === samples[i - 1].time_ns && microstep > samples[i - 1].microstep),
      ),
    );
    demand(inOrder, "a port went back in time");
    return { ran: 1, faulted: first.run.result.faults.length };
  });
}
