/** Pictures: goldens in every format, and names that try to be markup. */
import { expect, test } from "vitest";
import { check } from "../../src/graph/check.js";
import type { Graph } from "../../src/graph/ir.js";
import { dot } from "../../src/graph/picture/dot.js";
import { durationText, picture, pictureJson } from "../../src/graph/picture/json.js";
import { mermaid } from "../../src/graph/picture/mermaid.js";
import { MAX_DRAWN, svg } from "../../src/graph/picture/svg.js";
import type { TypedGraph } from "../../src/graph/typed.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { armReach } from "../support/arm-reach.js";
import { testCatalogue } from "../support/catalogue.js";
import { inspectGraph } from "../support/inspect.js";

/** The example, with a delayed loop, a selected field and a node that a rewrite put there. */
function example(): TypedGraph {
  const more = `
  back: {component: test/scalar, on: 50hz, in: {value: {from: forth.value, delay: 1period, initial: 0}}}
  forth: {component: test/scalar, in: {value: back.value}}
`;
  const { graph } = inspectGraph(parseGraphFile(armReach.replace("nodes:\n", `nodes:${more}`), "f"), testCatalogue);
  const watch = {
    component: "test/sink",
    in: { value: { from: "joints:velocity[0]" } },
    params: {},
    origin: { rule: "record", path: "/rewrites/0" },
  };
  return check({ ...graph!, nodes: { ...graph!.nodes, "record#reach": watch } } as Graph, testCatalogue).typed!;
}
const typed = example();

test("each format is as its golden", async () => {
  await expect(pictureJson(typed)).toMatchFileSnapshot("goldens/picture.json.txt");
  await expect(mermaid(typed)).toMatchFileSnapshot("goldens/picture.mmd");
  await expect(dot(typed)).toMatchFileSnapshot("goldens/picture.dot");
  await expect(await svg(typed)).toMatchFileSnapshot("goldens/picture.svg");
});

test("sub-graphs are boxes in boxes", async () => {
  const text = `
limbeck: 1
name: nested
nodes:
  a: {component: test/scalar, on: 10hz, in: {value: "leg/knee/b.value"}}
`;
  const { graph } = inspectGraph(parseGraphFile(text, "f"), testCatalogue);
  const { a } = graph!.nodes;
  const free = { component: "test/scalar", params: {}, in: {} };
  const ids = ["leg/hip", "leg/knee/b", "arm/c", "leg/knee/d#loss", "record#leg/hip"];
  const nodes = Object.fromEntries(
    ids.map((id) => [id, { ...a, ...free, in: { value: { from: "a.value", delay: "10ms", initial: 0 } } }]),
  );
  const { typed, problems } = check({ ...graph!, nodes: { a, ...nodes } } as Graph, testCatalogue);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  await expect(mermaid(typed!)).toMatchFileSnapshot("goldens/nested.mmd");
  await expect(dot(typed!)).toMatchFileSnapshot("goldens/nested.dot");
  await expect(await svg(typed!)).toMatchFileSnapshot("goldens/nested.svg");
});

test("the same graph gives the same bytes", async () => {
  expect(await svg(example())).toBe(await svg(typed));
});

/** Elements open and close in order, attributes are quoted, entities are known. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  let rest = xml.trim();
  while (rest !== "") {
    const tag = /^<(\/?)([a-z]+)((?: [\w-]+(?::\w+)?="[^"<]*")*)(\/?)>/i.exec(rest);
    const text = /^(?:[^<&>]|&(?:amp|lt|gt|quot|#39);)+/.exec(rest);
    const [found] = tag ?? text ?? [];
    if (found === undefined) return false;
    if (tag?.[1] === "/") {
      if (open.pop() !== tag[2]) return false;
    } else if (tag !== null && tag[4] !== "/") open.push(tag[2]!);
    rest = rest.slice(found.length);
  }
  return open.length === 0;
}

test("everything drawn is in the SVG, which is well formed", async () => {
  const drawn = await svg(typed);
  expect(isWellFormed(drawn)).toBe(true);
  for (const v of typed.vertices) expect(drawn).toContain(`>${v.id}</text>`);
  expect(drawn.match(/marker-end/g)).toHaveLength(typed.vertices.flatMap((v) => v.inputs).length);
  expect(drawn).toContain('stroke-dasharray="5 3"');
  expect(isWellFormed(`${drawn}<b>`)).toBe(false);
});

test("names and units stay text, whatever they look like", async () => {
  const evil = `"]><script>alert(1)</script>&amp;{|}\\n%%;\\" ] evil`;
  const text = `limbeck: 1
name: ${JSON.stringify(evil)}
messages: {M: {type: number, unit: ${JSON.stringify(evil)}}}
streams: {in: {s: {message: M, live: x}}}
nodes: {n: {component: filter/low-pass, in: {value: s}}}
`;
  const graph = inspectGraph(parseGraphFile(text, "f"), testCatalogue).typed!;
  const untitled = {
    ...graph,
    vertices: graph.vertices.map((v) => ({
      ...v,
      inputs: v.inputs.map((i) => ({ ...i, type: { type: "number", unit: evil } as const })),
    })),
  } as TypedGraph;
  const drawn = await svg(untitled);
  expect(isWellFormed(drawn)).toBe(true);
  expect(drawn).not.toContain("<script");
  expect(mermaid(untitled)).not.toMatch(/<script|alert\(/);
  // every quote inside a DOT string is escaped, and no backslash is left to escape the closing one
  for (const line of dot(untitled).split("\n").slice(1, -2))
    expect(line.replace(/\\./g, "").match(/"/g)?.length ?? 0, line).toSatisfy((n: number) => n % 2 === 0);
});

test.each([
  ["on: {window: {count: 5}}", "last 5 of left"],
  ["on: {window: {count: 5, every: 2}}", "last 5 of left every 2"],
  ["on: {window: {duration: 50ms}}", "last 50 ms of left"],
  ["on: {window: {duration: 50ms, every: 100hz}}", "last 50 ms of left every 10 ms"],
  ["on: {window: {duration: 50ms, every: 2}}", "last 50 ms of left every 2"],
  ["on: {aligned: {ports: [left, held], within: 5ms}}", "left, held within 5 ms"],
  ["on: {silence: {port: held, for: 50ms}}", "50 ms without held"],
  ["latency: 5ms", "on left, 5 ms late"],
  ["latency: {normal: [5ms, 1ms]}, place: process", "on left, 5 ms ± 1 ms late, in a process"],
  ["on: 10hz, latency: {empirical: [5ms, 4ms, 9ms]}, place: worker", "10 Hz, 4 ms to 9 ms late, in a worker"],
  ["on: 10hz, latency: {empirical: [5ms]}, place: inline", "10 Hz, 5 ms late"],
])("%s is said in the picture", (more, when) => {
  const text = `limbeck: 1\nname: t\nnodes:\n  a: {component: test/clocked}\n  n: {component: test/events, in: {left: a.value, held: a.value}, ${more}}\n`;
  const drawn = picture(inspectGraph(parseGraphFile(text, "f"), testCatalogue).typed!);
  expect(drawn.nodes.find(({ id }) => id === "n")!.when).toBe(when);
});

test("too large to draw is said, not tried", async () => {
  const { vertices } = typed;
  const many = { ...typed, vertices: Array.from({ length: MAX_DRAWN + 1 }, () => vertices[0]!) };
  await expect(svg(many)).rejects.toThrow("L0232");
});

test.each([
  [1, "1 ns"],
  [1500, "1.5 µs"],
  [1e7, "10 ms"],
  [1e9 / 3, "333.3 ms"],
  [2e9, "2 s"],
])("%d ns is %s", (ns, text) => {
  expect(durationText(ns)).toBe(text);
});
