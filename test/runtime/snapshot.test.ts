/** Snapshots of whole runs: a run that is cut, written down and taken up again is the run that was not. */
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { debounceTime, map } from "rxjs";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import { createMachine } from "xstate";
import { machine } from "../../src/component/machine.js";
import { event } from "../../src/component/ports.js";
import { source } from "../../src/component/source.js";
import { genericStep, step } from "../../src/component/step.js";
import { stream } from "../../src/component/stream.js";
import type { Graph } from "../../src/graph/ir.js";
import { loadGraph } from "../../src/project/load.js";
import type { Sample } from "../../src/runtime/port/outlets.js";
import { createRun, type Run, type RunOptions, type RunResult, type Snapshot } from "../../src/runtime/run.js";
import {
  allFeatures,
  arbitraryGraph,
  graphComponents,
  type Prepared,
  prepareGraph,
} from "../../src/testing/testing.js";
import { authored, memory, parts, prepared, problemsOf } from "../support/graphs.js";
import { root } from "../support/run.js";

type More = Partial<RunOptions>;

interface Whole {
  readonly traces: { readonly [port: string]: readonly Sample[] };
  readonly result: RunResult;
}

async function open({ typed, component, services }: Prepared, more: More, traces: { [port: string]: Sample[] }) {
  const run = await createRun(typed, { component, services, faults: "isolate", ...more });
  for (const port of run.ports) {
    const samples = (traces[port] ??= []);
    run.port(port).subscribe((sample) => samples.push(sample));
  }
  return run;
}

const shut = async (run: Run) => void (await run.finish());

/** In one go, or cut at these times, each time through bytes and into a new run. */
async function whole(subject: Prepared, for_ns: number, cuts: readonly number[], more: More = {}): Promise<Whole> {
  const traces: { [port: string]: Sample[] } = {};
  let run = await open(subject, more, traces);
  for (const cut of cuts) {
    await run.advance(cut);
    const from = deserialize(serialize(await run.snapshot())) as Snapshot;
    await shut(run);
    run = await open(subject, { ...more, from }, traces);
  }
  await run.advance(for_ns);
  return { traces, result: await run.finish() };
}

/** Digests of a run from a snapshot are of what came after it. */
const told = ({ traces, result: { digest: _, ports: __, apart: ___, ...counts } }: Whole) => ({ traces, counts });

async function expectUncut(subject: Prepared, for_ns: number, cuts: readonly number[], more: More = {}) {
  expect(told(await whole(subject, for_ns, cuts, more))).toEqual(told(await whole(subject, for_ns, [], more)));
}

const FOR_NS = 1.5e8;
const cutsBefore = (end_ns: number) =>
  fc.array(fc.nat(end_ns), { minLength: 1, maxLength: 3 }).map((cuts) => cuts.sort((a, b) => a - b));

/** Some of the nodes crash now and then, and are mended, or not. */
const crashing = (graph: Graph, draws: readonly number[]): Graph => {
  const ids = Object.keys(graph.nodes);
  const hit = ids.filter((_, i) => draws[i % draws.length]! % 3 === 0);
  const nodes = Object.fromEntries(
    ids.map((id, i) => {
      const draw = draws[i % draws.length]!;
      const restart = draw % 2 === 0 ? { restart: { budget: 2, within: "50ms", after: `${draw % 20}ms` } } : {};
      return [id, hit.includes(id) ? { ...graph.nodes[id]!, ...restart, safe: { value: 0.125 } } : graph.nodes[id]!];
    }),
  );
  const rewrites = hit.map((id, i) => ({
    rule: "inject-fault",
    options: { nodes: [id], crash: i % 2 === 0 ? { at: `${20 + draws[0]!}ms` } : { rate: "20hz" } },
  }));
  return { ...graph, nodes, rewrites };
};

describe("random graphs with every feature", () => {
  const random = fc.record({
    graph: arbitraryGraph(allFeatures),
    seed: fc.nat(1e6),
    cuts: cutsBefore(FOR_NS),
    draws: fc.array(fc.nat(60), { minLength: 3, maxLength: 9 }),
  });

  test("cut anywhere, several times", async () => {
    await fc.assert(
      fc.asyncProperty(random, async ({ graph, seed, cuts }) => {
        await expectUncut(await prepareGraph(graph, graphComponents()), FOR_NS, cuts, { seed });
      }),
      { numRuns: 60 },
    );
  });

  test("while nodes crash, are down, are mended and give up", async () => {
    let down = 0;
    await fc.assert(
      fc.asyncProperty(random, async ({ graph, seed, cuts, draws }) => {
        const subject = await prepareGraph(crashing(graph, draws), graphComponents());
        const uncut = await whole(subject, FOR_NS, [], { seed });
        const cut = await whole(subject, FOR_NS, cuts, { seed });
        expect(told(cut)).toEqual(told(uncut));
        for (const { time_ns } of uncut.result.faults) if (time_ns < cuts.at(-1)!) down++;
      }),
      { numRuns: 60 },
    );
    expect(down).toBeGreaterThan(20);
  });

  test("in another order of ties", async () => {
    await fc.assert(
      fc.asyncProperty(random, async ({ graph, seed, cuts }) => {
        await expectUncut(await prepareGraph(graph, graphComponents()), FOR_NS, cuts, { seed, permute: seed });
      }),
      { numRuns: 20 },
    );
  });
});

const number = Type.Number();

/** Quiet for 15 ms, then the last. */
const settled = stream({
  doc: "The last of a burst.",
  inputs: { value: event(number) },
  outputs: { value: event(number) },
  horizon: "15ms",
  connect: ({ value }) => ({
    value: value.pipe(
      debounceTime(15),
      map((x) => x + 0.5),
    ),
  }),
});

/** Goes back to rest 25 ms after the last event. */
const waiting = machine({
  doc: "On for a while.",
  inputs: { value: event(number) },
  outputs: { mode: Type.String() },
  state: "mode",
  machine: createMachine({
    initial: "rest",
    states: {
      rest: { on: { value: "busy" } },
      busy: { after: { 25: "rest" }, on: { value: { target: "busy", reenter: true } } },
    },
  }),
});

test("timers of streams and machines, sources, recorders, links, delays and results under way", async () => {
  const csv = `time,value\n${Array.from({ length: 40 }, (_, k) => `${k * 0.006 + (k % 3) * 0.001},${k}`).join("\n")}\n`;
  const graph = authored(`
streams:
  in:
    x: {message: number, kind: event, simulate: log.value, contract: {latency: 3ms, jitter: 2ms, loss: 10%}}
    y: {message: number, kind: event, simulate: bursts.value}
  out:
    out: {message: number, from: slow.value, initial: 0, contract: {latency: 4ms}}
world:
  log: {component: source/csv, params: {path: log.csv, time: time, ports: {value: value}}}
  bursts: {component: test/slow-script, params: {items: [${Array.from({ length: 18 }, (_, k) => `[${Math.floor(k / 3) * 40 + (k % 3) * 6}, value, ${k}]`).join(", ")}]}}
  hears: {component: test/pass, in: {value: out}}
nodes:
  settled: {component: test/settled, in: {value: y}}
  waiting: {component: test/waiting, in: {value: settled.value}}
  slow: {component: test/first, latency: {normal: [11ms, 3ms]}, in: {value: {from: x, queue: {size: 3, policy: drop_oldest}}}}
  late: {component: test/pass, in: {value: {from: slow.value, delay: 17ms, initial: 1}}}
rewrites:
  - record: {as: kept, inputs: [late.value], outputs: [slow.value]}
`);
  const first = step({
    doc: "Passes events on.",
    inputs: { value: event(number) },
    outputs: { value: number },
    step: ({ value }) => ({ outputs: { value: value as number } }),
  });
  const components = { ...parts, "test/settled": settled, "test/waiting": waiting, "test/first": first };
  const ready = await prepared(graph, { components });
  const fresh = () => ({ ...ready, services: memory({ "log.csv": csv }) });
  const uncut = await whole(fresh(), 2.4e8, []);
  for (const port of ["settled.value", "waiting.mode", "late.value", "hears.value"])
    expect(uncut.traces[port]!.length, port).toBeGreaterThan(2);
  expect(uncut.traces["waiting.mode"]!.map(({ message }) => message)).toContain("busy");
  await fc.assert(
    fc.asyncProperty(cutsBefore(2.4e8), async (cuts) => {
      expect(told(await whole(fresh(), 2.4e8, cuts))).toEqual(told(uncut));
    }),
    { numRuns: 25 },
  );
});

test("a source that draws its items draws the same again", async () => {
  const drawn = source({
    doc: "Numbers at random times.",
    outputs: () => ({ value: number }),
    *open(_, __, random) {
      for (let t = 0; ; t += 1e6 * (1 + random.integer(9)))
        yield { time_ns: t, port: "value", message: random.uniform() };
    },
  });
  const text = `
streams: {in: {x: {message: number, simulate: w.value, contract: {latency: 2ms, jitter: 2ms}}}}
world: {w: {component: test/drawn}}
nodes: {n: {component: test/pass, in: {value: x}}}
`;
  const subject = await prepareGraph(authored(text), { "test/drawn": drawn, ...parts });
  for (const cut of [0, 3e6, 5e7]) await expectUncut(subject, 1e8, [cut, cut + 1e7], { seed: 3 });
});

test("a run to the end of its sources ends there, cut or not", async () => {
  const ready = await prepared(`
streams: {in: {x: {message: number, simulate: w.value}}}
world: {w: {component: test/script, params: {items: [[0, value, 1], [40, value, 2], [80, value, 3]]}}}
nodes: {clock: {component: test/count, on: 10ms}, n: {component: test/pass, in: {value: x}}}
`);
  const subject = { ...ready, services: memory() };
  for (const cut of [0, 3.5e7, 4e7, 8e7]) {
    const traces: { [port: string]: Sample[] } = {};
    const early = await open(subject, {}, traces);
    await early.advance(cut);
    const from = await early.snapshot();
    await shut(early);
    const late = await open(subject, { from }, traces);
    const { virtual_s } = await late.start();
    expect(traces["clock.value"]).toHaveLength(9);
    expect(virtual_s).toBe(0.08);
  }
});

describe("examples", () => {
  const files = ["arm-reach", "mode-manager", "servo", "two-axes"];
  test.each(files)("%s", async (name) => {
    const loaded = await loadGraph(join(root, "graphs", `${name}.graph.yaml`));
    const { typed, component } = loaded.vary({ recorders: false });
    const subject = { typed, component, services: memory() };
    await expectUncut(subject, 3e8, [1.001e8, 1.7e8]);
  });
});

describe("what is no data is refused, every node by name:", () => {
  const closing = (state: () => unknown) =>
    genericStep({
      doc: "Keeps what it should not.",
      ports: () => ({ inputs: {}, outputs: { value: { schema: number, kind: "signal" } } }),
      state,
      step: (_, state) => ({ outputs: { value: 1 }, state }),
    });

  test("states of steps", async () => {
    const components = { "test/bad": closing(() => ({ f: () => 1 })) };
    const ready = await prepared(
      "nodes: {a: {component: test/bad, on: 10ms}, good: {component: test/count, on: 10ms}, b: {component: test/bad, on: 10ms}}",
      { components },
    );
    const run = await createRun(ready.typed, { component: ready.component, services: memory() });
    await run.advance(2e7);
    const problems = await problemsOf(run.snapshot());
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(["L0614 /nodes/a", "L0614 /nodes/b"]);
    // and the run goes on
    await run.advance(4e7);
    expect((await run.finish()).node_steps).toBe(12);
  });

  test("another graph, another seed", async () => {
    const [one, other] = await Promise.all(
      ["10ms", "20ms"].map((on) => prepared(`nodes: {n: {component: test/count, on: ${on}}}`)),
    );
    const services = memory();
    const run = await createRun(one!.typed, { component: one!.component, services });
    await run.advance(1e7);
    const from = await run.snapshot();
    const reason = async (how: Promise<unknown>) => (await problemsOf(how))[0]!;
    expect(await reason(createRun(other!.typed, { component: other!.component, services, from }))).toMatchObject({
      code: "L0616",
      message: "the run cannot go on from this snapshot: it was taken of another graph",
    });
    expect(
      (await reason(createRun(one!.typed, { component: one!.component, services, from, seed: 5 }))).message,
    ).toContain("its seed is 0, and this run's is 5");
  });
});

test("a run that has not begun goes on from its snapshot as one that begins", async () => {
  const text = `
nodes:
  n: {component: test/count, on: 10ms}
  settled: {component: test/settled, in: {value: n.value}}
  waiting: {component: test/waiting, in: {value: settled.value}}
`;
  const subject = await prepareGraph(authored(text), { "test/settled": settled, "test/waiting": waiting, ...parts });
  await expectUncut(subject, 1e8, [0], { seed: 1 });
});
