/** YAML → IR → TypeScript → IR → YAML → IR: one digest, whatever the graph says. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import * as authoring from "../../src/component/authoring.js";
import { loadGraphModule } from "../../src/component/load-graph.js";
import { canonicalJson, digestOf } from "../../src/graph/digest.js";
import type { Graph, GraphNode, Input } from "../../src/graph/ir.js";
import { type LoadedGraph, parseGraphFile } from "../../src/graphfile/load.js";
import { printGraph } from "../../src/graphfile/print.js";
import { printTypescript } from "../../src/graphfile/typescript/print.js";
import { allFeatures, arbitraryGraph } from "../../src/testing/graphs.js";
import { arbitraryMessageType } from "../../src/testing/messages.js";

const folder = mkdtempSync(join(tmpdir(), "limbeck-typescript-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A module of its own each time: a module is run once. */
function load(text: string): Promise<LoadedGraph> {
  const file = join(folder, `g${count++}.graph.ts`);
  writeFileSync(file, text);
  return loadGraphModule(file, text, { root: folder, noCode: false, modules: { limbeck: authoring } });
}

async function keepsItsDigest(graph: Graph): Promise<string> {
  const text = printTypescript(graph);
  const back = await load(text);
  expect(back.problems, text).toEqual([]);
  // more telling than two digests that differ
  expect(JSON.parse(canonicalJson(back.graph)), text).toEqual(JSON.parse(canonicalJson(graph)));
  expect(digestOf(back.graph!)).toBe(digestOf(graph));
  const yaml = parseGraphFile(printGraph(back.graph!), "back.graph.yaml");
  expect(yaml.problems, printGraph(back.graph!)).toEqual([]);
  expect(digestOf(yaml.graph!)).toBe(digestOf(graph));
  return text;
}

const graphs = join(import.meta.dirname, "../../graphs");
describe("authored graphs", () => {
  const files = readdirSync(graphs).filter((f) => f.endsWith(".graph.yaml") && !f.includes("printed-by-test"));
  it.each(files)("%s", async (name) => {
    const { graph } = parseGraphFile(readFileSync(join(graphs, name), "utf8"), name);
    await keepsItsDigest(graph!);
  });
});

const id = fc.constantFrom("a", "left-arm", "class", "kp", "g", "Vector2", "x_1", "leg/ik", "record#1");
const json = fc.jsonValue({ maxDepth: 2 }).map((v) => JSON.parse(JSON.stringify(v, (k, x) => (k === "" ? x : x))));
const safe = json.filter(
  (v) => !/__proto__|constructor|prototype|toString|valueOf|[Pp]roperty|Locale/.test(JSON.stringify(v)),
);
const quantity = fc.constantFrom("10ms", "1s", "$kp");

/** What every input may say. */
const inputWords: fc.Arbitrary<Partial<Input>> = fc.record(
  {
    max_age: quantity,
    missing: fc.oneof(
      fc.constantFrom("skip" as const, "fault" as const),
      safe.map((v) => ({ default: v })),
    ),
    delay: fc.constantFrom("10ms", "1period"),
    initial: safe,
    exact: fc.boolean(),
    queue: fc.record(
      { size: fc.integer({ min: 1, max: 9 }), policy: fc.constantFrom("block", "drop_oldest", "drop_newest", "fault") },
      { requiredKeys: ["size"] },
    ) as fc.Arbitrary<NonNullable<Input["queue"]>>,
  },
  { requiredKeys: [] },
);

/** What every node may say. */
const nodeWords: fc.Arbitrary<Partial<GraphNode>> = fc.record(
  {
    on: fc.constantFrom(
      { clock: "100hz" },
      { clock: "$kp", phase: "5ms" },
      { each: ["a"] },
      { aligned: { ports: ["a", "b"], within: "5ms" } },
      { window: { count: 5, every: 2 } },
      { window: { port: "a", duration: "1s", every: "100ms" } },
      { silence: { port: "a", for: "50ms" } },
    ),
    params: fc.dictionary(fc.constantFrom("kp", "a-b", "q0"), fc.oneof(safe, fc.constant("$kp"))),
    safe: fc.dictionary(fc.constantFrom("torque", "value"), safe),
    initial: fc.dictionary(fc.constantFrom("torque", "value"), safe),
    restart: fc.record(
      { budget: fc.integer({ min: 1, max: 5 }), within: quantity, after: quantity },
      { requiredKeys: ["budget"] },
    ),
    latency: fc.constantFrom<NonNullable<GraphNode["latency"]>>(
      "5ms",
      { normal: ["5ms", "1ms"] },
      { empirical: ["1ms", "2ms"] },
    ),
    place: fc.constantFrom("inline", "worker", "process"),
    timeout: quantity,
    tags: fc.array(fc.constantFrom("slow", "a b"), { minLength: 1, maxLength: 2 }).map((t) => [...new Set(t)]),
    doc: fc.constantFrom("What it does.", 'It says "$kp" `here`', "two\nlines"),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<GraphNode>>;

const types = fc
  .tuple(fc.constantFrom("Grip", "Vector2", "Type", "JointState2"), arbitraryMessageType())
  .map(([name, type]) => ({ [name]: { ...type, title: name } }));

/** A random graph of the runnable kind, with every other word of the language strewn over it; it need not check. */
const anyGraph: fc.Arbitrary<Graph> = fc
  .record({
    base: arbitraryGraph(allFeatures),
    extra: fc.array(fc.tuple(id, nodeWords, inputWords), { maxLength: 4 }),
    types,
    contract: fc.constantFrom({}, { contract: { rate: "10hz", jitter: "$kp", loss: "1%", range: [0, 1] as const } }),
    options: safe,
  })
  .map(({ base, extra, types, contract, options }) => {
    const nodes = { ...base.nodes };
    for (const [name, words, input] of extra)
      nodes[name] = {
        component: "control/pd",
        ...words,
        params: words.params ?? {},
        in: {
          joints: { from: `${Object.keys(base.nodes)[0]}.value`, ...input },
          target: { from: "s0:a.b[2]" },
          lost: { from: "nowhere.port" },
        },
      };
    const [message] = Object.keys(types);
    return {
      ...base,
      doc: "A $kp graph.",
      params: { kp: { type: "number", default: 3, doc: "$kp" }, class: { default: [1, { a: "$kp" }] } },
      messages: { ...base.messages, ...types },
      streams: {
        in: {
          ...base.streams.in,
          s0: { message: "Scalar", ...contract },
          typed: { message: message!, doc: "$kp" },
          bare: { message: "boolean", kind: "event", initial: true },
          foreign: { message: "Elsewhere" },
        },
        out: base.streams.out,
      },
      nodes,
      rewrites: [
        { rule: "record", options: { as: "a", inputs: ["s0", "a.value", "typed:force"], deep: { of: options } } },
        { rule: "substitute", options: { nodes: Object.keys(nodes), with: "model:a@1" } },
      ],
      evaluate: {
        for: "10s",
        metrics: { m: { rmse: ["s0", "gone.port"] } },
        starts: { here: { "a.q0": { uniform: [0, "$kp"] }, kp: 3 }, nowhere: {} },
      },
    } satisfies Graph;
  });

describe("random graphs", () => {
  it("that run", () =>
    fc.assert(
      fc.asyncProperty(arbitraryGraph(allFeatures), async (g) => void (await keepsItsDigest(g))),
      { numRuns: 25 },
    ));
  it("with every word of the language", () =>
    fc.assert(
      fc.asyncProperty(anyGraph, async (g) => void (await keepsItsDigest(normal(g)))),
      { numRuns: 40 },
    ));
});

/** As a file has it: what says nothing is left out. */
function normal(graph: Graph): Graph {
  const { graph: parsed, problems } = parseGraphFile(printGraph(graph), "x.graph.yaml");
  expect(problems, printGraph(graph)).toEqual([]);
  return parsed!;
}
