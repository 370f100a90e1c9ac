/** The rule `record` with `consensus`: rows by whether comparable ports agree. */
import Type from "typebox";
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/component/ports.js";
import type { AgreeContext } from "../../src/component/recorder/consensus.js";
import { ConsensusRecorder } from "../../src/component/recorder/consensus.js";
import { recorderComponent } from "../../src/component/recorder/node.js";
import { step } from "../../src/component/step.js";
import type { Message } from "../../src/message/type.js";
import { binomialInterval } from "../support/binomial.js";
import { authored, type Components, memory, rewritten, run } from "../support/graphs.js";

const number = Type.Number();
/** Says what it hears, and with a probability something else. */
const flawed = step({
  doc: "Errs now and then.",
  params: Type.Object({ rate: Type.Number(), by: Type.Number({ default: 1 }) }),
  inputs: { value: number },
  outputs: { value: number },
  random: true,
  step: ({ value }, _, { rng, params: { rate, by } }) => ({
    outputs: { value: rng.uniform() < rate ? value + by : value },
  }),
});
class Signs extends ConsensusRecorder {
  override agree(a: Message, b: Message, { close }: AgreeContext<never>) {
    return Math.sign(Number(a)) === Math.sign(Number(b)) || close(a, b);
  }
}
const components: Components = { "test/flawed": flawed, "test/signs": recorderComponent(Signs) };

const graph = (nodes: string, record: string, seed = 1) => `
seed: ${seed}
nodes:
  n: {component: test/count, on: 10ms}
${nodes}rewrites: [{record: {as: r, ${record}}}]
`;
const replica = (id: string, rate: number, by = 1) =>
  `  ${id}: {component: test/flawed, in: [n.value], params: {rate: ${rate}, by: ${by}}}\n`.replace(
    "in: [n.value]",
    "in: {value: n.value}",
  );
const ab = (rate = 0, by = 1) => replica("a", 0) + replica("b", rate, by);

const kept = async (text: string, for_ms: number) => {
  const services = memory();
  const { result } = await run(text, { for_ms, services, components });
  const { rows, incomplete, spec } = services.kept.r!;
  return { rows, incomplete, spec, result, values: rows.map(({ values }) => values) };
};
const script = (items: string) => `
world:
  w: {component: test/script, params: {ports: [a, b, c], items: ${items}}}
streams:
  in:
    a: {message: Scalar, simulate: w.a}
    b: {message: Scalar, simulate: w.b}
    c: {message: Scalar, simulate: w.c}
nodes:
  n: {component: test/sum, in: {a: a, b: b, c: c}, on: {each: [a, b, c]}}
`;
const scripted = async (items: string, record: string) =>
  kept(`${script(items)}rewrites: [{record: {as: r, ${record}}}]`, 100);

describe("a consensus recorder", () => {
  test("on one port twice keeps nothing, and all of it where matches are wanted", async () => {
    const nodes = "  a: {component: test/noise, in: {value: n.value}}\n";
    const twice = (keep: string) => kept(graph(nodes, `consensus: {ports: [[a.value, a.value]], keep: ${keep}}`), 999);
    expect((await twice("mismatches")).rows).toEqual([]);
    expect((await twice("matches")).rows).toHaveLength(100);
    expect((await twice("all")).rows).toHaveLength(100);
  });

  test.each([
    [0.02, 1],
    [0.1, 2],
    [0.5, 3],
    [0.9, 4],
  ])("keeps of a planted disagreement of %d what chance makes of it (seed %i), and no other row", async (p, seed) => {
    const n = 4000;
    const { rows, values, incomplete } = await kept(
      graph(ab(p), "consensus: {ports: [[a.value, b.value]]}", seed),
      n * 10 - 1,
    );
    const [low, high] = binomialInterval(n, p);
    expect(rows.length).toBeGreaterThanOrEqual(low);
    expect(rows.length).toBeLessThanOrEqual(high);
    expect(values.every((row) => row["b.value"] === (row["a.value"] as number) + 1)).toBe(true);
    expect(incomplete).toEqual([]);
  });

  test("splits all rows into those that match and those that do not", async () => {
    const each = async (keep: string) =>
      (await kept(graph(ab(0.3), `consensus: {ports: [[a.value, b.value]], keep: ${keep}}`), 1999)).rows;
    const [mismatches, matches, all] = [await each("mismatches"), await each("matches"), await each("all")];
    expect([...mismatches, ...matches].sort((x, y) => x.time_ns - y.time_ns)).toEqual(all);
    expect(Math.min(mismatches.length, matches.length)).toBeGreaterThan(10);
  });

  test("keeps only what is beyond the tolerance, absolute or relative", async () => {
    const rows = async (tolerance: string) =>
      (await kept(graph(ab(1, 5), `consensus: {ports: [[a.value, b.value]], tolerance: ${tolerance}}`), 999)).rows
        .length;
    expect(await rows("4.9")).toBe(100);
    expect(await rows("5")).toBe(0);
    // 5 is 10 % of 50: b says 50 in row 45
    expect(await rows("{relative: 0.1}")).toBe(45);
  });

  test("of three replicas keeps what one of them says otherwise, each against each or against the median", async () => {
    const three = replica("a", 0) + replica("b", 0.2, 2) + replica("c", 0);
    const rows = async (more: string) =>
      (await kept(graph(three, `consensus: {ports: [[a.value, b.value, c.value]]${more}}`), 1999)).values;
    const errs = await rows("");
    expect(errs.length).toBeGreaterThan(20);
    expect(errs.every((row) => row["a.value"] === row["c.value"] && row["b.value"] !== row["a.value"])).toBe(true);
    expect(await rows(", against: median")).toEqual(errs);
  });

  test("each against each adds up what is apart, the median does not", async () => {
    const items = "[[10, a, 1], [10, b, 2], [10, c, 3]]";
    const against = async (how: string) =>
      (await scripted(items, `consensus: {ports: [[a, b, c]], tolerance: 1, against: ${how}}`)).rows.length;
    expect(await against("each")).toBe(1);
    expect(await against("median")).toBe(0);
  });

  test("several groups: one that disagrees is enough, and each may have its own tolerance", async () => {
    const items = "[[10, a, 1], [10, b, 1.5], [10, c, 3]]";
    const rows = async (groups: string) => (await scripted(items, `consensus: {ports: ${groups}}`)).rows.length;
    expect(await rows("[{ports: [a, b], tolerance: 0.5}, {ports: [b, c], tolerance: 1.5}]")).toBe(0);
    expect(await rows("[{ports: [a, b], tolerance: 0.5}, {ports: [b, c], tolerance: 1.4}]")).toBe(1);
  });

  test("counts rows that lack a port by what they lack", async () => {
    const items = "[[10, a, 1], [10, b, 2], [20, a, 1], [30, b, 1], [40, b, 1], [50, a, 2], [50, b, 2]]";
    const { rows, incomplete } = await scripted(items, "consensus: {ports: [[a, b]]}");
    expect(rows.map(({ time_ns }) => time_ns / 1e6)).toEqual([10]);
    expect(incomplete).toEqual(["b", "a", "a"]);
  });

  test("holds an output against the last value of an input, where they do not speak together", async () => {
    const items = "[[10, a, 1], [15, b, 1], [20, b, 2], [30, b, 1], [35, a, 2], [40, b, 2]]";
    const { values } = await scripted(items, "inputs: [a], consensus: {ports: [[a, b]]}");
    expect(values).toEqual([{ a: 1, b: 2 }]);
  });

  test("with a trigger keeps the rows around a disagreement, too", async () => {
    const items = `[${[0, 0, 0, 1, 0, 0, 0].map((by, i) => `[${10 * i + 10}, a, ${i}], [${10 * i + 10}, b, ${i + by}]`).join(", ")}]`;
    const { values } = await scripted(items, "consensus: {ports: [[a, b]]}, trigger: {pre: 1, post: 2}");
    expect(values.map((row) => row.a)).toEqual([2, 3, 4, 5]);
  });

  test("with a ring keeps the last disagreements", async () => {
    const items = `[${[0, 1, 1, 0, 1, 1, 0].map((by, i) => `[${10 * i + 10}, a, ${i}], [${10 * i + 10}, b, ${i + by}]`).join(", ")}]`;
    const { values } = await scripted(items, "consensus: {ports: [[a, b]]}, keep: {rows: 3}");
    expect(values.map((row) => row.a)).toEqual([2, 4, 5]);
  });

  test("lets a class of one's own say what agreement is", async () => {
    const items = "[[10, a, 1], [10, b, 2], [20, a, -1], [20, b, 1], [30, a, 0.001], [30, b, -0.001]]";
    const { values } = await scripted(items, "component: test/signs, consensus: {ports: [[a, b]], tolerance: 0.01}");
    expect(values).toEqual([{ a: -1, b: 1 }]);
  });

  test("leaves every digest as it is", async () => {
    const bare = await run(graph(ab(0.3), "outputs: [n.value]"), { for_ms: 500, components });
    const { result } = await kept(graph(ab(0.3), "consensus: {ports: [[a.value, b.value]]}"), 500);
    expect(result.digest).toBe(bare.result.digest);
  });

  test("keeps other ports of the row with those that it compares", async () => {
    const { values } = await kept(
      graph(ab(1), "inputs: [n.value], outputs: [a.value, b.value], consensus: {ports: [[a, b]]}"),
      5,
    );
    expect(values).toEqual([{ "n.value": 0, "a.value": 0, "b.value": 1 }]);
  });
});

describe("is refused", () => {
  const reading = (unit: string) =>
    step({
      doc: "Says something of a type.",
      inputs: {},
      outputs: { value: Type.Object({ x: number, q: tensor([2], { unit }) }) },
      step: () => ({ outputs: { value: { x: 0, q: new Float64Array(2) } } }),
    });
  const typed = {
    components: { "test/p": reading("rad"), "test/q": reading("deg") },
    nodes: `
nodes:
  n: {component: test/count, on: 10ms}
  s: {component: test/count, on: 10ms}
  p: {component: test/p, on: 10ms}
  q: {component: test/q, on: 10ms}
`,
  };
  test.each([
    ["a port that is not there", "consensus: {ports: [[n.value, m.value]]}", "L0504", "/consensus/ports/0/1"],
    [
      "a port that is not recorded",
      "outputs: [n.value], consensus: {ports: [[n.value, s]]}",
      "L0731",
      "/consensus/ports/0/1",
    ],
    ["a field that is not there", "outputs: [p], consensus: {ports: [[p:x, p:z]]}", "L0731", "/consensus/ports/0/1"],
    [
      "other structure",
      "outputs: [p, s], consensus: {ports: [{ports: [s, p]}]}",
      "L0761",
      "/consensus/ports/0/ports/1",
    ],
    ["other units", "consensus: {ports: [[p, q]]}", "L0761", "/consensus/ports/0/1"],
    ["messages instead of rows", "rows: asof, consensus: {ports: [[s, n.value]]}", "L0730", "/rows"],
    [
      "a tolerance for nothing",
      "consensus: {ports: [[p:x, s]], tolerance: {fields: {z: 1}}}",
      "L0762",
      "/consensus/tolerance/fields/z",
    ],
    ["one port alone", "consensus: {ports: [[p]]}", "L0502", "/consensus/ports/0"],
    ["a tolerance below 0", "consensus: {ports: [[s, n]], tolerance: -1}", "L0502", "/consensus/tolerance"],
  ])("%s", async (_, record, code, path) => {
    const { problems } = await rewritten(authored(`${typed.nodes}rewrites: [{record: {as: r, ${record}}}]`), typed);
    const errors = problems.filter((p) => p.severity === "error").map((p) => [p.code, p.path]);
    expect(errors).toContainEqual([code, `/rewrites/0${path}`]);
    expect(new Set(errors.map(([found]) => found))).toEqual(new Set([code]));
  });
});
