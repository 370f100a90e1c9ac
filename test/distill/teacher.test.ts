/** What can be distilled, under which ports, and what is refused or warned of before anything runs. */
import Type from "typebox";
import { describe, expect, it } from "vitest";
import { event } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { findTeacher, type TeacherSpec } from "../../src/distill/teacher.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { prepared } from "../support/graphs.js";

const number = Type.Number();
const components = {
  "test/bell": step({
    doc: "Rings.",
    inputs: { value: number },
    outputs: { ring: event(number) },
    step: () => ({ outputs: {} }),
  }),
  "test/heard": step({
    doc: "Rings as it hears.",
    inputs: { value: event(number), other: event(number, { optional: true }) },
    outputs: { ring: event(number) },
    step: ({ value }) => ({ outputs: { ring: value } }),
  }),
  "test/both": step({
    doc: "Hears all.",
    inputs: { a: event(number), b: event(number), c: event(number) },
    outputs: { heard: number },
    step: () => ({ outputs: {} }),
  }),
  "test/name": step({
    doc: "Names.",
    inputs: { value: number },
    outputs: { name: Type.String() },
    step: () => ({ outputs: {} }),
  }),
};

const two = { sum: number, product: number };
const pair = step({ doc: "Two.", inputs: { value: number }, outputs: two, step: () => ({ outputs: {} }) });

const GRAPH = `
limbeck: 1
name: t
streams:
  in: {a: {message: number, simulate: w.value, contract: {rate: 10hz}}}
  out: {o: {message: number, from: last.value}}
world: {w: {component: test/count}}
nodes:
  first: {component: test/pass, in: {value: a}}
  side: {component: test/count, on: 10hz}
  last: {component: test/sum, on: 10hz, in: {a: first.value, b: side.value}}
  pair: {component: test/pair, in: {value: a}}
  twin: {component: test/pair, in: {value: a}}
  bell: {component: test/bell, in: {value: a}}
  chime: {component: test/bell, in: {value: a}}
  each: {component: test/heard, in: {value: chime.ring}}
  either: {component: test/heard, on: {each: [value, other]}, in: {value: chime.ring, other: each.ring}}
  clocked: {component: test/heard, on: 10hz, in: {value: chime.ring}}
  ear: {component: test/both, in: {a: each.ring, b: either.ring, c: clocked.ring}}
  name: {component: test/name, in: {value: a}}
rewrites: [{record: {as: r, inputs: [a], outputs: [first.value]}}]
`;

const teacher = async (spec: TeacherSpec) =>
  findTeacher((await prepared(GRAPH, { components: { ...components, "test/pair": pair } })).typed, spec);
const codes = async (spec: TeacherSpec) =>
  teacher(spec).then(
    () => [],
    (error: unknown) => (error as LimbeckError).problems.map((p) => p.code),
  );
const shown = (ports: readonly { port: string; ref: string }[]) => ports.map(({ port, ref }) => `${port} = ${ref}`);

describe("a region", () => {
  it("of one node has that node's ports and trigger", async () => {
    const { inputs, outputs, on, stateful } = await teacher({ nodes: ["last"] });
    expect([shown(inputs), shown(outputs)]).toEqual([["a = first.value", "b = side.value"], ["value = last.value"]]);
    expect(on).toEqual({ clock: "10hz" });
    expect(stateful).toEqual([]);
  });

  it("of several has what crosses its boundary; a recorder inside the crossing does not count", async () => {
    const { inputs, outputs, stateful } = await teacher({ nodes: ["first", "side", "last"] });
    expect([shown(inputs), shown(outputs)]).toEqual([["a = a"], ["value = last.value"]]);
    expect(stateful).toEqual(["side"]);
  });

  it("has events that come with every firing, and is refused with others", async () => {
    const { inputs, on } = await teacher({ nodes: ["each"] });
    expect(inputs.map(({ port, kind }) => [port, kind])).toEqual([["value", "event"]]);
    expect(on).toEqual({ each: ["value"] });
    expect(await codes({ nodes: ["either"] })).toEqual(["L0902"]);
    expect(await codes({ nodes: ["clocked"] })).toEqual(["L0902"]);
  });

  it("is refused with free text at its boundary, and outside of the system's nodes", async () => {
    expect(await codes({ nodes: ["name"] })).toEqual(["L0901"]);
    expect(await codes({ nodes: ["w", "nobody"] })).toEqual(["L0505", "L0505"]);
  });

  it("is refused when its outputs fire at different times", async () => {
    expect(await codes({ nodes: ["first", "side"] })).toEqual(["L0506"]);
    // what nobody outside reads is no output
    expect(await codes({ nodes: ["last", "bell", "name"] })).toEqual([]);
  });
});

describe("when a region fires, whose nodes fire each other", () => {
  const onOf = async (nodes: string, spec: readonly string[]) => {
    const graph = `
limbeck: 1
name: t
streams:
  in:
    x: {message: number, simulate: w.value, contract: {rate: 10hz}}
    y: {message: number, simulate: v.value, contract: {rate: 20hz}}
world: {w: {component: test/count}, v: {component: test/count}}
nodes:
  ${nodes.trim()}
  ear: {component: test/sum, in: {a: last.value}}
`;
    const { typed } = await prepared(graph, { components: { "test/bell": components["test/bell"] } });
    return findTeacher(typed, { nodes: spec }).on;
  };

  it.each<[string, string, readonly string[], object]>([
    [
      "a chain fires with the stream at its head",
      `a: {component: test/pass, in: {value: x}}
  b: {component: test/pass, in: {value: a.value}}
  last: {component: test/pass, in: {value: b.value}}`,
      ["a", "b", "last"],
      { each: ["x"] },
    ],
    [
      "of two heads it fires with either, however its ends name them",
      `a: {component: test/pass, in: {value: x}}
  b: {component: test/pass, in: {value: y}}
  other: {component: test/sum, on: {each: [b, a]}, in: {a: a.value, b: b.value}}
  last: {component: test/sum, on: {each: [a, b]}, in: {a: a.value, b: y}}
  ear2: {component: test/pass, in: {value: other.value}}`,
      ["a", "b", "other", "last"],
      { each: ["x", "y"] },
    ],
    [
      "behind a clock it fires at the clock",
      `a: {component: test/pass, on: 50hz, in: {value: x}}
  last: {component: test/pass, in: {value: a.value}}`,
      ["a", "last"],
      { clock: "50hz" },
    ],
  ])("%s", async (_, nodes, spec, on) => {
    expect(await onOf(nodes, spec)).toEqual(on);
  });

  it("is looked up once a node: a ladder of 200 diamonds takes no longer than its length", async () => {
    const rung = (i: number) =>
      `l${i}: {component: test/sum, on: {each: [a, b]}, in: {a: l${i - 1}.value, b: r${i - 1}.value}}
  r${i}: {component: test/sum, on: {each: [a, b]}, in: {a: l${i - 1}.value, b: r${i - 1}.value}}`;
    const ladder = Array.from({ length: 200 }, (_, i) => rung(i + 1)).join("\n  ");
    const nodes = `l0: {component: test/pass, in: {value: x}}
  r0: {component: test/pass, in: {value: y}}
  ${ladder}
  last: {component: test/sum, on: {each: [a]}, in: {a: l200.value, b: r200.value}}`;
    const inside = Array.from({ length: 201 }, (_, i) => [`l${i}`, `r${i}`]).flat();
    expect(await onOf(nodes, [...inside, "last"])).toEqual({ each: ["x", "y"] });
  });

  it.each<[string, string, RegExp]>([
    [
      "a delay between them",
      `a: {component: test/pass, in: {value: x}}
  last: {component: test/pass, in: {value: {from: a.value, delay: 5ms, initial: 0}}}`,
      /when `value` come/,
    ],
    [
      "a result that takes its time",
      `a: {component: test/pass, in: {value: x}, latency: 3ms}
  last: {component: test/pass, in: {value: a.value}}`,
      /when `value` come/,
    ],
    [
      "an event, which may stay out",
      `a: {component: test/bell, in: {value: x}}
  last: {component: test/pass, in: {value: a.ring}}`,
      /when `value` come/,
    ],
    [
      "a clock beside a stream",
      `a: {component: test/pass, on: 50hz, in: {value: x}}
  last: {component: test/sum, on: {each: [a, b]}, in: {a: a.value, b: y}}`,
      /when `a`, `b` come/,
    ],
  ])("%s makes no anchor", async (_, nodes, message) => {
    await expect(onOf(nodes, ["a", "last"])).rejects.toThrow(message);
  });
});

describe("a relation", () => {
  it("has the ports as the user named them, and fires on each input", async () => {
    const { inputs, outputs, on, nodes } = await teacher({ inputs: ["a", "side"], outputs: ["last.value"] });
    expect([shown(inputs), shown(outputs)]).toEqual([["a = a", "side = side.value"], ["last = last.value"]]);
    expect(on).toEqual({ each: ["a", "side"] });
    // however it is written: a card holds whole references, and must find the same ports again
    expect(await teacher({ inputs: ["a", "side.value"], outputs: ["last"] })).toMatchObject({ inputs, outputs });
    expect(nodes).toBeUndefined();
  });

  it("gives ports of one name their whole path, fields included", async () => {
    const { inputs } = await teacher({ inputs: ["pair.sum", "twin.sum", "pair.product"], outputs: ["a"] });
    expect(shown(inputs)).toEqual(["pair_sum = pair.sum", "twin_sum = twin.sum", "product = pair.product"]);
  });

  it("names every unknown port at once, each with the nearest", async () => {
    const error = await teacher({ inputs: ["b", "first.valu"], outputs: ["lost"] }).catch((e: unknown) => e);
    expect((error as LimbeckError).problems.map((p) => p.code)).toEqual(["L0504", "L0504", "L0504"]);
    expect((error as LimbeckError).problems[1]!.help).toContain("first.value");
    expect(error).toBeInstanceOf(LimbeckError);
  });
});

it("a residual starts from a node beside: through a port that is there already, or through one more", async () => {
  const read = await teacher({ nodes: ["last"], residual: "side" });
  expect(read.base).toEqual({ value: "b" });
  expect(read.inputs.map(({ port }) => port)).toEqual(["a", "b"]);
  expect(read.substitute("model:m").options).toEqual({ nodes: ["last"], with: "model:m" });

  const beside = await teacher({ nodes: ["first"], residual: "side" });
  expect(beside.base).toEqual({ value: "side" });
  expect(beside.inputs.map(({ port, ref }) => [port, ref])).toEqual([
    ["value", "a"],
    ["side", "side.value"],
  ]);
  expect(beside.substitute("model:m").options).toMatchObject({ inputs: { side: "side.value" } });
  expect(beside.record("r").options).toMatchObject({ inputs: ["a", "side.value"] });
});

it.each([
  ["no such node", "nowhere", "L0504"],
  ["part of what is distilled", "first", "L0908"],
  ["another output", "pair", "L0908"],
])("a residual is refused: %s", async (_, residual, code) => {
  expect(await codes({ nodes: ["first"], residual })).toEqual([code]);
});
