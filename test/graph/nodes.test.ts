/** How nodes run and what waits for them, from the file to the checked graph. */
import { expect, test } from "vitest";
import { check } from "../../src/graph/check.js";
import type { Graph, GraphNode } from "../../src/graph/ir.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { testCatalogue } from "../support/catalogue.js";
import { inspectGraph } from "../support/inspect.js";

/** The node `n` of a checked graph, written with what is to be tried. */
function nodeOf(more: string, { component = "test/events", params = "" } = {}) {
  const text = `limbeck: 1\nname: t\n${params}\nnodes:\n  a: {component: test/clocked}\n  n: {component: ${component}, ${more}}\n`;
  const { typed, problems } = inspectGraph(parseGraphFile(text, "f"), testCatalogue);
  expect(problems.filter((p) => p.severity === "error")).toEqual([]);
  const vertex = typed!.byId.get("n")!;
  if (vertex.place !== "nodes") throw new Error("no node");
  return vertex;
}
const left = "in: {left: a.value}";

test.each([
  ["5ms", { kind: "constant", ns: 5e6 }],
  ["0ms", { kind: "constant", ns: 0 }],
  ["{normal: [5ms, 250us]}", { kind: "normal", mean_ns: 5e6, sd_ns: 250e3 }],
  ["{empirical: [4ms, 5ms, 9ms]}", { kind: "empirical", values_ns: [4e6, 5e6, 9e6] }],
])("latency: %s", (written, latency) => {
  expect(nodeOf(`${left}, latency: ${written}`).latency).toEqual(latency);
});

test.each([
  ["3", { budget: 3, within_ns: Number.POSITIVE_INFINITY, after_ns: 10e6 }],
  ["{budget: 2, within: 1min}", { budget: 2, within_ns: 60e9, after_ns: 10e6 }],
  ["{budget: 2, after: 0ms}", { budget: 2, within_ns: Number.POSITIVE_INFINITY, after_ns: 0 }],
])("restart: %s", (written, restart) => {
  expect(nodeOf(`${left}, restart: ${written}`).restart).toEqual(restart);
});

test("place, time-out and tags; what is not said is not there", () => {
  const said = nodeOf(`${left}, place: process, timeout: 100ms, tags: [slow, vision]`);
  expect(said).toMatchObject({ placement: "process", timeout_ns: 100e6, node: { tags: ["slow", "vision"] } });
  expect(nodeOf(`${left}, place: inline`).placement).toBe("inline");
  const bare = nodeOf(left);
  for (const key of ["latency", "restart", "placement", "timeout_ns"]) expect(bare).not.toHaveProperty(key);
  expect(bare.inputs[0]).not.toHaveProperty("queue");
  expect(bare.inputs[0]).not.toHaveProperty("exact");
});

test("a node of the world may be slow and be started again", () => {
  const text =
    "limbeck: 1\nname: t\nworld: {n: {component: test/clocked, latency: 5ms, restart: 1}}\nstreams: {in: {s: {message: Scalar, simulate: n.value}}}\n";
  const { typed } = inspectGraph(parseGraphFile(text, "f"), testCatalogue);
  expect(typed!.byId.get("n")).toMatchObject({ latency: { kind: "constant", ns: 5e6 }, restart: { budget: 1 } });
});

test.each([
  ["10", { size: 10, policy: "drop_oldest" }],
  ["{size: 4, policy: block}", { size: 4, policy: "block" }],
  ["{size: $n, policy: fault}", { size: 7, policy: "fault" }],
  ["$n", { size: 7, policy: "drop_oldest" }],
])("queue: %s", (written, queue) => {
  const params = written.includes("$n") ? "params: {n: {default: 7}}" : "";
  const { inputs } = nodeOf(`in: {left: {from: a.value, queue: ${written}}}`, { params });
  expect(inputs[0]!.queue).toEqual(queue);
});

test("an event that no trigger waits for may queue too", () => {
  const { inputs } = nodeOf("on: 10hz, in: {left: {from: a.value, queue: 5}, right: a.value}");
  expect(inputs[0]!.queue).toEqual({ size: 5, policy: "drop_oldest" });
});

test("exact is for signals", () => {
  const { inputs } = nodeOf("in: {left: a.value, held: {from: a.value, exact: true, max_age: 1s}}");
  expect(inputs[1]).toMatchObject({ exact: true, max_age_ns: 1e9 });
  expect(nodeOf("in: {left: a.value, held: {from: a.value, exact: false}}").inputs[1]).not.toHaveProperty("exact");
});

test("who blocks on a delayed connection, on a stream or on a plant is refused, who blocks on a source is not", () => {
  const codes = (input: string, world = "") => {
    const text = `limbeck: 1\nname: t\nworld:\n  log: {component: source/csv}\n  plant: {component: sim/waypoints, on: 10hz}\n  w: {component: test/vector, in: {value: ${world || "log.row"}}}\nnodes:\n  a: {component: test/clocked}\n  n: {component: test/events, in: {left: ${input}}}\n`;
    const { problems } = inspectGraph(parseGraphFile(text, "f"), testCatalogue);
    return problems.filter((p) => p.severity === "error").map((p) => p.code);
  };
  const block = "queue: {size: 2, policy: block}";
  expect(codes(`{from: a.value, ${block}}`)).toEqual([]);
  expect(codes(`{from: a.value, ${block}, delay: 5ms, initial: 0}`)).toEqual(["L0239"]);
  expect(codes("a.value", `{from: log.row, ${block}}`)).toEqual([]);
  expect(codes("a.value", `{from: plant.target, ${block}}`)).toEqual(["L0239"]);
});

/** Graphs need not come from a file. */
test.each<[Partial<GraphNode>, string]>([
  [{ restart: { budget: 0 } }, "L0233"],
  [{ latency: { empirical: ["5ms", "fast"] } }, "L0119"],
  [{ latency: {} as never }, "L0119"],
  [{ latency: { empirical: [] } }, "L0119"],
  [{ latency: { normal: ["5ms"] as never } }, "L0119"],
  [{ timeout: "0ms", place: "worker" }, "L0119"],
  [{ on: { window: { count: 2.5 } } }, "L0233"],
  [{ on: { window: { count: 3, every: 0 } } }, "L0233"],
  [{ on: { aligned: { ports: [], within: "1ms" } } }, "L0234"],
])("%o is refused", (more, code) => {
  const graph: Graph = {
    limbeck: 1,
    name: "t",
    seed: 0,
    params: {},
    messages: {},
    streams: { in: {}, out: {} },
    world: {},
    nodes: {
      a: { component: "test/clocked", in: {}, params: {} },
      n: { component: "test/events", in: { left: { from: "a.value" } }, params: {}, ...more },
    },
    rewrites: [],
  };
  const { problems } = check(graph, testCatalogue);
  expect(problems.filter((p) => p.severity === "error").map((p) => p.code)).toEqual([code]);
});
