/** Stamps: where they come from, and which one an output inherits. */
import { expect, test } from "vitest";
import { type Ran, run } from "../support/graphs.js";

const stamps = ({ traces }: Ran, port: string) => traces[port]!.map((s) => [s.time_ns / 1e6, s.stamp_ns / 1e6]);

const two = (nodes: string) => `
world:
  a: {component: test/script, params: {items: [[10, value, 1, 4], [20, value, 2, 18]]}}
  b: {component: test/script, params: {items: [[10, value, 1, 7], [15, value, 2, 12], [30, value, 3]]}}
streams: {in: {x: {message: Scalar, simulate: a.value}, y: {message: Scalar, simulate: b.value}}}
nodes: ${nodes}
`;

test("a source sets stamps; without one of its own a message is stamped when it is sent", async () => {
  const ran = await run(two("{p: {component: test/pass, in: {value: y}}, q: {component: test/pass, in: {value: x}}}"));
  expect(stamps(ran, "y")).toEqual([
    [10, 7],
    [15, 12],
    [30, 30],
  ]);
});

test("an output inherits the oldest stamp among the inputs that made the node fire", async () => {
  const ran = await run(two("{s: {component: test/sum, in: {a: x, b: y}}}"));
  expect(stamps(ran, "s.value")).toEqual([
    [10, 4],
    [15, 12],
    [20, 18],
    [30, 30],
  ]);
});

test("an input that does not trigger leaves the stamp alone", async () => {
  const ran = await run(two("{s: {component: test/sum, on: {each: [b]}, in: {a: x, b: y}}}"));
  expect(stamps(ran, "s.value")).toEqual([
    [10, 7],
    [15, 12],
    [30, 30],
  ]);
});

test("stamps go down a chain, and a clock stamps with its own tag", async () => {
  const ran = await run(
    two(`
  p: {component: test/pass, in: {value: x}}
  q: {component: test/pass, in: {value: p.value}}
  c: {component: test/pass, on: 25ms, in: {value: q.value}}
  y1: {component: test/pass, in: {value: y}}`),
  );
  expect(stamps(ran, "q.value")).toEqual([
    [10, 4],
    [20, 18],
  ]);
  expect(stamps(ran, "c.value")).toEqual([[25, 25]]);
});

test("an output is never stamped later than its tag, whatever a source says", async () => {
  const ran = await run(`
world: {a: {component: test/script, params: {items: [[10, value, 1, 400]]}}}
streams: {in: {x: {message: Scalar, simulate: a.value}}}
nodes: {p: {component: test/pass, in: {value: x}}}
`);
  expect(stamps(ran, "p.value")).toEqual([[10, 10]]);
});
