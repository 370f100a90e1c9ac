import { expect, test } from "vitest";
import type { Graph } from "../../src/graph/ir.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { bind, parseSet } from "../../src/graphfile/params.js";

const text = `limbeck: 1
name: p
params:
  rate: {type: string, default: 100hz}
  gains: {type: array, default: [1, 2]}
  kp: {type: number, minimum: 0, maximum: 50, default: 30}
  mode: {enum: [fast, slow], default: slow}
  low: {type: number, default: -2}
streams:
  in: {s: {message: Scalar, live: x, contract: {rate: $rate, latency: 1ms, range: [$low, 2]}, initial: $kp}}
world:
  arm: {component: sim/two-link-arm, on: $rate, params: {q0: $gains, nested: {deep: [$kp, "$kp "]}}}
nodes:
  n: {component: x/y, in: {a: {from: s, max_age: 1s, missing: {default: $kp}}}, params: {mode: $mode}, safe: {out: $kp}}
rewrites:
  - record: {as: r, keep: {rows: $kp}}
`;
const loaded = (): Graph => parseGraphFile(text, "f").graph!;

test("$name is replaced everywhere it may stand, and only where it is the whole string", () => {
  const graph = loaded();
  const before = structuredClone(graph);
  const { graph: bound, problems } = bind(graph, { set: { kp: 40 } });
  expect(problems).toEqual([]);
  expect(graph).toEqual(before);
  expect(bound.streams.in.s).toMatchObject({ contract: { rate: "100hz", range: [-2, 2] }, initial: 40 });
  expect(bound.world.arm).toMatchObject({
    on: { clock: "100hz" },
    params: { q0: [1, 2], nested: { deep: [40, "$kp "] } },
  });
  expect(bound.nodes.n).toMatchObject({
    in: { a: { missing: { default: 40 } } },
    params: { mode: "slow" },
    safe: { out: 40 },
  });
  expect(bound.rewrites).toEqual([{ rule: "record", options: { as: "r", keep: { rows: 40 } } }]);
  expect(bound.params.kp!.default).toBe(40);
});

test("a node's own params are set by its id, in the world and in the system, whole or new", () => {
  const { graph, problems } = bind(loaded(), { set: { "arm.q0": [0.5, 0], "arm.mass": 2, "n.mode": "fast" } });
  expect(problems.map((p) => p.code)).toEqual(["L0122", "L0122"]);
  expect(graph.world.arm!.params).toMatchObject({ q0: [0.5, 0], mass: 2, nested: {} });
  expect(graph.nodes.n!.params).toEqual({ mode: "fast" });
});

test.each([
  [{ kp: "x" }, "L0117", "param `kp` is a number, not the text `x`"],
  [{ kp: -1 }, "L0117", "param `kp` is at least 0, not the number -1"],
  [{ kp: 51 }, "L0117", "param `kp` is at most 50, not the number 51"],
  [{ gains: 3 }, "L0117", "param `gains` is a list, not the number 3"],
  [{ mode: "medium" }, "L0117", 'param `mode` is one of `"fast"`, `"slow"`, not the text `medium`'],
  [{ "arn.q0": 1 }, "L0116", "`arn.q0` can not be set: the graph has no such param or node"],
  [{ arm: 1 }, "L0116", "`arm` can not be set: the graph has no such param or node"],
] as const)("--set %o is refused", (set, code, message) => {
  const { problems } = bind(loaded(), { set });
  expect(problems).toMatchObject([{ code, message }]);
  expect(problems[0]!.path).toBeUndefined();
});

test("what is refused is told once: the graph keeps its default", () => {
  const { graph, problems } = bind(loaded(), { set: { kp: "x" } });
  expect(problems).toHaveLength(1);
  expect(graph.params.kp!.default).toBe(loaded().params.kp!.default);
});

test("binding again with what was bound gives the same graph", () => {
  const once = bind(loaded(), { set: { kp: 40 } }).graph;
  expect(bind(once, { set: {} }).graph).toEqual(once);
});

test.each([
  ["kp=40", { name: "kp", value: 40 }],
  ["arm.q0=[0.1, -2e-3]", { name: "arm.q0", value: [0.1, -0.002] }],
  ["log.path=a=b.csv", { name: "log.path", value: "a=b.csv" }],
  ["log.path=/data/run 1.csv", { name: "log.path", value: "/data/run 1.csv" }],
  ["on=true", { name: "on", value: true }],
  ["n.box={low: [1], high: x}", { name: "n.box", value: { low: [1], high: "x" } }],
  ['s="7"', { name: "s", value: "7" }],
])("parseSet %s", (written, expected) => {
  expect(parseSet(written)).toEqual(expected);
});

test.each(["kp", "=3", "kp=", "kp=[1", "kp=*a", `kp=${"x".repeat(70_000)}`, "kp=!!int 3", "kp=.nan"])(
  "parseSet refuses %s",
  (written) => {
    const parsed = parseSet(written);
    expect("problem" in parsed && parsed.problem.code).toBe("L0118");
  },
);
