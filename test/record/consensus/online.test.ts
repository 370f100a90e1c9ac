/**
 * A consensus recorder in the graph, and a filter of recordings that were made beside it: one file, byte for byte.
 *
 *     graph ──┬── consensus recorder of a, b, c ──────────────► file
 *             ├── recorder of a ──► A ─┐
 *             ├── recorder of b ──► B ─┼── filterRecordings ──► the same file
 *             └── recorder of c ──► C ─┘
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Services } from "../../../src/component/component.js";
import type { PolicyOptions } from "../../../src/component/recorder/options.js";
import type { Graph } from "../../../src/graph/ir.js";
import type { Json } from "../../../src/message/type.js";
import { type FilterOptions, type FilterSummary, filterRecordings } from "../../../src/record/consensus/filter.js";
import { bytesSource } from "../../../src/record/mcap/file.js";
import { createRecorder, type RecorderSummary } from "../../../src/record/recorder.js";
import { recordingOf } from "../../../src/record/recording.js";
import { mcapLog } from "../../../src/record/sink.js";
import { createRun } from "../../../src/runtime/run.js";
import { graphComponents } from "../../../src/testing/graph-components.js";
import { allFeatures, arbitraryGraph } from "../../../src/testing/graphs.js";
import { prepareGraph } from "../../../src/testing/run.js";
import { memoryFile } from "../../support/memory-file.js";

const FOR_NS = 8e8;

interface Made {
  readonly bytes: Uint8Array;
  readonly summary: RecorderSummary;
}

/** Runs a graph with these recorders, and gives what each of them wrote. */
async function recorded(graph: Graph, records: readonly { readonly [option: string]: Json }[]) {
  const rewrites = records.map((options) => ({ rule: "record", options }));
  const { typed, component, services } = await prepareGraph({ ...graph, rewrites }, graphComponents());
  const open = new Map<string, { file: ReturnType<typeof memoryFile>; recorder: ReturnType<typeof createRecorder> }>();
  const recordings: Services["recordings"] = {
    open({ as, ports }) {
      const file = memoryFile(as);
      const anchor = ports.filter(({ role }) => role === "output").map(({ port }) => port);
      const header = {
        name: as,
        mode: "rows",
        graph: graph.name,
        digest: "d",
        seed: graph.seed,
        anchor: anchor.join(", "),
      } as const;
      const own = ports.map(({ port, role, type }) => ({ port, role, schema: type }));
      const recorder = createRecorder(header, own, mcapLog(file));
      open.set(as, { file, recorder });
      return recordingOf(recorder);
    },
  };
  const run = await createRun(typed, { component, services: { ...services, recordings } });
  await run.start(FOR_NS);
  const made: { [as: string]: Made } = {};
  for (const [as, { file, recorder }] of open) made[as] = { summary: await recorder.close(), bytes: file.bytes() };
  return made;
}

async function filtered(
  recordings: readonly Made[],
  options: FilterOptions,
): Promise<Made & { summary: FilterSummary }> {
  const file = memoryFile(options.as);
  const sources = recordings.map(({ bytes }, i) => ({ label: `r${i}`, files: [bytesSource(`r${i}.mcap`, bytes)] }));
  const summary = await filterRecordings(sources, options, mcapLog(file));
  return { summary, bytes: file.bytes() };
}

const nodesOf = (graph: Graph): string[] => Object.keys(graph.nodes);

const tolerance = fc.oneof(
  fc.double({ min: 0, max: 2, noNaN: true }),
  fc.record({
    absolute: fc.double({ min: 0, max: 1, noNaN: true }),
    relative: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);
const policies: fc.Arbitrary<PolicyOptions> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 4 }).map((every) => ({ every })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }).map((rows) => ({ keep: { rows } })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ rate: "25hz" }, { on_change: { tolerance: 0.1 } }, { episodes: { duration: "70ms" } }),
  },
  { weight: 1, arbitrary: fc.record({ pre: fc.nat(3), post: fc.nat(3) }).map((trigger) => ({ trigger })) },
);
const graphs = (queues: boolean) =>
  arbitraryGraph({ ...allFeatures, queues, nodes: 6 }).filter((graph) => nodesOf(graph).length >= 2);
const setting = fc.record({
  graph: graphs(true),
  picks: fc.array(fc.nat(100), { minLength: 2, maxLength: 3 }),
  keep: fc.constantFrom("mismatches" as const, "matches" as const, "all" as const),
  against: fc.constantFrom("each" as const, "median" as const),
  tolerance,
  policies,
});

describe("of one run", () => {
  test("online equals post hoc, byte for byte, over random graphs, tolerances and policies", async () => {
    let rows = 0;
    let incomplete = 0;
    await fc.assert(
      fc.asyncProperty(setting, async ({ graph, picks, keep, against, tolerance, policies }) => {
        const nodes = nodesOf(graph);
        const ports = [...new Set(picks.map((pick) => `${nodes[pick % nodes.length]}.value`))];
        fc.pre(ports.length > 1);
        const consensus = { ports: [ports], keep, against, tolerance };
        const made = await recorded(graph, [
          ...ports.map((port, i) => ({ as: `r${i}`, outputs: [port] })),
          { as: "online", consensus, ...policies } as unknown as { [option: string]: Json },
        ]);
        const { online, ...others } = made;
        const post = await filtered(Object.values(others), { as: "online", consensus, policies });
        const { rows: kept, incomplete: missing, counts } = online!.summary;
        expect(post.summary).toMatchObject({ rows: kept, incomplete: missing, counts });
        // a filter before it leaves fewer rows to compare, unless a trigger looks at all of them
        if (!["every", "rate", "on_change"].some((option) => option in policies))
          expect(counts).toEqual({ compared: post.summary.complete });
        expect(Buffer.compare(post.bytes, online!.bytes)).toBe(0);
        rows += online!.summary.rows;
        incomplete += Object.keys(online!.summary.incomplete).length;
      }),
      { numRuns: 100, seed: 4 },
    );
    // it was not about nothing
    expect(rows).toBeGreaterThan(200);
    expect(incomplete).toBeGreaterThan(50);
  });

  test("with other ports in the row, and from one recording of all ports", async () => {
    await fc.assert(
      fc.asyncProperty(setting, graphs(false), async ({ keep, against, tolerance, policies }, graph) => {
        const [a, b] = nodesOf(graph).map((id) => `${id}.value`);
        const consensus = { ports: [[a!, b!]], keep, against, tolerance };
        const stream = Object.keys(graph.streams.in)[0]!;
        const made = await recorded(graph, [
          { as: "r", inputs: [stream], outputs: [a!, b!] },
          { as: "online", inputs: [stream], outputs: [a!, b!], consensus, ...policies } as unknown as {
            [option: string]: Json;
          },
        ]);
        const post = await filtered([made.r!], { as: "online", consensus, policies });
        // what lacked the input is counted in the recording itself, and cannot be met again
        expect(post.summary.rows).toBe(made.online!.summary.rows);
        if (Object.keys(made.online!.summary.incomplete).length === 0)
          expect(Buffer.compare(post.bytes, made.online!.bytes)).toBe(0);
      }),
      { numRuns: 30, seed: 5 },
    );
  });
});
