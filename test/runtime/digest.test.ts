/** Seeds and digests: what two runs share, and what tells them apart. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import { compileCodec } from "../../src/message/encode.js";
import { runDigest } from "../../src/runtime/port/digest.js";
import { authored, run } from "../support/graphs.js";

const noisy = (more = "", seed = 3) => `
seed: ${seed}
nodes:
  a: {component: test/noise, on: 10ms}
  b: {component: test/noise, on: 10ms}
${more}`;

test("a port's digest is SHA-256 over time, microstep, stamp and bytes of its messages", async () => {
  const { result, traces } = await run(
    `
world: {log: {component: test/script, params: {items: [[10, value, 1.5, 4], [10, value, -0, 5]]}}}
streams: {in: {x: {message: Scalar, simulate: log.value}}}
nodes: {p: {component: test/pass, in: {value: x}}}
`,
  );
  const codec = compileCodec({ type: "number" }, "Message");
  const hash = createHash("sha256");
  for (const { time_ns, microstep, stamp_ns, message } of traces.x!) {
    hash.update(new Uint8Array(new Float64Array([time_ns, microstep, stamp_ns]).buffer));
    hash.update(codec.encode(message));
  }
  expect(result.ports.x).toBe(hash.digest("hex"));
  expect(result.apart["log.value"]).toBe(result.ports.x);
  expect(Object.keys(result.ports)).toEqual(["x", "p.value"]);
  expect(result.digest).toBe(runDigest(result.ports));
});

test("the run's digest is over its sorted ports: a name, a digest, or a port more changes it", () => {
  const ports = { b: "2", a: "1" };
  expect(runDigest({ a: "1", b: "2" })).toBe(runDigest(ports));
  expect(runDigest({ a: "2", b: "1" })).not.toBe(runDigest(ports));
  expect(runDigest({ a: "1" })).not.toBe(runDigest(ports));
  expect(runDigest({ a: "1", c: "2" })).not.toBe(runDigest(ports));
});

test("many messages and few give the same digest in pieces of any size", async () => {
  const graph = "nodes: {n: {component: test/count, on: 1ms}}";
  const { result, traces } = await run(graph, { for_ms: 3000 });
  const codec = compileCodec({ type: "number" }, "Message");
  const hash = createHash("sha256");
  for (const { time_ns, microstep, stamp_ns, message } of traces["n.value"]!)
    hash.update(new Uint8Array(new Float64Array([time_ns, microstep, stamp_ns]).buffer)).update(codec.encode(message));
  expect(result.ports["n.value"]).toBe(hash.digest("hex"));
});

test("one seed gives one run, another seed another", async () => {
  const first = await run(noisy(), { for_ms: 100 });
  expect((await run(noisy(), { for_ms: 100 })).result).toEqual(first.result);
  expect((await run(noisy("", 4), { for_ms: 100 })).result.digest).not.toBe(first.result.digest);
  expect((await run(noisy("", 4), { for_ms: 100, seed: 3 })).result.digest).toBe(first.result.digest);
});

test("a node's numbers hang on the seed and its id alone: other nodes and other places change nothing", async () => {
  const { result } = await run(noisy(), { for_ms: 100 });
  const more = await run(
    `
seed: 3
nodes:
  z: {component: test/noise, on: 3ms}
  b: {component: test/noise, on: 10ms}
  y: {component: test/noise, in: {value: z.value}}
  a: {component: test/noise, on: 10ms}
`,
    { for_ms: 100 },
  );
  expect(more.result.ports["a.value"]).toBe(result.ports["a.value"]);
  expect(more.result.ports["b.value"]).toBe(result.ports["b.value"]);
  expect(result.ports["a.value"]).not.toBe(result.ports["b.value"]);
});

test("without digests there are none, and the run is the same", async () => {
  const [on, off] = [await run(noisy(), { for_ms: 50 }), await run(noisy(), { for_ms: 50, digest: false })];
  expect(off.result).toMatchObject({ digest: "", ports: {}, apart: {}, events: on.result.events });
  expect(off.traces).toEqual(on.traces);
});

test("the order of declaration changes no digest, of graph or run", async () => {
  const nodes = [
    "a: {component: test/count, on: 10ms}",
    "b: {component: test/noise, on: 5ms}",
    "c: {component: test/sum, in: {a: a.value, b: b.value}}",
    "d: {component: test/sum, in: {a: c.value, b: {from: a.value, delay: 5ms, initial: 0}}}",
  ];
  const graph = (order: string[]) => `nodes: {${order.join(", ")}}`;
  const there = await run(graph(nodes), { for_ms: 100 });
  const back = await run(graph(nodes.toReversed()), { for_ms: 100 });
  expect(back.result.digest).toBe(there.result.digest);
  expect(digestOf(authored(graph(nodes.toReversed())))).toBe(digestOf(authored(graph(nodes))));
});
