/** An authored name means the effective value, after every rule: for who subscribes, and in the digests. */
import Type from "typebox";
import { expect, test } from "vitest";
import { step } from "../../src/component/step.js";
import { printGraph } from "../../src/graphfile/print.js";
import { authored, rewritten, run } from "../support/graphs.js";

const graph = (rewrites: string) => `
streams:
  in: {x: {message: number, simulate: w.value}}
  out: {y: {message: number, from: b.value, initial: 0}}
world: {w: {component: test/count, on: 10ms}}
nodes:
  a: {component: test/sum, in: {a: x}, params: {gain: 2}}
  b: {component: test/sum, in: {a: a.value}, params: {offset: 1}}
rewrites: [${rewrites}]
`;
const number = Type.Number();
const plus = step({
  doc: "Adds.",
  params: Type.Object({ offset: Type.Number() }),
  inputs: { value: number },
  outputs: { value: number },
  step: ({ value }, _, { params }) => ({ outputs: { value: value + params.offset } }),
});
const FOR = { for_ms: 50 };

test("without rules every port is what it is called", async () => {
  const { result } = await run(graph(""), FOR);
  expect(Object.keys(result.ports).sort()).toEqual(["a.value", "b.value", "x", "y"]);
  expect(Object.keys(result.apart)).toEqual(["w.value"]);
});

test("a fault on a stream and one on a node: both names mean what readers get, `#raw` what was said", async () => {
  const ran = await run(
    graph("{inject-fault: {ports: [x], freeze: {from: 25ms}}}, {inject-fault: {ports: [a.value], delay: 5ms}}"),
    FOR,
  );
  expect(ran.values("x#raw")).toEqual([0, 1, 2, 3, 4]);
  expect(ran.values("x")).toEqual([0, 1, 2, 2, 2]);
  expect(ran.at("a.value#raw").map(([ms]) => ms)).toEqual([0, 10, 20, 30, 40]);
  expect(ran.at("a.value").map(([ms, , value]) => [ms, value])).toEqual([
    [5, 0],
    [15, 2],
    [25, 4],
    [35, 4],
    [45, 4],
  ]);
  expect(Object.keys(ran.result.ports).sort()).toEqual(["a.value", "b.value", "x", "y"]);
  expect(Object.keys(ran.result.apart).sort()).toEqual(["a.value#raw", "w.value", "x#raw"]);
});

test("two faults on one port, from two rules: the last is meant", async () => {
  const ran = await run(
    graph("{inject-fault: {ports: [x], freeze: {from: 25ms}}}, {inject-fault: {ports: [x], delay: 5ms}}"),
    FOR,
  );
  expect(ran.at("x").map(([ms, , value]) => [ms, value])).toEqual([
    [5, 0],
    [15, 1],
    [25, 2],
    [35, 2],
    [45, 2],
  ]);
  // what stands between has its own name only
  expect(Object.keys(ran.result.apart).filter((name) => name.startsWith("x#"))).toEqual(["x#raw", "x#freeze.value"]);
});

test("a fault of nothing changes no digest, by name", async () => {
  const whole = await run(graph(""), FOR);
  const faulty = await run(graph("{inject-fault: {ports: [x, a.value], loss: 0%}}"), FOR);
  expect(faulty.result.ports).toEqual(whole.result.ports);
  expect(faulty.result.digest).toBe(whole.result.digest);
});

test("the ports that an inserted node is subscribed to by its own id", async () => {
  const lines: unknown[] = [];
  await run(graph("{inject-fault: {ports: [x], delay: 5ms}}"), {
    ...FOR,
    before: (living) => void living.port("x#delay.value").subscribe(({ message }) => lines.push(message)),
  });
  expect(lines).toEqual([0, 1, 2, 3, 4]);
});

test("a stream that is substituted, and then goes wrong", async () => {
  const text = graph(
    "{substitute: {stream: x, with: test/plus, params: {offset: 100}, inputs: {value: w2}}}, {inject-fault: {ports: [x], freeze: {from: 25ms}}}",
  ).replace("in: {x:", "in: {w2: {message: number, simulate: w.value}, x:");
  const ran = await run(text, { ...FOR, components: { "test/plus": plus } });
  expect(ran.values("x")).toEqual([100, 101, 102, 102, 102]);
  expect(ran.values("x#raw")).toEqual([0, 1, 2, 3, 4]);
  expect(Object.keys(ran.result.ports).sort()).toEqual(["a.value", "b.value", "w2", "x", "y"]);
});

test("a rewritten graph that is written out and read again has the names of the first", async () => {
  const text = graph("{inject-fault: {ports: [x], freeze: {from: 25ms}}}");
  const { graph: after } = await rewritten(authored(text));
  const again = await run({ ...after, rewrites: [] }, FOR);
  const first = await run(text, FOR);
  expect(printGraph(after)).toContain("x#freeze");
  expect(again.result.ports.x).toBe(first.result.ports.x);
  expect(again.values("x#raw")).toEqual([0, 1, 2, 3, 4]);
});
