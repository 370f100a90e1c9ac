/** What is printed reads back as the same graph, whatever the author wrote. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import type { Graph, GraphNode, Input, Trigger } from "../../src/graph/ir.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { printGraph } from "../../src/graphfile/print.js";

const head = "limbeck: 1\nname: t\nseed: 0\n\n";
const read = (text: string): Graph => {
  const { graph, problems } = parseGraphFile(text, "f");
  expect(problems).toEqual([]);
  return graph!;
};

test.each([
  "on: {clock: 10hz, phase: 5ms}",
  "on: {aligned: {ports: [a, b], within: 5ms}}",
  "on: {window: {count: 5}}",
  "on: {window: {port: a, duration: 100ms, every: 10ms}}",
  "on: {window: {port: a, count: 5, every: 2}}",
  "on: {silence: {port: a, for: 50ms}}",
  "in: {a: {from: s, queue: 10}}",
  "in: {a: {from: s, queue: {size: 10, policy: block}}}",
  "in: {a: {from: s, exact: true}}",
  "latency: 5ms",
  "latency: {normal: [5ms, 1ms]}",
  "latency: {empirical: [4ms, 5ms, 9ms]}",
  "restart: 3",
  "restart: {budget: 3, within: 1min, after: 10ms}",
  "safe: {y: 0}, restart: $n, place: process, timeout: 100ms, tags: [slow, vision]",
])("%s is printed as it was written", (more) => {
  const text = `${head}nodes: {n: {component: x/y, ${more}}}\n`;
  expect(printGraph(read(text)).replace(/\n {4}|\n {2}/g, "")).toContain(more.split(", ")[0]);
  expect(digestOf(read(printGraph(read(text))))).toBe(digestOf(read(text)));
});

test("long and short form are one graph", () => {
  const one = (node: string) => digestOf(read(`${head}nodes: {n: {component: x/y, ${node}}}\n`));
  expect(one("restart: 3")).toBe(one("restart: {budget: 3}"));
  expect(one("in: {a: {from: s, queue: 10}}")).toBe(one("in: {a: {from: s, queue: {size: 10}}}"));
  expect(one("on: 10hz")).toBe(one("on: {clock: 10hz}"));
});

test.each(["leg/ik", "leg#1/ik", "leg/record#reach", "a/b/c"])("%s is an id", (id) => {
  const text = `${head}nodes: {${JSON.stringify(id)}: {component: x/y}, n: {component: x/y, in: {a: ${JSON.stringify(`${id}.y`)}}}}\n`;
  const graph = read(text);
  expect(Object.keys(graph.nodes)).toEqual([id, "n"]);
  expect(read(printGraph(graph))).toEqual(graph);
});

test.each(["/ik", "leg/", "leg//ik", "leg/1", "#a", "leg#", "leg/#a"])("%s is none", (id) => {
  const { problems } = parseGraphFile(`${head}nodes: {${JSON.stringify(id)}: {component: x/y}}\n`, "f");
  expect(problems.map((p) => p.code)).toEqual(["L0114"]);
});

test.each(["params", "messages"])("names of %s are plain", (part) => {
  const { problems } = parseGraphFile(`${head}${part}: {"a/b": {type: number}}\n`, "f");
  expect(problems.map((p) => p.code)).toEqual(["L0114"]);
});

const stream = (message: string, more = "") => `${head}${more}streams: {in: {s: {message: ${message}}}}\n`;

test.each([
  ["{tensor: [2], unit: rad}", "{tensor: [2], unit: rad}"],
  ["{unit: rad, tensor: [2], dtype: float64}", "{tensor: [2], unit: rad}"],
  ["{tensor: [2], dtype: float32}", "{tensor: [2], dtype: float32}"],
  ["{type: number, minimum: 0, unit: m}", "{type: number, minimum: 0, unit: m}"],
  ["{enum: [red, green]}", "{enum: [red, green]}"],
  ["{position: {tensor: [2]}, valid: boolean}", "{position: {tensor: [2]}, valid: boolean}"],
  ["{type: array, maxItems: 3, items: {tensor: [2]}}", "{maxItems: 3, type: array, items: {tensor: [2]}}"],
  ["{type: number}", "number"],
])("a stream's message may be a type: %s", (written, printed) => {
  const graph = read(stream(written));
  const again = printGraph(graph);
  expect(again).toBe(stream(printed));
  expect(digestOf(read(again))).toBe(digestOf(graph));
});

test("a type is called by how it is written, so that equal ones are one and none clashes with a name", () => {
  const graph = read(
    `${head}messages: {Vector2: {tensor: [2]}}\nstreams:\n  in: {a: {message: {tensor: [2]}}, b: {message: {dtype: float64, tensor: [2]}}}\n  out: {c: {message: Vector2, from: a}}\n`,
  );
  expect(Object.keys(graph.messages)).toEqual(["Vector2", "{tensor: [2]}"]);
  expect(graph.streams.in.a!.message).toBe("{tensor: [2]}");
  expect(graph.streams.in.b!.message).toBe("{tensor: [2]}");
  expect(graph.messages["{tensor: [2]}"]).not.toHaveProperty("title");
});

test("a type in place may name types of the file, and slips in it are told where they stand", () => {
  const messages = "messages: {Wheel: {type: number, unit: rad/s}}\n\n";
  const graph = read(stream("{left: Wheel, right: Wheel}", messages));
  expect(printGraph(graph)).toBe(stream("{left: Wheel, right: Wheel}", messages));
  expect(read(printGraph(graph))).toEqual(graph);
  const wrong = (message: string) =>
    parseGraphFile(stream(message, messages), "f").problems.map((p) => [p.code, p.place?.column]);
  expect(wrong("{left: Wheel, right: Weel}")).toEqual([["L0300", 50]]);
  expect(wrong("[2]")).toEqual([["L0112", 29]]);
  expect(wrong("{tensor: [0]}")).toEqual([["L0303", 38]]);
});

test("named types inside of others keep their names, those of the file and those from beside it", () => {
  const types = { Gauge: { type: "number", unit: "bar", title: "Gauge" } } as const;
  const text = `${head}messages:\n  Wheel: {type: number, unit: rad/s}\n  Pair: {left: Wheel, pose: Pose2, gauge: Gauge}\n  Same: Wheel\n`;
  const { graph } = parseGraphFile(text, "f", types);
  const again = parseGraphFile(printGraph(graph!), "f");
  expect(again.problems).toEqual([]);
  expect(again.graph).toEqual(graph);
  expect(graph!.messages.Pair!.properties!.pose!.title).toBe("Pose2");
});

const name = fc.constantFrom("a", "b", "leg/ik", "vote#1", "x-1");
const time = fc.constantFrom("5ms", "1.5s", "0ns", "$t");
const count = fc.constantFrom(1, 3, 1000);
const ports = fc.uniqueArray(fc.constantFrom("p", "q", "r"), { minLength: 2 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const bare = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;

const trigger = fc.oneof(
  fc.record({ clock: fc.constantFrom("100hz", "10ms"), phase: maybe(time) }).map(bare),
  fc.record({ each: ports }),
  fc.record({ aligned: fc.record({ ports, within: time }) }),
  fc.record({
    window: fc.record({ port: maybe(fc.constant("p")), count, every: maybe(fc.oneof(count, time)) }).map(bare),
  }),
  fc.record({ window: fc.record({ duration: time, every: maybe(fc.oneof(count, time)) }).map(bare) }),
  fc.record({ silence: fc.record({ port: fc.constant("p"), for: time }) }),
) as fc.Arbitrary<Trigger>;

const input = fc
  .record({
    from: fc.oneof(
      fc.constant("s"),
      name.map((id) => `${id}.p`),
      name.map((id) => `${id}.p:f[1]`),
    ),
    max_age: maybe(time),
    missing: maybe(fc.constantFrom("skip" as const, "fault" as const, { default: [1] })),
    delay: maybe(fc.constantFrom("1period", "5ms")),
    initial: maybe(fc.constantFrom<0 | number[]>(0, [1, 2])),
    exact: maybe(fc.boolean()),
    queue: maybe(
      fc
        .record({ size: count, policy: maybe(fc.constantFrom("block", "drop_oldest", "drop_newest", "fault")) })
        .map(bare),
    ),
  })
  .map(bare) as fc.Arbitrary<Input>;

const node = fc
  .record({
    component: fc.constantFrom("x/y", "./x.ts", "model:m@1"),
    on: maybe(trigger),
    in: fc.dictionary(fc.constantFrom("p", "q", "r"), input).map((inputs) => ({ ...inputs })),
    params: fc.constantFrom<GraphNode["params"][]>({}, { kp: 1, deep: { list: ["$n", null, true] } } as never),
    safe: maybe(fc.constant({ p: 0 })),
    restart: maybe(fc.record({ budget: count, within: maybe(time), after: maybe(time) }).map(bare)),
    latency: maybe(
      fc.oneof(
        time,
        fc.record({ normal: fc.tuple(time, time) }),
        fc.record({ empirical: fc.array(time, { minLength: 1 }) }),
      ),
    ),
    place: maybe(fc.constantFrom("inline", "worker", "process")),
    timeout: maybe(time),
    tags: maybe(fc.array(fc.constantFrom("slow", "a b", "3", "yes"))),
    initial: maybe(fc.constant({ p: [0] })),
    doc: maybe(fc.constantFrom("x", "a: b\n#c", "")),
  })
  .map(bare) as unknown as fc.Arbitrary<GraphNode>;

test("the words of nodes survive printing and reading, one by one and together", () => {
  fc.assert(
    fc.property(fc.dictionary(name, node), (nodes) => {
      const graph: Graph = { ...read(`${head}nodes: {}\n`), nodes: { ...nodes } };
      expect(read(printGraph(graph))).toEqual(graph);
    }),
  );
});

test("a key that would merge mappings is written in quotes, and is a key like any other there", () => {
  const nodes = `nodes: {a: {component: x/y, safe: {torque: {"<<": false, b: 1}}}}`;
  const graph = read(`${head}${nodes}\n`);
  expect(graph.nodes.a!.safe).toEqual({ torque: { "<<": false, b: 1 } });
  expect(read(printGraph(graph))).toEqual(graph);
  const { problems } = parseGraphFile(`${head}${nodes.replace('"<<"', "<<")}\n`, "t");
  expect(problems.map(({ code }) => code)).toContain("L0115");
});
