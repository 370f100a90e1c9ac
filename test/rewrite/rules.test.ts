/** The rules record and substitute, and the engine that applies them in order of phase. */
import Type from "typebox";
import { expect, test } from "vitest";
import { step } from "../../src/component/step.js";
import { authored, memory, rewritten, run } from "../support/graphs.js";

const loop = `
streams:
  in: {target: {message: Scalar, simulate: operator.value, contract: {rate: 20hz}}, measured: {message: Scalar, simulate: plant.value, contract: {rate: 100hz}}}
  out: {command: {message: Scalar, from: controller.value, initial: 0}}
world:
  operator: {component: test/count}
  plant: {component: test/sum, in: {a: command}, params: {offset: 1}}
nodes:
  scale: {component: test/sum, in: {a: target}, params: {gain: 2}}
  controller: {component: test/sum, on: 100hz, in: {a: {from: scale.value, max_age: 70ms}, b: measured}, initial: {value: 5}}
evaluate: {metrics: {m: {rmse: [plant.value, target]}}, starts: {s: {}}}
`;

const refusalsOf = async (text: string, components = {}) => {
  const { applied, problems, graph } = await rewritten(authored(text), { components });
  return { refusals: applied.flatMap((a) => a.refusals), problems, graph };
};

test("record: a row a firing of the outputs' node, with what that firing read", async () => {
  const services = memory();
  const { traces } = await run(
    `${loop}rewrites: [{record: {as: r, inputs: [scale.value, measured], outputs: [controller.value]}}]`,
    {
      for_ms: 200,
      services,
    },
  );
  const { rows, incomplete, spec, closed } = services.kept.r!;
  expect(spec.rows).toBe("firings");
  expect(spec.ports.map(({ port, role }) => [port, role])).toEqual([
    ["scale.value", "input"],
    ["measured", "input"],
    ["controller.value", "output"],
  ]);
  expect(rows.length).toBe(traces["controller.value"]!.length);
  for (const { values } of rows)
    expect(values["controller.value"]).toBe((values["scale.value"] as number) + (values.measured as number));
  expect(incomplete).toEqual([]);
  expect(closed).toBe(true);
});

test("record: a row that lacks an input is counted by what it lacks", async () => {
  const services = memory();
  await run(
    `
world: {log: {component: test/script, params: {items: [[25, value, 1]]}}}
streams: {in: {x: {message: Scalar, simulate: log.value}}}
nodes: {n: {component: test/count, on: 10ms}}
rewrites: [{record: {as: r, inputs: [x], outputs: [n.value]}}]
`,
    { for_ms: 50, services },
  );
  expect(services.kept.r!.incomplete).toEqual(["x", "x", "x"]);
  expect(services.kept.r!.rows.map((row) => row.values)).toEqual([
    { x: 1, "n.value": 3 },
    { x: 1, "n.value": 4 },
  ]);
});

test("record: nodes of one clock make one row; where one is silent the row is incomplete", async () => {
  const services = memory();
  await run(
    `
world: {log: {component: test/script, params: {items: [[15, value, 1]]}}}
streams: {in: {x: {message: Scalar, simulate: log.value}}}
nodes: {n: {component: test/count, on: 10ms}, p: {component: test/pass, on: 10ms, in: {value: x}}}
rewrites: [{record: {as: r, outputs: [n.value, p.value]}}]
`,
    { for_ms: 40, services },
  );
  expect(services.kept.r!.incomplete).toEqual(["p.value", "p.value"]);
  expect(services.kept.r!.rows.map((row) => row.values)).toEqual([
    { "n.value": 2, "p.value": 1 },
    { "n.value": 3, "p.value": 1 },
  ]);
});

test("record: streams are kept message by message, to be joined by stamp", async () => {
  const services = memory();
  await run(`${loop}rewrites: [{record: {as: r, inputs: [target], outputs: [measured]}}]`, { for_ms: 60, services });
  const { spec, rows } = services.kept.r!;
  expect(spec.rows).toBe("asof");
  expect(rows.map((row) => Object.keys(row.values).join())).toEqual([
    "target,measured",
    "measured",
    "measured",
    "measured",
    "measured",
    "target,measured",
  ]);
});

test("record: an input with `delay: 1period` is read as the anchor reads it, although the recorder has no clock", async () => {
  const services = memory();
  await run(
    `
nodes:
  n: {component: test/count, on: 5ms}
  p: {component: test/pass, on: 10ms, in: {value: {from: n.value, delay: 1period, initial: -1}}}
rewrites: [{record: {as: r, inputs: [n.value], outputs: [p.value]}}]
`,
    { for_ms: 40, services },
  );
  expect(services.kept.r!.rows.map((row) => row.values)).toEqual([
    { "n.value": -1, "p.value": -1 },
    { "n.value": 0, "p.value": 0 },
    { "n.value": 2, "p.value": 2 },
    { "n.value": 4, "p.value": 4 },
  ]);
});

test.each([
  ["an unknown port", "{as: r, outputs: [controler.value]}", "L0504", "/rewrites/0/outputs/0", "`controller.value`"],
  [
    "an unknown option",
    "{as: r, output: [controller.value], outputs: [controller.value]}",
    "L0503",
    "/rewrites/0/output",
    "`outputs`",
  ],
  ["a missing option", "{as: r}", "L0502", "/rewrites/0", ""],
  ["a value of the wrong type", "{as: r, outputs: [controller.value], every: 0}", "L0502", "/rewrites/0/every", ""],
])("record with %s is refused where it stands", async (_, options, code, path, help) => {
  const { problems, graph } = await refusalsOf(`${loop}rewrites: [{record: ${options}}]`);
  const errors = problems.filter((p) => p.severity === "error");
  expect(errors.map((p) => [p.code, p.path])).toEqual([[code, path]]);
  expect(errors[0]!.help ?? "").toContain(help);
  expect(Object.keys(graph.nodes)).toEqual(["scale", "controller"]);
});

test("two recordings of one name: the second is refused", async () => {
  const { refusals } = await refusalsOf(
    `${loop}rewrites: [{record: {as: r, outputs: [measured]}}, {record: {as: r, outputs: [target]}}]`,
  );
  expect(refusals.map((p) => [p.code, p.path])).toEqual([["L0509", "/rewrites/1/as"]]);
});

test("rules are applied by phase, whatever their order in the file: record sees what substitute put there", async () => {
  const { applied } = await rewritten(
    authored(`${loop}rewrites:
  - record: {as: r, inputs: [target, measured], outputs: [controller.value]}
  - substitute: {nodes: [scale, controller], with: test/flat}
`),
    { components: { "test/flat": flat } },
  );
  expect(applied.map((a) => [a.rule, a.path])).toEqual([
    ["substitute", "/rewrites/1"],
    ["record", "/rewrites/0"],
  ]);
});

const flat = step({
  doc: "The whole controller in one.",
  inputs: { target: Type.Number(), measured: Type.Number() },
  outputs: { value: Type.Number() },
  step: ({ target, measured }) => ({ outputs: { value: 2 * target + measured } }),
});

test("substitute: a region with one output node keeps that node's name, trigger, ages and initial values", async () => {
  const components = { "test/flat": flat };
  const rules = "rewrites: [{substitute: {nodes: [scale, controller], with: test/flat}}]";
  const { graph, applied, typed } = await rewritten(authored(loop + rules), { components });
  expect(Object.keys(graph.nodes)).toEqual(["controller"]);
  expect(graph.nodes.controller).toMatchObject({
    component: "test/flat",
    on: { clock: "100hz" },
    initial: { value: 5 },
  });
  expect(graph.nodes.controller!.origin).toEqual({ rule: "substitute", path: "/rewrites/0" });
  expect(applied[0]!.changes).toEqual([
    { verb: "replaces", path: "/nodes/controller", text: "`scale`, `controller` by `test/flat`" },
  ]);
  expect(typed!.byId.get("controller")!.inserted).toBe(false);
  const [teacher, student] = [await run(loop, { for_ms: 500 }), await run(loop + rules, { for_ms: 500, components })];
  expect(student.result.ports.command).toBe(teacher.result.ports.command);
  expect(student.result.ports["controller.value"]).toBe(teacher.result.ports["controller.value"]);
  expect(student.result.apart).toEqual(teacher.result.apart);
});

test("substitute: several output nodes give way to one stand-in, and whoever named them is rewired", async () => {
  const text = `
streams:
  in: {x: {message: Scalar, simulate: w.value, contract: {rate: 10hz}}}
  out: {a: {message: Scalar, from: p.value}, b: {message: Scalar, from: q.value}}
world: {w: {component: test/count}}
nodes:
  p: {component: test/sum, in: {a: x}, params: {gain: 2}}
  q: {component: test/sum, in: {a: x}, params: {gain: 3}}
  r: {component: test/pass, in: {value: q.value}}
evaluate: {metrics: {m: {rmse: [p.value, q.value]}}, starts: {s: {}}}
`;
  const both = step({
    doc: "Both.",
    inputs: { x: Type.Number() },
    outputs: { p_value: Type.Number(), q_value: Type.Number() },
    step: ({ x }) => ({ outputs: { p_value: 2 * x, q_value: 3 * x } }),
  });
  const components = { "test/both": both };
  const rules = `rewrites:
  - record: {as: q_rows, outputs: [q.value]}
  - substitute: {nodes: [p, q], with: test/both}
`;
  const { graph, applied } = await rewritten(authored(text + rules), { components });
  expect(Object.keys(graph.nodes)).toEqual(["both", "r", "record#q_rows"]);
  expect(graph.streams.out).toMatchObject({ a: { from: "both.p_value" }, b: { from: "both.q_value" } });
  expect(graph.nodes.r!.in.value!.from).toBe("both.q_value");
  expect(graph.evaluate!.metrics.m).toEqual({ rmse: ["both.p_value", "both.q_value"] });
  expect(applied[0]!.changes.map((c) => c.text)).toEqual([
    "`p`, `q` by `test/both`",
    "`p.value` is now `both.p_value`",
    "`q.value` is now `both.q_value`",
  ]);
  const [teacher, student] = [await run(text, { for_ms: 500 }), await run(text + rules, { for_ms: 500, components })];
  for (const port of ["a", "b", "r.value"]) expect(student.result.ports[port]).toBe(teacher.result.ports[port]);
});

test("substitute: what stands in for nodes that fire each other speaks when they did", async () => {
  const text = `
streams:
  in:
    x: {message: Scalar, simulate: w.value, contract: {rate: 100hz, jitter: 3ms}}
    y: {message: Scalar, simulate: v.value, contract: {rate: 30hz, latency: 2ms}}
  out: {u: {message: Scalar, from: last.value}}
world: {w: {component: test/count, on: 100hz}, v: {component: test/count, on: 30hz}}
nodes:
  first: {component: test/sum, in: {a: x}, params: {gain: 2}}
  last: {component: test/sum, on: {each: [a, b]}, in: {a: first.value, b: y}, params: {offset: 1}}
`;
  const whole = step({
    doc: "Both.",
    inputs: { x: Type.Number(), y: { schema: Type.Number(), kind: "signal", optional: true } },
    outputs: { value: Type.Number() },
    step: ({ x, y = 0 }) => ({ outputs: { value: 2 * x + y + 1 } }),
  });
  const rules = "rewrites: [{substitute: {nodes: [first, last], with: test/whole}}]\n";
  const teacher = await run(text, { for_ms: 500 });
  const student = await run(text + rules, { for_ms: 500, components: { "test/whole": whole } });
  expect(teacher.at("u").length).toBeGreaterThan(50);
  expect(student.result.ports.u).toBe(teacher.result.ports.u);
});

test("substitute: a model in a stream's place; a recording of that name keeps its name", async () => {
  const twice = step({
    doc: "Twice.",
    inputs: { target: Type.Number() },
    outputs: { measured: Type.Number() },
    step: ({ target }) => ({ outputs: { measured: 2 * target } }),
  });
  const { graph } = await rewritten(
    authored(`${loop}rewrites:
  - substitute: {stream: measured, with: test/twice}
  - record: {as: measured, outputs: [measured]}
`),
    { components: { "test/twice": twice } },
  );
  expect(graph.nodes.controller!.in.b!.from).toBe("measured#model.measured");
  expect(graph.nodes["record#measured"]!.params).toMatchObject({
    as: "measured",
    outputs: ["measured#model.measured"],
  });
});

const needy = step({
  doc: "Wants more.",
  params: Type.Object({ rate: Type.Number() }),
  inputs: { a: Type.Number(), b: Type.Number(), wind: Type.Number() },
  outputs: { value: Type.Number() },
  step: ({ a }) => ({ outputs: { value: a } }),
});

test.each<[string, string, string, string, RegExp]>([
  [
    "no such component",
    "{nodes: [controller], with: control/pdd}",
    "L0509",
    "/rewrites/0/with",
    /no component `control\/pdd`/,
  ],
  ["no such node", "{nodes: [controler], with: test/sum}", "L0505", "/rewrites/0/nodes/0", /no such node/],
  ["an in-stream as node", "{nodes: [target], with: test/sum}", "L0505", "/rewrites/0/nodes/0", /a stream, not a node/],
  ["nothing to replace", "{with: test/sum}", "L0509", "/rewrites/0", /told nothing/],
  [
    "ports that do not fit",
    "{nodes: [controller], with: test/needy, params: {rate: 1}}",
    "L0507",
    "/rewrites/0/with",
    /wants `wind`/,
  ],
  ["a param that is missing", "{nodes: [controller], with: test/needy}", "L0402", "/rewrites/0/params", /`rate`/],
  [
    "a param of the wrong type",
    "{nodes: [controller], with: test/needy, params: {rate: x}}",
    "L0403",
    "/rewrites/0/params/rate",
    /number/,
  ],
  ["a stream that is not there", "{stream: joints, with: test/sum}", "L0504", "/rewrites/0/stream", /no such port/],
])("substitute with %s is refused, with the reason, and changes nothing", async (_, options, code, path, message) => {
  const { refusals, graph } = await refusalsOf(`${loop}rewrites: [{substitute: ${options}}]`, { "test/needy": needy });
  expect(refusals.map((p) => [p.code, p.path])).toEqual([[code, path]]);
  expect(refusals[0]!.message).toMatch(message);
  expect(graph.nodes).toEqual(authored(loop).nodes);
});

test("substitute: nodes that fire at different times have no common anchor", async () => {
  const { refusals } = await refusalsOf(`
streams: {out: {a: {message: Scalar, from: p.value}, b: {message: Scalar, from: q.value}}}
nodes: {p: {component: test/count, on: 10hz}, q: {component: test/count, on: 20hz}}
rewrites: [{substitute: {nodes: [p, q], with: test/sum}}]
`);
  expect(refusals.map((p) => p.code)).toEqual(["L0506"]);
  expect(refusals[0]!.message).toContain("`p` fires at 10 Hz; `q` fires at 20 Hz: their outputs make no common row");
});
