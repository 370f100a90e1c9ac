/** Fine-tuning in worlds that are not still: the loop is the graph under the same noise, and its gradient that of the graph's cost. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withStandIns } from "../../src/distill/closed-loop.js";
import { type FineTuneOptions, fineTune } from "../../src/distill/finetune.js";
import { costOf, pairsOf } from "../../src/distill/loop-cost.js";
import { rollouts } from "../../src/distill/rollout.js";
import { lowerLoop } from "../../src/lower/loop.js";
import { startRows, startUnder } from "../../src/lower/starts.js";
import { gradient } from "../../src/onnx/autodiff.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { tensor } from "../../src/onnx/tensor.js";
import { checked, type Loaded, loadGraph } from "../../src/project/load.js";
import { storedModel } from "../../src/project/lower.js";
import { servicesOf } from "../../src/project/services.js";
import { openSession } from "../../src/session/session.js";
import { problemsOf } from "../support/graphs.js";
import { linearStudent, makeRoomProject, ROOM_GRAPH, roomProject } from "../support/room-project.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-noisy-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let projects = 0;
const room = (text = ROOM_GRAPH, files: { readonly [name: string]: string } = {}) =>
  makeRoomProject(join(root, String(projects++)), { "room.graph.yaml": text, ...files });

const tuning = (loaded: Loaded, nodes: readonly string[], more: Partial<FineTuneOptions> = {}) => {
  const home = join(root, ".limbeck");
  return fineTune({
    vary: loaded.vary,
    spec: checked(loaded).graph.evaluate!,
    stored: storedModel(home),
    services: servicesOf(loaded.file, home),
    students: [linearStudent(loaded, nodes)],
    seed: 7,
    now: () => 0,
    epochs: 1,
    starts: 5,
    ...more,
  });
};

test("noise, silence, jitter, a random walk and a file are told to the loop, which follows the graph", async () => {
  const { facts } = await tuning(await room(), ["controller"]);
  expect(facts.difference).toBeLessThan(1e-6);
});

test("the arm of the examples, whose encoders are noisy and whose targets come late or never, is followed too", async () => {
  const { facts } = await tuning(await loadGraph("graphs/arm-reach.graph.yaml"), ["controller"], {
    horizon_ns: 0.5e9,
    starts: 3,
  });
  expect(facts.difference).toBeLessThan(1e-6);
});

test("what is fed may be delayed, held from the start, optional or a field; streams of the loop lose what they lost, and never jitter", async () => {
  const text = ROOM_GRAPH.replace(
    "weather: {component: source/random-walk, on: 30hz,",
    "sky: {component: ./sky.ts, on: 20hz}\n  weather: {component: source/random-walk, on: 30hz,",
  )
    .replace(
      "outside: weather.value}",
      "outside: {from: weather.value, delay: 120ms, initial: 4}, sun: 'sky.light:sun'}",
    )
    .replace("contract: {rate: 20hz, latency: 50ms}", "contract: {rate: 20hz, latency: 50ms, jitter: 30ms, loss: 30%}")
    .replace("params: {deviation: 0.2}", "params: {deviation: 0.2, distribution: uniform, from: 0.3, until: 1}");
  const room_ts = roomProject["room.ts"]
    .replace("outside: Type.Number() }", "outside: Type.Number(), sun: signal(Type.Number(), { optional: true }) }")
    .replace("{ power, outside }", "{ power, outside, sun }")
    .replace("const flow = ", "const flow = ops.add(sun ?? 0, ")
    .replace("outside)));", "outside))));")
    .replace("import { ops,", "import { ops, signal,");
  const sky = `import { step, Type } from "limbeck";
export default step({
  doc: "Sun now and then.",
  inputs: {},
  outputs: { light: Type.Object({ sun: Type.Number(), moon: Type.String() }) },
  random: true,
  step: (_, __, { rng, time }) => ({ outputs: time < 0.2 ? {} : { light: { sun: rng.uniform(), moon: "full" } } }),
});
`;
  const { facts } = await tuning(await room(text, { "room.ts": room_ts, "sky.ts": sky }), ["controller"]);
  expect(facts.difference).toBeLessThan(1e-6);
});

test("metrics may compare a message and a part of it", async () => {
  const text = ROOM_GRAPH.replace(
    'metrics: {comfort: {rmse: ["room.air:warmth", wanted]}}',
    'metrics: {comfort: {rmse: ["room.air:warmth", wanted]}, still: {mae: [room.air, room.air]}, part: {max_error: ["room.air:flow", power]}}',
  );
  const { facts } = await tuning(await room(text), ["controller"]);
  expect(facts.difference).toBeLessThan(1e-6);
});

test("events from outside are in the loop, with who sends them; a source of them is refused by name", async () => {
  const text = ROOM_GRAPH.replace(
    "  noise: {component",
    `  alarm: {component: ./alarm.ts, on: 10hz}
  bump: {component: ./bump.ts, on: 20hz, in: {air: "room.air:warmth", alarm: {from: alarm.rings, queue: {size: 4}}}}
  noise: {component`,
  ).replace('{value: "room.air:warmth"}', "{value: bump.value}");
  const files = {
    "alarm.ts": `import { event, ops, tensorStep, Type, when } from "limbeck";
export default tensorStep({
  doc: "Rings every half second.",
  inputs: {},
  outputs: { rings: event(Type.Number()) },
  state: () => ({ n: 0n }),
  step: (_, { n }) => ({
    outputs: { rings: when(ops.equal(ops.mod(n, 5), 0), ops.cast(n, "float64")) },
    state: { n: ops.add(n, 1) },
  }),
});
`,
    "bump.ts": `import { arrived, event, ops, tensorStep, Type } from "limbeck";
export default tensorStep({
  doc: "Adds how often it rang.",
  inputs: { air: Type.Number(), alarm: event(Type.Number()) },
  outputs: { value: Type.Number() },
  step: ({ air, alarm }) => ({ outputs: { value: ops.add(air, ops.cast(arrived(alarm).count, "float64")) } }),
});
`,
  };
  const { facts } = await tuning(await room(text, files), ["controller"]);
  expect(facts.difference).toBeLessThan(1e-6);
  const log = `import { event, source, Type } from "limbeck";
export default source({
  doc: "Rings when it did.",
  params: Type.Object({}),
  outputs: () => ({ rings: event(Type.Number()) }),
  *open() {
    for (let i = 0; i < 9; i++) yield { time_ns: i * 3e8 + 1, port: "rings", message: i };
  },
});
`;
  const sourced = text.replace("alarm.ts, on: 10hz}", "alarm.ts}");
  const problems = await problemsOf(tuning(await room(sourced, { ...files, "alarm.ts": log }), ["controller"]));
  expect(problems).toMatchObject([{ code: "L0873", path: "/world/bump" }]);
});

test("the gradient is that of what runs of the graph cost under the same noise", async () => {
  const loaded = await room();
  const spec = checked(loaded).graph.evaluate!;
  const ticks = 40;
  const services = servicesOf(loaded.file, join(root, ".limbeck"));
  const weights = [0.08, -0.12];
  const prepared = (w: readonly number[]) => {
    const student = linearStudent(loaded, ["controller"], w);
    const variation = { ...withStandIns([student]), recorders: false };
    const first = loaded.vary({ ...variation, set: { "room.warmth0": 10 } });
    const varied = [12, 15, 19].map((warmth0) => loaded.vary({ ...variation, set: { "room.warmth0": warmth0 } }));
    const pairs = pairsOf(spec, first.typed);
    const loop = lowerLoop(first.typed, {
      component: first.component,
      model: () => student.model,
      outputs: pairs.flat(),
      about: ["controller"],
    });
    const starts = varied.map((other, k) => ({ start: startUnder(loop, first, other)!, varied: other, seed: k }));
    return { student, loop, pairs, starts };
  };
  /** What the runs cost, by the metric's own formula. */
  const costOfRuns = async (w: readonly number[]) => {
    const { student, loop, starts } = prepared(w);
    const runs = (await rollouts(loop, starts, { ticks, services, bytes: () => encode(student.model) }))!;
    let sum = 0;
    for (const { feed, said } of runs)
      for (let k = 0; k < ticks; k++) {
        const there = feed["act.wanted.there"]!.data[k] !== 0;
        const error = Number(said["act.room.air@warmth"]!.data[k]) - Number(feed["act.wanted"]!.data[k]);
        sum += there ? error ** 2 : 0;
      }
    return { runs, cost: sum / (ticks * runs.length) };
  };
  const { loop, pairs, starts } = prepared(weights);
  const { runs, cost } = await costOfRuns(weights);
  const rows = startRows(
    starts.map(({ start }) => start),
    runs.map(({ feed }) => feed),
  );
  const [name] = Object.keys(loop.model.graph.initializers).filter((key) => key.endsWith("power.weights"));
  const g = graphBuilder("slope");
  const w = g.input("w", "float32", [2, 1]);
  const batch = Object.fromEntries(Object.entries(rows).map(([key, t]) => [key, g.input(key, t.dtype, t.dims)]));
  const outcome = costOf(loop, pairs, ticks)({ [name!]: w }, batch, undefined as never);
  const loss = "loss" in outcome ? outcome.loss : outcome;
  g.output("loss", loss);
  g.output("slope", gradient(loss, [w])[0]!);
  const session = await openSession(encode(g.model()));
  const read = new Set(session.inputs.map((input) => input.name));
  const feeds = { ...rows, w: tensor("float32", [2, 1], weights) };
  const found = await session.run(Object.fromEntries(Object.entries(feeds).filter(([key]) => read.has(key))));
  await session.close();
  expect(Number(found.loss!.data[0])).toBeCloseTo(cost, 4);
  const h = 2e-3;
  for (const i of [0, 1]) {
    const moved = (by: number) => weights.map((x, j) => (j === i ? x + by : x));
    const slope = ((await costOfRuns(moved(h))).cost - (await costOfRuns(moved(-h))).cost) / (2 * h);
    expect(Math.abs(Number(found.slope!.data[i]) / slope - 1)).toBeLessThan(1e-3);
  }
});
