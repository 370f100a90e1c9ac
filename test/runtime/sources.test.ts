/** Sources: times, bursts, ends, and what they may not do. */
import Type from "typebox";
import { expect, test } from "vitest";
import type { Item } from "../../src/component/component.js";
import { source } from "../../src/component/source.js";
import { problemsOf, run } from "../support/graphs.js";

const items = [
  [0, "a", 1],
  [0, "b", 10],
  [5, "a", 2],
  [5, "a", 3],
  [5, "b", 20],
  [5, "a", 4],
  [7, "b", 30],
];
const graph = (component: string) => `
world: {log: {component: ${component}, params: {ports: [a, b], items: ${JSON.stringify(items)}}}}
streams: {in: {a: {message: Scalar, simulate: log.a}, b: {message: Scalar, simulate: log.b}}}
nodes: {s: {component: test/sum, in: {a: a, b: b}}}
`;

test.each(["test/script", "test/slow-script"])(
  "%s: several ports at one time share a tag, a port that repeats takes the next microstep",
  async (component) => {
    const { at, result } = await run(graph(component));
    expect(at("a")).toEqual([
      [0, 0, 1],
      [5, 0, 2],
      [5, 1, 3],
      [5, 2, 4],
    ]);
    expect(at("b")).toEqual([
      [0, 0, 10],
      [5, 1, 20],
      [7, 0, 30],
    ]);
    expect(at("s.value")).toEqual([
      [0, 0, 11],
      [5, 0, 12],
      [5, 1, 23],
      [5, 2, 24],
      [7, 0, 34],
    ]);
    expect(result.virtual_s).toBe(0.007);
  },
);

test("a source that waits and one that does not give the same run", async () => {
  const [fast, slow] = [await run(graph("test/script")), await run(graph("test/slow-script"))];
  expect(slow.result.digest).toBe(fast.result.digest);
  expect(slow.result.apart).toEqual(fast.result.apart);
});

test("without a length the run ends with the last message of the last source; with one, before it", async () => {
  const both = `
world:
  short: {component: test/script, params: {items: [[0, value, 1], [10, value, 2]]}}
  long: {component: test/slow-script, params: {items: [[0, value, 1], [35, value, 2]]}}
streams: {in: {a: {message: Scalar, simulate: short.value}, b: {message: Scalar, simulate: long.value}}}
nodes: {tick: {component: test/count, on: 10ms}, s: {component: test/sum, in: {a: a, b: b}}}
`;
  const whole = await run(both);
  expect(whole.values("tick.value")).toEqual([0, 1, 2, 3]);
  expect(whole.values("s.value")).toEqual([2, 3, 4]);
  expect(whole.result.virtual_s).toBe(0.035);
  const part = await run(both, { for_ms: 35 });
  expect(part.values("s.value")).toEqual([2, 3]);
  expect(part.result.virtual_s).toBe(0.035);
  const more = await run(both, { for_ms: 61 });
  expect(more.values("tick.value").length).toBe(7);
});

test("the last message of a source is heard to its last microstep", async () => {
  const { at } = await run(`
world:
  log: {component: test/script, params: {items: [[0, value, 1], [10, value, 2]]}}
  ear: {component: test/pass, in: {value: command}}
streams:
  in: {a: {message: Scalar, simulate: log.value}}
  out: {command: {message: Scalar, from: p.value}}
nodes: {p: {component: test/pass, in: {value: a}}}
`);
  expect(at("ear.value")).toEqual([
    [0, 1, 1],
    [10, 1, 2],
  ]);
});

test("a graph without a source has no end of its own, and says so", async () => {
  const [problem] = await problemsOf(run("nodes: {n: {component: test/count, on: 10ms}}"));
  expect(problem!.code).toBe("L0610");
});

test("1,001 messages at one time are taken, one more is not", async () => {
  const burst = (n: number) => `
world: {log: {component: test/script, params: {items: ${JSON.stringify(Array.from({ length: n }, (_, i) => [2, "value", i]))}}}}
streams: {in: {a: {message: Scalar, simulate: log.value}}}
nodes: {p: {component: test/pass, in: {value: a}}}
`;
  expect((await run(burst(1001))).values("p.value").length).toBe(1001);
  const [problem] = await problemsOf(run(burst(1002)));
  expect(problem!.code).toBe("L0601");
  expect(problem!.message).toBe("more than 1000 microsteps at 0.002 s, through log → a → p");
});

const faulty = (give: () => Iterable<Item>) => ({
  components: {
    "test/faulty": source({ doc: "Errs.", outputs: () => ({ value: Type.Number() }), open: give }),
  },
});
const reading = `
world: {log: {component: test/faulty}}
streams: {in: {a: {message: Scalar, simulate: log.value}}}
nodes: {p: {component: test/pass, in: {value: a}}}
`;
const item = (time_ns: number, rest: Partial<Item> = {}): Item => ({ time_ns, port: "value", message: 1, ...rest });

test.each<[string, () => Iterable<Item>, string, string]>([
  ["a time that goes back", () => [item(5), item(4)], "L0405", "item 2 of `log`"],
  ["a time that is not whole", () => [item(0.5)], "L0404", "`log` gave 0.5"],
  ["a time before the start", () => [item(-1)], "L0404", "`log` gave -1"],
  ["a time that is none", () => [item(Number.NaN)], "L0404", "`log` gave NaN"],
  ["a stamp that is none", () => [item(3, { stamp_ns: Number.NaN })], "L0404", "`log` gave NaN"],
  ["a port that it has not", () => [item(3, { port: "valeu" })], "L0605", "`log` sent to `valeu`"],
  ["a message of another type", () => [item(3, { message: "1" })], "L0603", "`log.value` sent a message at 3e-9 s"],
  [
    "code that throws",
    function* () {
      yield item(4);
      throw new RangeError("the tape is torn");
    },
    "L0602",
    "`log` failed at 4e-9 s: the tape is torn",
  ],
])("a source with %s is stopped, named and placed", async (_, give, code, text) => {
  const [problem] = await problemsOf(run(reading, faulty(give)));
  expect(problem).toMatchObject({ code, path: "/world/log" });
  expect(problem!.message).toContain(text);
});

test("a source is closed when the run ends before it does", async () => {
  let closed = false;
  const endless = function* () {
    try {
      for (let t = 0; ; t += 1e6) yield item(t);
    } finally {
      closed = true;
    }
  };
  const { values } = await run(reading, { ...faulty(endless), for_ms: 10 });
  expect(values("p.value").length).toBe(10);
  expect(closed).toBe(true);
});
