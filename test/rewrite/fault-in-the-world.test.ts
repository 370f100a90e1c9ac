/** Faults on ports of the world: a sensor goes wrong, what enters is wrong, and the world stays as it is. */
import { expect, test } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { printGraph } from "../../src/graphfile/print.js";
import { withoutInserted } from "../../src/rewrite/rewrite.js";
import { authored, memory, rewritten, run } from "../support/graphs.js";

/** The plant has no `on`: its clock is the faster of the contracts of the streams that it feeds. */
const loop = `
messages: {Angle: number}
streams:
  in:
    x: {message: Scalar, simulate: plant.value, contract: {rate: 100hz, latency: 2ms}}
    twin: {message: Scalar, simulate: plant.value, contract: {rate: 50hz}}
  out: {command: {message: Scalar, from: control.value, initial: 0}}
world:
  plant: {component: test/sum, in: {a: command}, params: {gain: 0.5, offset: 1}}
  shadow: {component: test/sum, in: {a: plant.value}}
nodes:
  control: {component: test/sum, on: 100hz, in: {a: x, b: twin}, params: {gain: 0.1}}
evaluate: {metrics: {m: {rmse: [plant.value, x]}}, starts: {s: {control.gain: 0.2}}}
`;
const faulty = (...options: string[]) =>
  `${loop}rewrites: [${options.map((each) => `{inject-fault: ${each}}`).join(", ")}]\n`;

test("the faults stand in the world, before the streams that the port feeds; the world and the metrics keep the truth", async () => {
  const { graph, applied, typed } = await rewritten(
    authored(faulty("{ports: plant, delay: 20ms, noise: 0.1}", "{ports: [plant.value], loss: 10%}")),
  );
  expect(
    Object.entries(graph.world).map(([id, node]) => [id, node.component, Object.values(node.in)[0]?.from]),
  ).toEqual([
    ["plant", "test/sum", "command"],
    ["shadow", "test/sum", "plant.value"],
    ["plant#noise", "fault/noise", "plant.value"],
    ["plant#delay", "fault/delay", "plant#noise.value"],
    ["plant#loss", "fault/drop-out", "plant#delay.value"],
  ]);
  expect(Object.keys(graph.nodes)).toEqual(["control"]);
  expect(Object.values(graph.streams.in).map((stream) => stream.simulate)).toEqual([
    "plant#loss.value",
    "plant#loss.value",
  ]);
  expect(graph.evaluate!.metrics.m).toEqual({ rmse: ["plant.value", "x"] });
  expect(applied.flatMap(({ changes }) => changes.map(({ verb, path, text }) => `${verb} ${path} ${text}`))).toEqual([
    "inserts /world/plant#noise `fault/noise` on `plant.value`: deviation 0.1",
    "inserts /world/plant#delay `fault/delay` on `plant.value`: delay 0.02",
    "rewires /streams/in/x `x` is simulated by `plant#delay.value`",
    "rewires /streams/in/twin `twin` is simulated by `plant#delay.value`",
    "inserts /world/plant#loss `fault/drop-out` on `plant.value`: loss 0.1",
    "rewires /streams/in/x `x` is simulated by `plant#loss.value`",
    "rewires /streams/in/twin `twin` is simulated by `plant#loss.value`",
  ]);
  // the plant's clock goes on being the streams'
  expect(typed!.byId.get("plant")).toMatchObject({ trigger: { kind: "clock", period_ns: 1e7 } });
});

test("a pattern takes the ports of the world that feed streams", async () => {
  const { graph, problems } = await rewritten(
    authored(faulty("{ports: {place: world, component: test/*}, loss: 10%}")),
  );
  expect(problems.filter((p) => p.severity === "error")).toEqual([]);
  expect(Object.keys(graph.world)).toEqual(["plant", "shadow", "plant#loss"]);
});

test("faults of nothing change no digest, of the world neither", async () => {
  const bare = await run(loop, { for_ms: 500 });
  const nothing = "{ports: [plant.value], loss: 0%, delay: 0ms, noise: 0, freeze: {from: 1h}}";
  const { result } = await run(faulty(nothing), { for_ms: 500 });
  expect(result.digest).toBe(bare.result.digest);
  expect(result.ports).toEqual(bare.result.ports);
  expect(result.apart).toMatchObject(bare.result.apart);
});

test("one draw for all streams, on the far side of their contracts; the plant's own port says the truth", async () => {
  const { traces } = await run(faulty("{ports: [plant.value], noise: {sd: 0.1, from: 100ms}, loss: 20%}"), {
    for_ms: 400,
    seed: 4,
  });
  const [x, twin, truth] = [traces.x!, traces.twin!, traces["plant.value"]!];
  expect(truth.length).toBe(40);
  expect(x.length).toBeLessThan(40);
  expect(x.length).toBeGreaterThan(20);
  // the latency of 2 ms comes after the fault, and the stamp is the sensor's
  expect(x.map(({ time_ns, stamp_ns }) => time_ns - stamp_ns).every((ns) => ns === 2e6)).toBe(true);
  expect(x.map(({ stamp_ns, message }) => [stamp_ns, message])).toEqual(
    twin.slice(0, x.length).map(({ stamp_ns, message }) => [stamp_ns, message]),
  );
  const true_at = new Map(truth.map(({ time_ns, message }) => [time_ns, message]));
  for (const { stamp_ns, message } of x) {
    const off = Math.abs((message as number) - (true_at.get(stamp_ns) as number));
    expect(off > 0).toBe(stamp_ns >= 100e6);
    expect(off).toBeLessThan(0.6);
  }
  // what the plant's other reader hears is the truth
  expect(traces["shadow.value"]!.map((s) => s.message)).toEqual(truth.map((s) => s.message));
});

test("a field that a stream takes is a field of the faulty message", async () => {
  const text = `
streams: {in: {angle: {message: {type: number, unit: rad, wraps: true}, simulate: "arm.joint:position", contract: {rate: 100hz}}}}
world: {arm: {component: sim/pendulum, params: {q0: 0.5}}}
nodes: {reader: {component: test/pass, in: {value: angle}}}
`;
  const bare = await run(text, { for_ms: 50 });
  const { result, traces } = await run(
    `${text}rewrites: [{inject-fault: {ports: [arm.joint], freeze: {from: 20ms}}}]`,
    {
      for_ms: 50,
    },
  );
  const values = (of: typeof traces) => of.angle!.map((s) => s.message);
  expect(values(traces)).toEqual([...values(bare.traces).slice(0, 2), ...Array(3).fill(values(bare.traces)[1])]);
  expect(result.apart["arm.joint"]).toBe(bare.result.apart["arm.joint"]);
});

test("taken out again, all of it or one rewrite's part, and written out and read again", async () => {
  const text = `${faulty("{ports: [plant.value], noise: 0.1}", "{ports: [plant.value, x], loss: 10%, delay: 5ms}").trimEnd().slice(0, -1)}, {diagnose: {ports: [plant.value], range: [-9, 9]}}, {record: {as: r, inputs: [x], outputs: [plant.value]}}]`;
  const graph = authored(text);
  const { graph: after } = await rewritten(graph);
  expect(withoutInserted(after)).toEqual(graph);
  for (const index of graph.rewrites.keys()) {
    const { graph: without } = await rewritten({ ...graph, rewrites: graph.rewrites.filter((_, i) => i !== index) });
    const bare = (of: object) => JSON.parse(JSON.stringify({ ...of, rewrites: [] }).replace(/\/rewrites\/\d/g, ""));
    expect(bare(withoutInserted(after, `/rewrites/${index}`))).toEqual(bare(without));
  }
  const { graph: again, problems } = parseGraphFile(printGraph(after, { applied: true }), "again.graph.yaml");
  expect(problems).toEqual([]);
  expect(digestOf({ ...again!, rewrites: [] })).toBe(digestOf({ ...after, rewrites: [] }));
  const [first, second] = [
    await run(text, { for_ms: 200, services: memory() }),
    await run(again!, { for_ms: 200, services: memory() }),
  ];
  expect(second.result.ports).toEqual(first.result.ports);
});
