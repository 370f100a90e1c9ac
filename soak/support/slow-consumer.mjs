/**
 * A consumer that takes one event in ten periods, under every policy of a queue: what waits never exceeds the queue, every
 * event is either read or counted as dropped, and ten times the time takes no more memory. The recording beside it lacks
 * nothing: every event as it was produced and every one that was read, so that what it lacks between the two is what was
 * counted.
 */
import { rmSync } from "node:fs";
import Type from "typebox";
import { event } from "../../dist/component/ports.js";
import { step } from "../../dist/component/step.js";
import { fileRecordings } from "../../dist/project/recordings.js";
import { openFile } from "../../dist/record/mcap/file.js";
import { readMessages } from "../../dist/record/reader.js";
import { createRun } from "../../dist/runtime/run.js";
import { graphComponents, prepareGraph } from "../../dist/testing/testing.js";
import { resident } from "./resident.mjs";
import { demand } from "./tries.mjs";

const OVERLOAD = 10;
const SECONDS = 20;
const PERIOD_MS = 10;
const POLICIES = ["drop_oldest", "drop_newest", "block"];
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
    rewrites: [
      {
        rule: "record",
        options: { as: "kept", rows: "asof", inputs: ["producer.value"], outputs: ["consumer.value"] },
      },
    ],
  };
  return { graph, components, seen };
}

/** What the ports said, from the file. */
async function recorded(file) {
  const source = await openFile(file);
  const said = { "producer.value": [], "consumer.value": [] };
  for await (const { port, message } of readMessages(source)) said[port].push(message);
  await source.close();
  return said;
}

export async function slowConsumer(random, home, index) {
  const size = 1 + random.integer(64);
  const policy = POLICIES[index % POLICIES.length];
  const { graph, components, seen } = overloaded(size, policy);
  const { typed, component, services } = await prepareGraph(graph, components);
  const recordings = fileRecordings(home, { graph: "overload", digest: "", seed: 1 }, "kept");
  const living = await createRun(typed, { component, services: { ...services, recordings } });
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
  demand(late === undefined || late < early * 1.1, `resident memory grew from ${early} to ${late}`);
  const [{ file }] = await recordings.summaries();
  const kept = await recorded(file);
  rmSync(file);
  demand(kept["producer.value"].length === produced, "the recording lacks what was produced");
  demand(
    kept["producer.value"].every((n, i) => n === i),
    "the recording has what was produced in another order",
  );
  // what was read last is still being worked on
  const said = kept["consumer.value"];
  demand(
    said.length >= seen.length - 1 && said.every((n, i) => n === seen[i]),
    "the recording has something else than was read",
  );
  const absent = produced - said.length - waiting - (seen.length - said.length);
  demand(absent === lost, () => `${absent} are missing in the file, and ${lost} were counted`);
  return { produced, read: seen.length, lost, recorded: kept["producer.value"].length };
}
