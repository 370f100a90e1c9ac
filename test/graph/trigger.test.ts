/** When nodes fire, and how types pass through components that give out what they are given. */
import { expect, test } from "vitest";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { testCatalogue } from "../support/catalogue.js";
import { inspectGraph } from "../support/inspect.js";

function typedOf(text: string) {
  const { typed, problems } = inspectGraph(parseGraphFile(`limbeck: 1\nname: t\n${text}`, "f"), testCatalogue);
  expect(problems.filter((p) => p.severity === "error")).toEqual([]);
  return typed!;
}
const triggerOf = (text: string, id = "n") => {
  const vertex = typedOf(text).byId.get(id)!;
  return vertex.place === "nodes" || vertex.place === "world" ? vertex.trigger : undefined;
};
const clockOf = (period_ns: number, phase_ns = 0) => ({ kind: "clock", period_ns, phase_ns });
const source = "a: {component: test/clocked}";

test.each([
  ["its own clock", "n: {component: test/clocked, on: 100hz}", clockOf(1e7)],
  ["its own clock with a phase", "n: {component: test/clocked, on: {clock: 3hz, phase: 5ms}}", clockOf(1e9 / 3, 5e6)],
  ["its component's clock", "n: {component: test/clocked}", clockOf(2e7)],
  [
    "its event inputs",
    "n: {component: test/event, in: {press: a.value, held: a.value}}",
    { kind: "each", ports: ["press"] },
  ],
  ["all its inputs", "n: {component: test/scalar, in: {value: a.value}}", { kind: "each", ports: ["value"] }],
  [
    "what it says",
    "n: {component: test/event, on: {each: [held]}, in: {press: a.value, held: a.value}}",
    { kind: "each", ports: ["held"] },
  ],
  [
    "a delayed input too",
    "n: {component: test/scalar, in: {value: {from: a.value, delay: 5ms, initial: 0}}}",
    { kind: "each", ports: ["value"] },
  ],
])("a node fires on %s", (_, node, trigger) => {
  expect(triggerOf(`nodes:\n  ${source}\n  ${node}\n`)).toEqual(trigger);
});

const fed = (component: string, on = "") => `
streams:
  in:
    slow: {message: Vector2, simulate: n.target, contract: {rate: 2hz}}
    fast: {message: Vector2, simulate: n.target, contract: {rate: 50hz}}
world:
  n: {component: ${component}${on}}
`;

test("a node of the world fires at the highest rate of the streams it feeds, unless it says otherwise", () => {
  expect(triggerOf(fed("sim/waypoints"))).toEqual(clockOf(2e7));
  expect(triggerOf(fed("sim/waypoints", ", on: 7hz"))).toEqual(clockOf(1e9 / 7));
});

test("a source drives itself, whatever rate its stream has", () => {
  const text =
    "streams: {in: {s: {message: Vector2, simulate: n.row, contract: {rate: 2hz}}}}\nworld: {n: {component: source/csv}}\n";
  expect(triggerOf(text)).toEqual({ kind: "source" });
});

test("types pass through generic components, in whatever order they are declared, and through delays", () => {
  const typed = typedOf(`
nodes:
  c: {component: filter/low-pass, on: 10hz, in: {value: {from: b.value, delay: 1period, initial: 0}}}
  b: {component: filter/low-pass, in: {value: a.value}}
  a: {component: test/clocked}
`);
  expect(typed.vertices.map((v) => v.id)).toEqual(["c", "a", "b"]);
  expect(typed.byId.get("c")!.inputs[0]).toMatchObject({ type: { type: "number" }, delay_ns: 1e8 });
  expect(typed.byId.get("c")!.outputs[0]!.type).toMatchObject({ type: "number" });
});

test("the loop through the world needs no delay; nodes may read what an out-stream sends", () => {
  const typed = typedOf(`
streams:
  in: {joints: {message: JointState2, simulate: arm.joints, contract: {rate: 10hz}}, target: {message: Vector2, live: x}}
  out: {torque: {message: Vector2, from: pd.torque, initial: [0, 0]}}
world: {arm: {component: sim/two-link-arm, in: [torque]}}
nodes:
  watch: {component: filter/low-pass, in: {value: torque}}
  pd: {component: control/pd, in: [target, joints]}
`);
  expect(typed.vertices.map((v) => v.id)).toEqual(["arm", "joints", "target", "pd", "torque", "watch"]);
  expect(typed.byId.get("arm")!.inputs[0]!.boundary).toBe(true);
  expect(typed.byId.get("watch")!.inputs[0]!.boundary).toBe(false);
  expect(typed.byId.get("torque")!.outputs).toMatchObject([{ port: "out", initial: [0, 0] }]);
});

test("fields are selected: a field of a message, an element of a tensor in it", () => {
  const typed = typedOf(`
streams: {in: {joints: {message: JointState2, live: x}}}
nodes: {n: {component: test/scalar, in: {value: "joints:velocity[1]"}}}
`);
  expect(typed.byId.get("n")!.inputs[0]).toMatchObject({
    from: { vertex: "joints", port: "out", field: ["velocity", "1"] },
    type: { type: "number", unit: "rad/s" },
  });
});

const [left, both] = ["in: {left: a.value}", "in: {left: a.value, right: a.value, held: a.value}"];
const windowOf = (port: string, more: object) => ({ kind: "window", port, ...more });

test.each([
  ["messages that follow each other", left, "{count: 3}", windowOf("left", { count: 3, every_count: 3 })],
  ["messages that overlap", left, "{count: 3, every: 1}", windowOf("left", { count: 3, every_count: 1 })],
  ["messages with gaps", left, "{count: 3, every: 5}", windowOf("left", { count: 3, every_count: 5 })],
  ["messages, in time", left, "{count: 3, every: 20ms}", windowOf("left", { count: 3, every_ns: 20e6 })],
  ["messages, at a rate", left, "{count: 3, every: 3hz}", windowOf("left", { count: 3, every_ns: 1e9 / 3 })],
  ["a time", left, "{duration: 50ms}", windowOf("left", { duration_ns: 50e6, every_ns: 50e6 })],
  ["a sliding time", left, "{duration: 50ms, every: 10ms}", windowOf("left", { duration_ns: 50e6, every_ns: 10e6 })],
  ["a time, by messages", left, "{duration: 50ms, every: 2}", windowOf("left", { duration_ns: 50e6, every_count: 2 })],
  ["an input by name", both, "{port: right, count: 3}", windowOf("right", { count: 3, every_count: 3 })],
])("a window over %s", (_, inputs, window, trigger) => {
  const text = `nodes:\n  ${source}\n  n: {component: test/events, on: {window: ${window}}, ${inputs}}\n`;
  expect(triggerOf(text)).toEqual(trigger);
});

test("aligned ports and silence may be signals and events", () => {
  const on = (trigger: string) => `nodes:\n  ${source}\n  n: {component: test/events, on: ${trigger}, ${both}}\n`;
  expect(triggerOf(on("{aligned: {ports: [held, left], within: 0ms}}"))).toEqual({
    kind: "aligned",
    ports: ["held", "left"],
    within_ns: 0,
  });
  expect(triggerOf(on("{silence: {port: held, for: 50ms}}"))).toEqual({ kind: "silence", port: "held", for_ns: 50e6 });
});

test("quantities and counts of a trigger may be params", () => {
  const text = `params: {n: {default: 4}, t: {default: 5ms}}\nnodes:\n  ${source}\n  n: {component: test/events, on: {window: {count: $n, every: $t}}, ${left}}\n`;
  expect(triggerOf(text)).toEqual(windowOf("left", { count: 4, every_ns: 5e6 }));
});

test("a component's own trigger counts over the inputs that are connected", () => {
  const on = (component: string, inputs: string) =>
    triggerOf(`nodes:\n  ${source}\n  n: {component: ${component}, in: ${inputs}}\n`);
  const two = "{left: a.value, right: a.value}";
  expect(on("test/aligned", two)).toEqual({ kind: "aligned", ports: ["left", "right"], within_ns: 5e6 });
  expect(on("test/window", two)).toEqual(windowOf("left", { count: 3, every_count: 3 }));
  expect(on("test/window", "{right: a.value}")).toEqual({ kind: "each", ports: ["right"] });
});

test("a delay may be a period of a window in time, and of no other window", () => {
  const delayed = (window: string) =>
    `limbeck: 1\nname: t\nnodes:\n  ${source}\n  n: {component: test/events, on: {window: ${window}}, in: {left: a.value, held: {from: n.value, delay: 1period, initial: 0}}}\n`;
  const found = (window: string) => inspectGraph(parseGraphFile(delayed(window), "f"), testCatalogue);
  expect(found("{count: 3, every: 20ms}").typed!.byId.get("n")!.inputs[1]!.delay_ns).toBe(20e6);
  const errors = found("{count: 3}").problems.filter((p) => p.severity === "error");
  expect(errors).toMatchObject([{ code: "L0119", message: expect.stringContaining("no clock") }]);
});
