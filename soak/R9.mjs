/**
 * A slow consumer costs its declared queue and no more: ten times as many events as it can take, under every policy.
 *
 * What waits never exceeds the queue, every event is either read or counted as dropped, and ten times the time takes no
 * more memory.
 */
import Type from "typebox";
import { event } from "../dist/component/ports.js";
import { rng, seedOf } from "../dist/component/rng.js";
import { step } from "../dist/component/step.js";
import { createRun } from "../dist/runtime/run.js";
import { graphComponents, prepareGraph } from "../dist/testing/testing.js";
import { demand, tries } from "./support/tries.mjs";

export const promise = "a slow consumer costs its declared queue and no more";
export const runs = 200;

const OVERLOAD = 10;
const SECONDS = 20;
const PERIOD_MS = 10;
const number = Type.Number();

/** A producer of numbered events, and a consumer that takes one in ten periods. */
function overloaded(size, policy) {
  const seen = [];
  const components = {
    ...graphComponents(),
    "soak/produce": step({
      doc: "Numbers its firings.",
      inputs: {},
      outputs: { value: number },
      state: () => 0,
      step: (_, n) => ({ outputs: { value: n }, state: n + 1 }),
    }),
    "soak/consume": step({
      doc: "Notes what it gets.",
      inputs: { value: event(number) },
      outputs: { value: number },
      step: ({ value }) => {
        seen.push(value);
        return { outputs: { value } };
      },
    }),
  };
  const graph = {
    limbeck: 1,
    name: "overload",
    seed: 1,
    params: {},
    messages: {},
    streams: { in: {}, out: {} },
    world: {},
    nodes: {
      producer: { component: "soak/produce", on: { clock: `${PERIOD_MS}ms` }, in: {}, params: {} },
      consumer: {
        component: "soak/consume",
        on: { each: ["value"] },
        in: { value: { from: "producer.value", queue: { size, policy } } },
        params: {},
        latency: `${OVERLOAD * PERIOD_MS}ms`,
      },
    },
    rewrites: [],
  };
  return { graph, components, seen };
}

/** Resident memory once garbage is gone; `npm run soak` starts Node with the collector in reach. */
function resident() {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

export async function run({ seed, ...words }) {
  return tries(words, async (index) => {
    const random = rng(seedOf(seed, `overload ${index}`));
    const size = 1 + random.integer(64);
    const policy = ["drop_oldest", "drop_newest", "block"][index % 3];
    const { graph, components, seen } = overloaded(size, policy);
    const { typed, component, services } = await prepareGraph(graph, components);
    const living = await createRun(typed, { component, services });
    let produced = 0;
    living.port("producer.value").subscribe(() => produced++);
    await living.advance((SECONDS / OVERLOAD) * 1e9);
    const early = resident();
    await living.advance(SECONDS * 1e9);
    const late = resident();
    const { dropped, held } = await living.finish();
    const lost = dropped["consumer.value"] ?? 0;
    const waiting = produced - seen.length - lost;
    demand(waiting >= 0 && waiting <= size + 1, () => `${waiting} wait in a queue of ${size} (${policy})`);
    demand(
      seen.every((n, i) => i === 0 || n > seen[i - 1]),
      "events were read out of order",
    );
    if (policy === "block") {
      demand(lost === 0, `a blocking queue lost ${lost}`);
      demand((held.producer ?? 0) > 0, "the producer was never held back");
    } else demand(lost > (SECONDS * 1e3) / PERIOD_MS / 2, `only ${lost} were counted as dropped`);
    demand(globalThis.gc === undefined || late < early * 1.1, `resident memory grew from ${early} to ${late}`);
    return { produced, read: seen.length, lost };
  });
}
