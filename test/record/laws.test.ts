/**
 * Replay ∘ record is the identity: over random graphs with every feature, and over messages of random types.
 *
 *     graph ──► run ──┬── every port ──► recording   holds each message as it was said, to the bit
 *                     └── in-streams ──► run log ──► replay   gives the same digests
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Component, Item } from "../../src/component/component.js";
import { source } from "../../src/component/source.js";
import { genericStep } from "../../src/component/step.js";
import { digestOf } from "../../src/graph/digest.js";
import type { Graph } from "../../src/graph/ir.js";
import type { Vertex } from "../../src/graph/typed.js";
import { isTypedArray } from "../../src/message/tensor.js";
import type { Json, Message, MessageSchema } from "../../src/message/type.js";
import { fileRecordings, fileRunLog } from "../../src/project/recordings.js";
import { openReplay } from "../../src/project/replay-log.js";
import { openFile } from "../../src/record/mcap/file.js";
import { type RecordedMessage, readMessages, scanRecording } from "../../src/record/reader.js";
import { createRun, type RunResult, type Sample } from "../../src/runtime/run.js";
import {
  allFeatures,
  arbitraryGraph,
  arbitraryMessage,
  arbitraryMessageType,
  graphComponents,
  prepareGraph,
} from "../../src/testing/testing.js";

const FOR_NS = 1.5e8;

let home: string;
let number = 0;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "limbeck-laws-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Components = { readonly [name: string]: Component };

interface Recorded {
  readonly result: RunResult;
  /** What each recorded port said, as the run told it. */
  readonly said: { readonly [port: string]: readonly Sample[] };
  /** What each recorded port said, as the file has it. */
  readonly kept: { readonly [port: string]: readonly RecordedMessage[] };
  readonly log: string;
}

const everyPort = { as: "all", rows: "asof", outputs: [{ id: "*" }, { id: "*", place: "world" }] };

/** Runs a graph with a recorder on every port of it, the world's included, and with its log. */
async function recorded(graph: Graph, components: Components): Promise<Recorded> {
  const options: { readonly [option: string]: Json } = everyPort;
  const { typed, component, services } = await prepareGraph(
    { ...graph, rewrites: [{ rule: "record", options }] },
    components,
  );
  const facts = { graph: graph.name, digest: digestOf(graph), seed: graph.seed };
  const folder = join(home, String(number++));
  const recordings = fileRecordings(folder, facts);
  const log = await fileRunLog(folder, "log", { ...facts, for_ns: FOR_NS }, typed.vertices);
  const run = await createRun(typed, { component, services: { ...services, recordings }, log: log.log });
  const ports = typed.vertices.filter(({ id }) => !id.includes("#")).flatMap(portsOf);
  const said: { [port: string]: Sample[] } = Object.fromEntries(ports.map((port) => [port, []]));
  for (const port of ports) run.port(port).subscribe((sample) => said[port]!.push(sample));
  const result = await run.start(FOR_NS);
  const [summary] = await recordings.summaries();
  expect(summary).toMatchObject({ dropped: 0 });
  const { file } = await log.close();
  const kept: { [port: string]: RecordedMessage[] } = Object.fromEntries(ports.map((port) => [port, []]));
  const source = await openFile(summary!.file);
  const scan = await scanRecording(source);
  expect(scan.whole).toBe(true);
  for await (const message of readMessages(source)) kept[message.port]!.push(message);
  await source.close();
  return { result, said, kept, log: file };
}

const portsOf = ({ id, place, outputs }: Vertex): string[] =>
  outputs.map(({ port }) => (place === "in" || place === "out" ? id : `${id}.${port}`));

/** The file has each message as it was said, once, and nothing else. */
function expectExact({ said, kept }: Recorded): number {
  let messages = 0;
  for (const [port, samples] of Object.entries(said)) {
    const found = kept[port]!.map(({ tag_ns, microstep, stamp_ns, message }): Sample => {
      return { time_ns: tag_ns, microstep, stamp_ns, message };
    });
    expect(found, port).toStrictEqual(samples);
    messages += samples.length;
  }
  return messages;
}

/** The log in the place of the world, and no recorder. */
async function replayed(graph: Graph, components: Components, file: string): Promise<RunResult> {
  const { typed, component, services } = await prepareGraph(graph, components);
  const log = await openReplay(file, typed);
  const run = await createRun(typed, { component, services, seed: log.seed, replay: (id) => log.stream(id) });
  const result = await run.start(log.for_ns);
  await log.close();
  return result;
}

async function expectReplay(graph: Graph, components: Components): Promise<number> {
  const first = await recorded(graph, components);
  const messages = expectExact(first);
  const again = await replayed(graph, components, first.log);
  expect(again.ports).toStrictEqual(first.result.ports);
  expect(again.digest).toBe(first.result.digest);
  return messages;
}

test("over random graphs with every feature", async () => {
  let messages = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryGraph(allFeatures), async (graph) => {
      messages += await expectReplay(graph, graphComponents());
    }),
    { numRuns: 60 },
  );
  expect(messages).toBeGreaterThan(5000);
});

/** Some messages of one type, each with when it comes and how much earlier its stamp is. */
const lists = (type: MessageSchema, nonFinite: boolean) =>
  fc.array(
    fc.record({
      message: arbitraryMessage(type, { nonFinite }),
      time_ns: fc.nat(FOR_NS - 1),
      older_ns: fc.nat(1e7),
    }),
    { minLength: 1, maxLength: 12 },
  );

const streams = arbitraryMessageType().chain((type) =>
  fc.record({ type: fc.constant(type), sent: lists(type, false), own: lists(type, true) }),
);

test("over messages of random types, what is not finite and what is no number included", async () => {
  await fc.assert(
    fc.asyncProperty(streams, async ({ type, sent, own }) => {
      const script: Item[] = sent
        .map(({ message, time_ns, older_ns }) => ({ time_ns, port: "value", message, stamp_ns: time_ns - older_ns }))
        .sort((a, b) => a.time_ns - b.time_ns);
      // the first message of a port is looked at, and refused where it is not finite
      const answers = [sent[0]!.message, ...own.map(({ message }) => message)];
      await expectReplay(graphOf(type), {
        "law/say": source({
          doc: "Says a list of messages.",
          outputs: () => ({ value: { type, kind: "event" } as never }),
          *open() {
            yield* script;
          },
        }),
        "law/answer": genericStep({
          doc: "Says what it hears, and another message of the type.",
          ports: (_, { value }) => ({
            inputs: { value: value as never },
            outputs: { same: type, other: type } as never,
          }),
          state: () => 0,
          step: ({ value }, n) => ({ outputs: { same: value, other: answers[n % answers.length]! }, state: n + 1 }),
        }),
      });
    }),
    { numRuns: 150 },
  );
});

test("the messages that are drawn hold numbers that JSON has no word for", () => {
  const drawn = fc.sample(streams, { numRuns: 150, seed: 1 });
  const said = drawn.flatMap(({ sent, own }) => own.slice(0, sent.length - 1));
  const met = new Set(said.flatMap(({ message }) => [...numbersIn(message)]));
  expect([...met]).toEqual(expect.arrayContaining(["NaN", "Infinity", "-Infinity", "-0"]));
});

const graphOf = (type: MessageSchema): Graph => ({
  limbeck: 1,
  name: "types",
  seed: 1,
  params: {},
  messages: { Drawn: type },
  streams: { in: { heard: { message: "Drawn", simulate: "world.value" } }, out: {} },
  world: { world: { component: "law/say", in: {}, params: {} } },
  nodes: { answer: { component: "law/answer", on: { each: ["value"] }, in: { value: { from: "heard" } }, params: {} } },
  rewrites: [],
});

/** The numbers in a message that JSON has no word for. */
function* numbersIn(message: Message): Generator<string> {
  if (typeof message === "number") yield Object.is(message, -0) ? "-0" : String(message);
  else if (isTypedArray(message) || Array.isArray(message))
    for (const item of message as readonly Message[]) yield* numbersIn(item);
  else if (typeof message === "object") for (const item of Object.values(message)) yield* numbersIn(item);
}
