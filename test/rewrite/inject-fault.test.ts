/** The rule inject-fault: what it puts where, what each fault does, and that it can be repeated and taken back. */
import { expect, test } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import type { Graph } from "../../src/graph/ir.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { printGraph } from "../../src/graphfile/print.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { withoutInserted } from "../../src/rewrite/rewrite.js";
import { authored, memory, rewritten, run } from "../support/graphs.js";

const loop = `
messages: {Pair: {left: number, right: {tensor: [2]}, name: string}}
streams:
  in:
    x: {message: Scalar, simulate: w.value, contract: {rate: 100hz}, initial: 7}
    text: {message: string, live: "udp://127.0.0.1:9"}
    pair: {message: Pair, live: "udp://127.0.0.1:9"}
  out: {command: {message: Scalar, from: control.value, initial: 0}}
world:
  w: {component: test/count}
  plant: {component: test/pass, in: {value: command}}
nodes:
  scale: {component: test/sum, in: {a: x}, params: {gain: 2}}
  control: {component: test/sum, on: 100hz, in: {a: scale.value, b: x}, safe: {value: -1}, tags: [safety]}
evaluate: {metrics: {m: {rmse: [x, command]}}, starts: {s: {control.gain: 2}}}
`;
const faulty = (options: string, text = loop) => `${text}rewrites: [{inject-fault: ${options}}]\n`;

const refusalsOf = async (options: string) => {
  const { problems, graph } = await rewritten(authored(faulty(options)));
  expect(Object.keys(graph.nodes)).toEqual(["scale", "control"]);
  return problems.filter((p) => p.severity === "error");
};

test("one node a fault, the sensor's before the link's, and everyone reads the last", async () => {
  const { graph, applied } = await rewritten(
    authored(faulty("{ports: x, delay: 20ms, loss: 10%, noise: 0.1, freeze: {from: 2s, for: 1s}, nan: {at: 3s}}")),
  );
  const chain = Object.entries(graph.nodes).filter(([id]) => id.startsWith("x#"));
  expect(chain.map(([id, { component, params, initial }]) => [id, component, params, initial])).toEqual([
    ["x#freeze", "fault/freeze", { from: 2, until: 3 }, { value: 7 }],
    ["x#noise", "fault/noise", { deviation: 0.1 }, { value: 7 }],
    ["x#nan", "fault/nan", { at: [3] }, { value: 7 }],
    ["x#loss", "fault/drop-out", { loss: 0.1 }, { value: 7 }],
    ["x#delay", "fault/delay", { delay: 0.02 }, { value: 7 }],
  ]);
  expect(chain.map(([, { in: inputs }]) => inputs.value!.from)).toEqual([
    "x",
    "x#freeze.value",
    "x#noise.value",
    "x#nan.value",
    "x#loss.value",
  ]);
  expect(graph.nodes.scale!.in.a!.from).toBe("x#delay.value");
  expect(graph.nodes.control!.in.b!.from).toBe("x#delay.value");
  expect(graph.evaluate!.metrics.m).toEqual({ rmse: ["x#delay.value", "command"] });
  expect(applied[0]!.changes.at(-1)).toEqual({
    verb: "rewires",
    path: "/streams/in/x",
    text: "readers of `x` read `x#delay.value`",
  });
});

test("a node's output and an out-stream: readers inside, and the world outside, get the faulty value", async () => {
  const inside = await rewritten(authored(faulty("{nodes: scale, loss: 10%}")));
  expect(inside.graph.nodes.control!.in.a!.from).toBe("scale#loss.value");
  const outside = await rewritten(authored(faulty("{ports: [command], loss: 10%}")));
  expect(outside.graph.streams.out.command!.from).toBe("command#loss.value");
  expect(outside.graph.nodes["command#loss"]!.in.value!.from).toBe("control.value");
  const { result, traces } = await run(faulty("{ports: [command], loss: 100%}").replace(/ {4}(text|pair).*\n/g, ""), {
    for_ms: 100,
  });
  expect(traces.command).toEqual([]);
  expect(traces["control.value"]!.length).toBe(10);
  expect(result.warnings.filter((p) => p.severity === "error")).toEqual([]);
});

test("two rewrites on one port follow each other", async () => {
  const { graph } = await rewritten(
    authored(
      `${loop}rewrites: [{inject-fault: {ports: [x], loss: 10%}}, {inject-fault: {ports: [x], loss: 20%, delay: 1ms}}, {record: {as: r, inputs: [x], outputs: [control.value]}}]`,
    ),
  );
  expect(graph.nodes["x#loss_2"]!.in.value!.from).toBe("x#loss.value");
  expect(graph.nodes.scale!.in.a!.from).toBe("x#delay.value");
  // a recording is named as its author names the port, and holds the effective value
  expect(graph.nodes["record#r"]!.in.x!.from).toBe("x#delay.value");
  expect(graph.nodes["record#r"]!.params.inputs).toEqual(["x"]);
});

const short = loop.replace(/ {4}(text|pair).*\n/g, "");
const at = async (options: string, for_ms: number, seed = 0) => {
  const { traces, result } = await run(faulty(options, short), { for_ms, seed });
  return { traces, result, x: traces.x! };
};

test("loss: the share lies within what chance allows, every seed for itself", async () => {
  const n = 4000;
  const shares = new Set<number>();
  for (const seed of [1, 2, 3]) {
    const { x } = await at("{ports: [x], loss: 10%}", n * 10, seed);
    const lost = n - x.length;
    expect(Math.abs(lost - 0.1 * n)).toBeLessThanOrEqual(4 * Math.sqrt(0.1 * 0.9 * n));
    shares.add(lost);
  }
  expect(shares.size).toBeGreaterThan(1);
});

test("the same seed gives the same faults", async () => {
  const options = "{ports: [x], loss: 10%, noise: 1, delay: {by: 5ms, jitter: 20ms}, freeze: {rate: 2hz, for: 100ms}}";
  const [a, b, c] = [await at(options, 2000, 5), await at(options, 2000, 5), await at(options, 2000, 6)];
  expect(a.result.digest).toBe(b.result.digest);
  expect(a.result.apart).toEqual(b.result.apart);
  expect(a.result.digest).not.toBe(c.result.digest);
});

test("delay: later by so much, in order, with the stamp that it had", async () => {
  const { x } = await at("{ports: [x], delay: 25ms, from: 50ms, until: 100ms}", 200);
  expect(x.map(({ time_ns, stamp_ns, message }) => [time_ns / 1e6, stamp_ns / 1e6, message])).toEqual(
    Array.from({ length: 20 }, (_, k) => {
      const sent = 10 * k;
      // what comes after the fault waits for what is still on its way
      const due = sent < 50 ? sent : sent < 100 ? sent + 25 : Math.max(sent, 90 + 25);
      return [due, sent, k];
    }),
  );
});

test("freeze, noise and NaN: in their windows, and nothing else", async () => {
  const { x: frozen } = await at("{ports: [x], freeze: {from: 30ms, for: 20ms}}", 80);
  expect(frozen.map((s) => s.message)).toEqual([0, 1, 2, 2, 2, 5, 6, 7]);
  const open = `
world: {w: {component: test/count}}
streams: {in: {x: {message: Scalar, simulate: w.value, contract: {rate: 100hz}}}}
nodes: {reader: {component: test/pass, in: {value: x}}}
`;
  const { traces } = await run(faulty("{ports: [x], nan: {at: [25ms, 41ms]}}", open), { for_ms: 80 });
  expect(traces["reader.value"]!.map((s) => s.message)).toEqual([0, 1, 2, Number.NaN, 4, Number.NaN, 6, 7]);
  const { x: noisy } = await at("{ports: [x], noise: {sd: 0.1, from: 20ms}}", 60);
  expect(noisy.slice(0, 2).map((s) => s.message)).toEqual([0, 1]);
  for (const [k, { message }] of noisy.slice(2).entries()) {
    expect(message).not.toBe(k + 2);
    expect(Math.abs((message as number) - k - 2)).toBeLessThan(0.6);
  }
});

test("messages with fields: noise on every float, the rest as it is", async () => {
  const { graph, problems } = await rewritten(
    authored(faulty("{ports: [pair], noise: [0.1, 0.2, 0.3]}").replace("[0.1, 0.2, 0.3]", "{sd: [0.1, 0.2, 0.3]}")),
  );
  expect(problems.filter((p) => p.severity === "error")).toEqual([]);
  expect(graph.nodes["pair#noise"]!.params).toEqual({ deviation: [0.1, 0.2, 0.3] });
});

test("faults of nothing change no digest", async () => {
  const bare = await run(short, { for_ms: 500 });
  const options = "{ports: [x, scale.value, command], loss: 0%, delay: 0ms, noise: 0, nan: 0%, freeze: {from: 1h}}";
  const { result } = await run(faulty(options, short), { for_ms: 500 });
  expect(result.digest).toBe(bare.result.digest);
  expect(result.ports).toEqual(bare.result.ports);
});

test("crash: the node throws at the first firing from then on, by name", async () => {
  const crashing = faulty("{nodes: {tag: safety}, crash: {at: 35ms}}", short);
  const { graph, applied } = await rewritten(authored(crashing));
  expect(graph.nodes.control).toMatchObject({
    component: "crashing:test/sum",
    params: { "#crash": { at: [0.035] } },
    safe: { value: -1 },
  });
  expect(applied[0]!.changes.map((c) => c.text)).toEqual(["`control` by one that crashes at 0.035 s"]);
  await expect(run(crashing, { for_ms: 100 })).rejects.toThrow(/L0446.*`control` crashed at 0.04 s/);
});

test("crash: where the run isolates faults, the node holds its safe value and the others go on", async () => {
  const { traces, result } = await run(faulty("{nodes: control, crash: {at: 35ms}}", short), {
    for_ms: 100,
    faults: "isolate",
  });
  expect(traces["control.value"]!.map((s) => s.message).at(-1)).toBe(-1);
  expect(traces["scale.value"]!.length).toBe(10);
  expect(result.faults.map((f) => f.node)).toEqual(["control"]);
});

test("crash: a node that is started again crashes once a time, and not for ever", async () => {
  const text = short.replace("safe: {value: -1}", "safe: {value: -1}, restart: {budget: 3, after: 10ms}");
  const { traces, result } = await run(faulty("{nodes: control, crash: {at: [25ms, 65ms]}}", text), {
    for_ms: 150,
    faults: "isolate",
  });
  expect(result.faults.length).toBe(2);
  expect(traces["control.value"]!.at(-1)!.message).not.toBe(-1);
});

test("crash at a rate: as often as it says, within chance, and only in its window", async () => {
  const text = short.replace("safe: {value: -1}", "safe: {value: -1}, restart: {budget: 1000, after: 1ms}");
  const { result } = await run(faulty("{nodes: control, crash: {rate: 2hz, from: 10s, until: 60s}}", text), {
    for_ms: 70_000,
    faults: "isolate",
  });
  expect(Math.abs(result.faults.length - 100)).toBeLessThanOrEqual(40);
  for (const { time_ns } of result.faults) expect(time_ns >= 10e9 && time_ns < 60e9).toBe(true);
});

test("a node that crashes never is the node itself: its numbers, state and params", async () => {
  const text = short.replace(
    "scale: {component: test/sum, in: {a: x}, params: {gain: 2}}",
    "scale: {component: test/noise, in: {value: x}}",
  );
  const bare = await run(text, { for_ms: 300 });
  const { result } = await run(faulty("{nodes: [scale, control], crash: {at: 1h}}", text), { for_ms: 300 });
  expect(result.digest).toBe(bare.result.digest);
});

test.each<[string, string, string, RegExp, RegExp]>([
  ["neither ports nor nodes", "{loss: 10%}", "L0514 /rewrites/0", /neither ports nor nodes/, /`ports:`/],
  ["no fault", "{ports: [x]}", "L0514 /rewrites/0", /told no fault/, /`crash`/],
  [
    "a crash of ports",
    "{ports: [x], crash: {at: 1s}}",
    "L0514 /rewrites/0/crash",
    /ports do not crash/,
    /nodes: \[controller\]/,
  ],
  [
    "ports beside a crash",
    "{ports: [x], nodes: [scale], crash: {at: 1s}}",
    "L0514 /rewrites/0/ports",
    /no other fault/,
    /Leave/,
  ],
  [
    "a crash at no time",
    "{nodes: [scale], crash: {from: 1s}}",
    "L0514 /rewrites/0/crash",
    /neither a time nor a rate/,
    /at: 3s/,
  ],
  [
    "a port of the world that feeds no stream",
    "{ports: [plant.value], loss: 10%}",
    "L0513 /rewrites/0/ports",
    /no stream is simulated by `plant.value`/,
    /Choose `w.value`/,
  ],
  [
    "the same beside one that does",
    "{ports: [w, plant], loss: 10%}",
    "L0513 /rewrites/0/ports",
    /no stream is simulated by `plant.value`/,
    /Choose `w.value`/,
  ],
  [
    "a pattern of nothing else",
    "{ports: {id: plant, place: world}, loss: 10%}",
    "L0513 /rewrites/0/ports",
    /no stream is simulated by `plant.value`/,
    /Choose `w.value`/,
  ],
  [
    "NaN of the world",
    "{ports: [w.value], loss: 10%, nan: {at: 1s}}",
    "L0512 /rewrites/0/nan",
    /`nan` does not suit `w.value`, what crosses the boundary is finite/,
    /Choose `x`/,
  ],
  [
    "noise on a text",
    "{ports: [text], noise: 1}",
    "L0512 /rewrites/0/noise",
    /`noise` does not suit `text`, .*floating-point/,
    /float64/,
  ],
  [
    "as many deviations as there are not numbers",
    "{ports: [x], noise: {sd: [1, 2]}}",
    "L0512 /rewrites/0/noise",
    /2 values, and the input has 1/,
    /one for each/,
  ],
  ["a field", '{ports: ["pair:left"], loss: 10%}', "L0514 /rewrites/0/ports", /part of a message/, /`pair`/],
  [
    "a window that ends first",
    "{ports: [x], loss: 10%, from: 2s, until: 1s}",
    "L0515 /rewrites/0/loss",
    /ends at 1 s and begins at 2 s/,
    /after/,
  ],
  ["a share above one", "{ports: [x], loss: 110%}", "L0119 /rewrites/0/loss", /110%/, /^$/],
  [
    "bursts that cannot be",
    "{ports: [x], loss: {share: 90%, burst: 2}}",
    "L0512 /rewrites/0/loss",
    /longer bursts/,
    /`burst`/,
  ],
  ["an unknown node", "{nodes: [contrl], crash: {at: 1s}}", "L0505 /rewrites/0/nodes/0", /no such node/, /`control`/],
])("%s is refused", async (_, options, told, message, help) => {
  const [first, ...more] = await refusalsOf(options);
  expect(more).toEqual([]);
  expect(`${first!.code} ${first!.path}`).toBe(told);
  expect(first!.message).toMatch(message);
  expect(first!.help ?? "").toMatch(help);
});

test("a node crashes by one rewrite only", async () => {
  const { problems } = await rewritten(
    authored(
      `${loop}rewrites: [{inject-fault: {nodes: [control], crash: {at: 1s}}}, {inject-fault: {nodes: [control], crash: {at: 2s}}}]`,
    ),
  );
  expect(
    problems.filter((p) => p.severity === "error").map((p) => `${p.code} ${p.path} ${p.related?.[0]?.path}`),
  ).toEqual(["L0514 /rewrites/1/crash /rewrites/0"]);
});

const everything = `${short}rewrites:
  - inject-fault: {ports: [x, scale.value, command], loss: 10%, delay: 5ms}
  - inject-fault: {nodes: [control], crash: {at: 1h}, noise: 1}
  - diagnose: {ports: [x, control.value], max_age: 1s}
  - record: {as: r, inputs: [x], outputs: [control.value]}
`;

test("taken out again, the graph is what it was, all of it or one rewrite's part", async () => {
  const graph = authored(everything);
  const { graph: after } = await rewritten(graph);
  expect(digestOf(withoutInserted(after))).toBe(digestOf(graph));
  expect(withoutInserted(after)).toEqual(graph);
  const only = (index: number): Graph => ({ ...graph, rewrites: graph.rewrites.filter((_, i) => i !== index) });
  for (const index of graph.rewrites.keys()) {
    const { graph: without } = await rewritten(only(index));
    const { rewrites: _, ...left } = withoutInserted(after, `/rewrites/${index}`);
    const { rewrites: __, ...wanted } = without;
    // params of the crash name the place of their rewrite
    const bare = (g: object) => JSON.parse(JSON.stringify(g).replace(/\/rewrites\/\d/g, "/rewrites"));
    expect(bare(left)).toEqual(bare(wanted));
  }
});

test("a rewritten graph can be written out, read again, and runs the same", async () => {
  const { graph } = await rewritten(authored(everything));
  const { graph: again, problems } = parseGraphFile(printGraph(graph, { applied: true }), "again.graph.yaml");
  expect(problems).toEqual([]);
  expect(digestOf({ ...again!, rewrites: [] })).toBe(digestOf({ ...graph, rewrites: [] }));
  const [first, second] = [
    await run(everything, { for_ms: 200 }),
    await run(again!, { for_ms: 200, services: memory() }),
  ];
  expect(second.result.ports).toEqual(first.result.ports);
});

test("a crash is an error of the node, at the rewrite that asked for it", async () => {
  try {
    await run(faulty("{nodes: [control], crash: {at: 0s}}", short), { for_ms: 50 });
    expect.unreachable();
  } catch (error) {
    expect((error as LimbeckError).problems.map((p) => `${p.code} ${p.path}`)).toEqual(["L0446 /nodes/control"]);
  }
});

test("crash: a node that is started again at once has behind it what was due, and what was drawn for", async () => {
  const text = short.replace("safe: {value: -1}", "safe: {value: -1}, restart: {budget: 30, after: 0ms}");
  const { result } = await run(faulty("{nodes: control, crash: {at: [20ms, 60ms, 61ms]}}", text), {
    for_ms: 150,
    faults: "isolate",
  });
  expect(result.faults.map(({ time_ns }) => time_ns / 1e6)).toEqual([20, 60, 70]);
});
