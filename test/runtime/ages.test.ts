/** `max_age` on what comes as an event, and on what is joined by stamp: known answers. */
import { expect, test } from "vitest";
import { probe, run } from "../support/graphs.js";

/** `[time in ms, value, stamp in ms]`: the second and the third are old when they come. */
const LATE = [
  [10, 1, 9],
  [20, 2, 5],
  [21, 3, 6],
  [30, 4, 30],
] as const;

async function seenBy(node: string, items: readonly (readonly number[])[] = LATE) {
  const { seen, component } = probe({ value: "event" });
  const { result } = await run(
    `
streams: {in: {s: {message: Scalar, kind: event, simulate: w.value}}}
world: {w: {component: test/script, params: {items: ${JSON.stringify(items.map(([ms, ...rest]) => [ms, "value", ...rest]))}}}}
nodes: {probe: {component: test/probe, ${node}}}`,
    { components: { "test/probe": component }, for_ms: 200, faults: "isolate" },
  );
  return { seen: seen.map((s) => [s.time_ms, s.inputs.value]), result };
}

test("an event that is too old when it comes is missing: the firing is cancelled and counted", async () => {
  const { seen, result } = await seenBy("in: {value: {from: s, max_age: 5ms}}");
  expect(seen).toEqual([
    [10, 1],
    [30, 4],
  ]);
  expect(result.skipped).toEqual({ "probe.value": 2 });
});

test("and its default is taken for it", async () => {
  const { seen } = await seenBy("in: {value: {from: s, max_age: 5ms, missing: {default: -1}}}");
  expect(seen).toEqual([
    [10, 1],
    [20, -1],
    [21, -1],
    [30, 4],
  ]);
});

test("a list holds what is young enough, and the rest is counted", async () => {
  const { seen, result } = await seenBy("on: 25ms, in: {value: {from: s, max_age: 17ms}}");
  expect(seen.slice(0, 3)).toEqual([
    [0, []],
    [25, [1]],
    [50, []],
  ]);
  expect(result.dropped).toEqual({ "probe.value": 3 });
  expect(result.warnings).toMatchObject([
    {
      code: "L0617",
      message: "`probe` left out 3 events at `value` that were older than 17 ms (`max_age`) when it fired",
    },
  ]);
});

test("so does a window", async () => {
  const { seen } = await seenBy("on: {window: {count: 4}}, in: {value: {from: s, max_age: 24ms}}");
  expect(seen).toEqual([[30, [1, 3, 4]]]);
});

test("what grows too old in a queue makes room for what comes behind it", async () => {
  // busy from 10 to 40; then 2 and 3 are 35 ms and 34 ms old
  const { seen, result } = await seenBy("in: {value: {from: s, queue: 5, max_age: 20ms}}, latency: 30ms");
  expect(seen).toEqual([
    [10, 1],
    [40, 4],
  ]);
  expect(result.skipped).toEqual({ "probe.value": 2 });
});

test("a backlog that is too old as a whole is worked off within the bound of microsteps", async () => {
  const burst = Array.from({ length: 900 }, (_, i) => [10, i, 10]);
  const { seen, result } = await seenBy("in: {value: {from: s, queue: 2000, max_age: 20ms}}, latency: 30ms", [
    ...burst,
    [39, 1000, 39],
  ]);
  expect(seen.map(([, value]) => value)).toEqual([0, 1000]);
  expect(seen.map(([ms]) => Math.round(ms as number))).toEqual([10, 40]);
  expect(result.skipped).toEqual({ "probe.value": 899 });
});

test("`missing: fault` faults for each of them once", async () => {
  const { seen, result } = await seenBy(
    "in: {value: {from: s, queue: 5, max_age: 5ms, missing: fault}}, safe: {value: -1}, restart: {budget: 5, after: 100us}",
  );
  expect(seen).toEqual([
    [10, 1],
    [30, 4],
  ]);
  expect(result.faults.map((fault) => fault.time_ns / 1e6)).toEqual([20, 21]);
});

test("a set that is too old is gone with its firing, and does not stand in the way of the next", async () => {
  const { seen, component } = probe({ a: "signal", b: "signal" });
  const at = (items: readonly (readonly number[])[]) =>
    JSON.stringify(items.map(([ms, ...rest]) => [ms, "value", ...rest]));
  const { result } = await run(
    `
streams: {in: {a: {message: Scalar, simulate: wa.value}, b: {message: Scalar, simulate: wb.value}}}
world:
  wa: {component: test/script, params: {items: ${at([
    [10, 1, 10],
    [20, 2, 20],
    [30, 3, 30],
  ])}}}
  wb: {component: test/script, params: {items: ${at([
    [19, 1, 10],
    [21, 2, 20],
    [31, 3, 30],
  ])}}}
nodes:
  probe:
    component: test/probe
    on: {aligned: {ports: [a, b], within: 0ms}}
    in: {a: a, b: {from: b, max_age: 5ms}}`,
    { components: { "test/probe": component }, for_ms: 100 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs])).toEqual([
    [21, { a: 2, b: 2 }],
    [31, { a: 3, b: 3 }],
  ]);
  expect(result.skipped).toEqual({ "probe.b": 1 });
});
