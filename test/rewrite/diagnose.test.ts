/** The rule diagnose: what it promises of a port, where its monitors stand, and that silence is heard. */
import { expect, test } from "vitest";
import { authored, rewritten, run } from "../support/graphs.js";

const plant = `
streams:
  in:
    x: {message: Scalar, simulate: w.value, contract: {rate: 100hz, latency: 2ms, jitter: 1ms, range: [0, 1000]}}
    lossy: {message: Scalar, simulate: v.value, contract: {rate: 50hz, loss: 10%}}
    late: {message: Scalar, simulate: u.value, contract: {latency: 5ms}}
    free: {message: Scalar, simulate: u.value}
    pair: {message: Vector2, live: "udp://127.0.0.1:9"}
  out: {command: {message: Scalar, from: control.value, contract: {rate: 20hz}, initial: 0}}
world:
  w: {component: test/count}
  v: {component: test/noise}
  u: {component: test/count, on: 10hz}
nodes:
  on_demand: {component: test/sum, in: {a: x, b: late, c: free}}
  control: {component: test/sum, on: 20hz, in: {a: on_demand.value, b: lossy}}
`;

const settings = async (options: string, text = plant) => {
  const { graph, applied, problems } = await rewritten(authored(`${text}rewrites: [{diagnose: ${options}}]`));
  const monitors = Object.entries({ ...graph.nodes, ...graph.world }).filter(
    ([, node]) => node.component === "diagnose/monitor",
  );
  const errors = problems.filter((p) => p.severity === "error");
  return {
    graph,
    monitors: Object.fromEntries(monitors),
    changes: (applied[0]?.changes ?? []).map((c) => c.text),
    errors,
  };
};

test("the contract of a stream says what is promised of it", async () => {
  const { monitors, changes } = await settings("{ports: [x, lossy, late]}");
  expect(monitors["diagnose#x"]!.params).toMatchObject({
    port: "x",
    over: 1,
    rate: { min: 100, max: 100, promise: "its contract (rate 100hz)" },
    age: { held: true },
    range: { low: 0, high: 1000 },
    drops: { max: 0, period: 0.01 },
  });
  const lossy = monitors["diagnose#lossy"]!.params as unknown as {
    rate: { min: number; slack: number };
    age: { max: number };
    drops: object;
  };
  expect(lossy.rate.min).toBe(45);
  expect(lossy.drops).toMatchObject({ max: 0.1, period: 0.02 });
  // six losses in a row have a chance of one in a million
  expect(lossy.age.max).toBeCloseTo(7 * 0.02, 12);
  expect(monitors["diagnose#late"]!.params.age).toMatchObject({ max: 0.005, held: false });
  expect(changes[0]).toBe("a monitor of `x`: rate 100 Hz, age below 13 ms, range 0 to 1000, drops below 0 %");
});

test("the clock of a node is a promise too; options go before both", async () => {
  const { monitors } = await settings("{ports: [control.value, on_demand.value], rate: {min: 5hz}, over: 3s}");
  expect(monitors["diagnose#control"]!.params).toMatchObject({
    over: 3,
    rate: { min: 5, promise: "`rate` of `diagnose`" },
  });
  expect(monitors["diagnose#on_demand"]!.params.rate).toEqual(monitors["diagnose#control"]!.params.rate);
  const bare = await settings("{ports: control.value}");
  expect(bare.monitors["diagnose#control"]!.params).toMatchObject({
    rate: { min: 20, max: 20, promise: "its clock of 20 Hz" },
  });
});

test.each<[string, string, string, RegExp, RegExp]>([
  [
    "a port of which nothing is promised",
    "{ports: [x, free]}",
    "L0511 /rewrites/0/ports",
    /hold `free` to/,
    /`contract`/,
  ],
  [
    "drops of a port whose rate nobody knows",
    "{ports: [free], drops: 1%}",
    "L0512 /rewrites/0/drops",
    /`free`, which has neither a contract/,
    /sequence/,
  ],
  [
    "a sequence that is not there",
    "{ports: [pair], drops: {sequence: seq}}",
    "L0512 /rewrites/0/drops",
    /no number `seq`/,
    /counts up/,
  ],
  [
    "a range that is none",
    "{ports: [x], range: [3, 1]}",
    "L0515 /rewrites/0/range",
    /begins at 3 and ends at 1/,
    /Exchange/,
  ],
  [
    "a rate that is none",
    "{ports: [x], rate: {min: 5hz, max: 2hz}}",
    "L0515 /rewrites/0/rate",
    /at least 5 Hz and at most 2 Hz/,
    /Exchange/,
  ],
  ["an age of nothing", "{ports: [x], max_age: 0s}", "L0515 /rewrites/0/max_age", /nothing/, /50ms/],
  [
    "a window that holds nothing",
    "{ports: [command], over: 10ms}",
    "L0512 /rewrites/0/over",
    /fewer than two messages/,
    /0.1 s or longer/,
  ],
  ["a quantity that is none", "{ports: [x], max_age: 50}", "L0502 /rewrites/0/max_age", /must be a text/, /^$/],
  ["a quantity without a unit", '{ports: [x], max_age: "50"}', "L0119 /rewrites/0/max_age", /./, /`50ms`/],
])("%s is refused", async (_, options, told, message, help) => {
  const { errors, monitors } = await settings(options);
  expect(errors.map((p) => `${p.code} ${p.path}`)).toEqual([told]);
  expect(errors[0]!.message).toMatch(message);
  expect(errors[0]!.help ?? "").toMatch(help);
  expect(monitors).toEqual({});
});

test("a pattern passes over ports of which nothing is promised, unless there are no others", async () => {
  const { monitors, errors } = await settings("{ports: {place: in}}");
  expect([Object.keys(monitors), errors]).toEqual([["diagnose#x", "diagnose#lossy", "diagnose#late"], []]);
  expect((await settings('{ports: {id: "on*"}}')).errors.map((p) => p.code)).toEqual(["L0511"]);
});

test("a port of the world is watched from within the world", async () => {
  const { graph, errors } = await settings("{ports: [w.value], rate: 100hz}");
  expect(errors).toEqual([]);
  expect(graph.world["diagnose#w"]!.in.watched!.from).toBe("w.value");
  expect(graph.nodes).not.toHaveProperty("diagnose#w");
});

test("one port twice: each monitor has an id of its own", async () => {
  const twice = await rewritten(
    authored(`${plant}rewrites: [{diagnose: {ports: [x]}}, {diagnose: {ports: ["pair", x], max_age: 1s}}]`),
  );
  expect(Object.keys(twice.graph.nodes).filter((id) => id.includes("#"))).toEqual([
    "diagnose#x",
    "diagnose#pair",
    "diagnose#x_2",
  ]);
});

test("a graph that keeps its promises runs without a word, chance of its losses and jitter included", async () => {
  const { result, traces } = await run(
    `${plant.replace('pair: {message: Vector2, live: "udp://127.0.0.1:9"}', "")}rewrites: [{diagnose: {ports: [x, lossy, late, command, control.value]}}]`,
    {
      for_ms: 60_000,
    },
  );
  expect(result.warnings.filter((p) => p.code.startsWith("L044"))).toEqual(
    // x counts up past its range
    [expect.objectContaining({ code: "L0442" })],
  );
  expect(traces["diagnose#lossy.diagnosis"]!.map(({ message }) => (message as { level: string }).level)).toEqual([
    "ok",
    "ok",
    "ok",
  ]);
});

test("a port that falls silent is heard of at once, and by name at the end", async () => {
  const { result, traces } = await run(
    `
world: {log: {component: test/script, params: {items: [[0, value, 1], [100, value, 2], [200, value, 3]]}}}
streams: {in: {x: {message: Scalar, simulate: log.value}}}
nodes: {reader: {component: test/pass, in: {value: x}}}
rewrites: [{diagnose: {ports: [x], max_age: 150ms, rate: {min: 5hz}}}]
`,
    { for_ms: 8000 },
  );
  const said = traces["diagnose#x.diagnosis"]!.map(({ time_ns, message }) => {
    const { check, level } = message as { check: string; level: string };
    return `${Number((time_ns / 1e9).toFixed(3))} ${check} ${level}`;
  });
  expect(said).toEqual(["0 age ok", "0.35 age warn", "0.5 age error", "4 rate error"]);
  expect(
    result.warnings.filter((p) => p.code.startsWith("L044")).map((p) => `${p.code} ${p.path} ${p.message}`),
  ).toEqual([
    "L0440 /nodes/diagnose#x `x` came at 0.75 Hz, and `rate` of `diagnose` says at least 5 Hz: from 0 s on (1 of 1 looks)",
    "L0441 /nodes/diagnose#x the value at `x` was 3.8 s old, and `max_age` of `diagnose` allows 150 ms: from 0.35 s on (2 of 5 looks)",
  ]);
});

test("what is watched is the effective value, also of faults that are injected later in the file, or earlier", async () => {
  for (const rewrites of [
    "[{diagnose: {ports: [x]}}, {inject-fault: {ports: [x], loss: 100%}}]",
    "[{inject-fault: {ports: [x], loss: 100%}}, {diagnose: {ports: [x]}}]",
  ]) {
    const { graph } = await rewritten(authored(`${plant}rewrites: ${rewrites}`));
    expect(graph.nodes["diagnose#x"]!.in.watched!.from).toBe("x#loss.value");
  }
});
