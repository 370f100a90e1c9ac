/** Nodes and ports chosen by name, by pattern and by both, and what is said when nothing fits. */
import { describe, expect, test } from "vitest";
import { checkOptions } from "../../src/rewrite/options.js";
import { rules } from "../../src/rewrite/rules/index.js";
import { authored, rewritten } from "../support/graphs.js";

const graph = `
messages: {Pair: {left: number, right: number}, Other: {left: number, right: number}}
streams:
  in:
    x: {message: Scalar, simulate: w.value, contract: {rate: 10hz}}
    y: {message: Vector2, live: "udp://127.0.0.1:9"}
  out: {command: {message: Scalar, from: control.value}}
world: {w: {component: test/count}}
nodes:
  low: {component: filter/ema, tags: [sensing], in: {value: x}, params: {time_constant: 1}}
  mid: {component: filter/median, tags: [sensing, safety], in: {value: low.value}, params: {samples: 3}}
  flat: {component: filter/ema, in: {value: y}, params: {time_constant: 1}}
  control: {component: test/sum, on: 10hz, tags: [safety], in: {a: mid.value, b: x}}
`;

/** Ids of the monitors that a choice of ports leads to. */
async function watched(ports: string) {
  const {
    graph: after,
    applied,
    problems,
  } = await rewritten(authored(`${graph}rewrites: [{diagnose: {ports: ${ports}, max_age: 1s}}]`));
  expect(problems.filter((p) => p.severity === "error")).toEqual(applied.flatMap((a) => a.refusals));
  return {
    watched: Object.values({ ...after.nodes, ...after.world }).flatMap((node) =>
      node.component === "diagnose/monitor" ? [node.params.port] : [],
    ),
    refusals: applied.flatMap((a) => a.refusals),
  };
}

test.each([
  ["a lone name", "x", ["x"]],
  ["a list of names", "[control.value, x]", ["control.value", "x"]],
  ["a component", '{component: "filter/*"}', ["low.value", "mid.value", "flat.value"]],
  ["a tag", "{tag: safety}", ["mid.value", "control.value"]],
  ["two things at once", '{component: "filter/*", tag: safety}', ["mid.value"]],
  ["an id", '{id: "?"}', ["x", "y"]],
  ["a place", "{place: out}", ["command"]],
  ["the world, when it is named", "{place: world}", ["w.value"]],
  ["a message type's name", "{message: Vector2}", ["y", "flat.value"]],
  ["a message type by pattern", '{message: "Vec*"}', ["y"]],
  ["a message type written out", "{message: {tensor: [2]}}", ["y", "flat.value"]],
  ["an output's name", "{port: value, component: test/sum}", ["control.value"]],
  [
    "names and patterns, each port once",
    '[mid.value, {component: "filter/*"}, x]',
    ["mid.value", "low.value", "flat.value", "x"],
  ],
])("ports by %s", async (_, ports, chosen) => {
  expect(await watched(ports)).toEqual({ watched: chosen, refusals: [] });
});

test.each<[string, string, string, RegExp, RegExp]>([
  [
    "a component that no node has",
    '{component: "filtr/*"}',
    "/rewrites/0/ports",
    /^`diagnose`: no port has the component `filtr\/\*`$/,
    /Did you mean `filter\/\*`\? The ports: .*`low\.value` \(filter\/ema\), .*`control\.value` \(test\/sum\)/,
  ],
  [
    "a tag that no node has",
    "[x, {tag: saftey}]",
    "/rewrites/0/ports/1",
    /the tag `saftey`/,
    /Did you mean `safety`\?.*`mid\.value` \(sensing safety\)/,
  ],
  [
    "a type that no port has",
    "{message: Vector3}",
    "/rewrites/0/ports",
    /the message type `Vector3`/,
    /`x` \(Scalar\)/,
  ],
  [
    "what fits only apart",
    "{tag: safety, component: filter/ema}",
    "/rewrites/0/ports",
    /all of the component `filter\/ema`, the tag `safety`/,
    /`mid\.value` \(filter\/median, sensing safety\)/,
  ],
  [
    "an id in a place",
    '{id: "w*", place: nodes}',
    "/rewrites/0/ports",
    /no port among the nodes has the id `w\*`/,
    /The ports: `low\.value`, `mid\.value`/,
  ],
  [
    "a name that is meant as a pattern",
    '["lo*"]',
    "/rewrites/0/ports/0",
    /`lo\*` is taken for a name/,
    /`\{id: "lo\*"\}`/,
  ],
  ["a name that is not there", "[contrl.value]", "/rewrites/0/ports/0", /no such port/, /`control\.value`/],
])("%s is refused, with what there is", async (_, ports, path, message, help) => {
  const { watched: inserted, refusals } = await watched(ports);
  expect(inserted).toEqual([]);
  expect(refusals.map((p) => p.path)).toEqual([path]);
  expect(refusals[0]!.message).toMatch(message);
  expect(refusals[0]!.help).toMatch(help);
});

test("nodes by pattern: substitute takes them as one region, or each by itself", async () => {
  const each = await rewritten(
    authored(
      `${graph}rewrites: [{substitute: {nodes: {component: filter/ema}, each: true, with: filter/median, params: {samples: 5}}}]`,
    ),
  );
  expect(each.applied[0]!.refusals).toEqual([]);
  expect(Object.entries(each.graph.nodes).map(([id, { component }]) => [id, component])).toEqual([
    ["low", "filter/median"],
    ["mid", "filter/median"],
    ["flat", "filter/median"],
    ["control", "test/sum"],
  ]);
  const region = await rewritten(
    authored(`${graph}rewrites: [{substitute: {nodes: [{tag: sensing}, control], with: test/sum, inputs: {a: x}}}]`),
  );
  expect(region.applied[0]!.refusals).toEqual([]);
  expect(Object.keys(region.graph.nodes)).toEqual(["flat", "control"]);
});

test("each: one that does not fit, and nothing is changed", async () => {
  const { graph: after, applied } = await rewritten(
    authored(`${graph}rewrites: [{substitute: {nodes: {tag: safety}, each: true, with: test/sum, params: {gain: 2}}}]`),
  );
  expect(Object.values(after.nodes).map(({ component }) => component)).toEqual([
    "filter/ema",
    "filter/median",
    "filter/ema",
    "test/sum",
  ]);
  expect(applied[0]!.refusals.length).toBeGreaterThan(0);
});

test("what rules inserted is chosen by no pattern", async () => {
  const { graph: after } = await rewritten(
    authored(
      `${graph}rewrites: [{inject-fault: {ports: [x], loss: 10%}}, {inject-fault: {ports: {message: Scalar, place: in}, delay: 5ms}}, {record: {as: r, outputs: {component: "fault/*"}}}]`,
    ),
  );
  expect(Object.keys(after.nodes).filter((id) => id.includes("#"))).toEqual(["x#loss", "x#delay"]);
});

describe("options that do not fit are told once, where they stand", () => {
  test.each([
    ["diagnose", { ports: { componnt: "x" } }, ["L0503 /p/ports/componnt"], /`componnt`/, /`component`/],
    ["diagnose", { ports: 3 }, ["L0502 /p/ports"], /must be a text or a mapping or a list/, /^$/],
    ["diagnose", { ports: ["x", 3] }, ["L0502 /p/ports/1"], /must be a text or a mapping/, /^$/],
    ["diagnose", { ports: [] }, ["L0502 /p/ports"], /must name at least 1/, /^$/],
    ["diagnose", { ports: {} }, ["L0502 /p/ports"], /must say something/, /^$/],
    ["diagnose", { ports: { id: "a".repeat(300) } }, ["L0502 /p/ports/id"], /256/, /^$/],
    ["diagnose", {}, ["L0502 /p"], /lacks `ports`/, /^$/],
    ["diagnose", { ports: "x", frequency: { bellow: "3hz" } }, ["L0503 /p/frequency/bellow"], /`bellow`/, /`below`/],
    ["inject-fault", { ports: "x", loss: { shar: 0.1 } }, ["L0503 /p/loss/shar"], /`shar`/, /`share`/],
    ["inject-fault", { ports: "x", loss: 3 }, ["L0502 /p/loss"], /1/, /^$/],
    ["inject-fault", { ports: "x", losss: 3 }, ["L0503 /p/losss"], /`losss`/, /`loss`/],
  ])("%s %j", (name, options, told, message, help) => {
    const rule = rules.find((r) => r.name === name)!;
    const problems = checkOptions(rule, options as never, "/p");
    expect(new Set(problems.map((p) => `${p.code} ${p.path}`))).toEqual(new Set(told));
    expect(problems[0]!.message).toMatch(message);
    expect(problems[0]!.help ?? "").toMatch(help);
  });
});
