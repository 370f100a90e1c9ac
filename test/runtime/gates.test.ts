/** Inputs that are more than their last value: aligned sets, windows, silence, exact stamps. Known answers. */
import { expect, test } from "vitest";
import { probe, problemsOf, run } from "../support/graphs.js";

/** A stream fed by a script: `[time in ms, value, stamp in ms?]`. */
const script = (name: string, items: readonly (readonly number[])[], kind = "signal") => ({
  stream: `    ${name}: {message: Scalar, kind: ${kind}, simulate: w_${name}.value}`,
  world: `  w_${name}: {component: test/script, params: {items: ${JSON.stringify(items.map(([ms, ...rest]) => [ms, "value", ...rest]))}}}`,
});

function graph(scripts: readonly ReturnType<typeof script>[], node: string): string {
  return `
streams:
  in:
${scripts.map((s) => s.stream).join("\n")}
world:
${scripts.map((s) => s.world).join("\n")}
nodes:
  probe: ${node}
`;
}

type Inputs = Parameters<typeof probe>[0];
async function seenBy(inputs: Inputs, scripts: readonly ReturnType<typeof script>[], node: string, for_ms = 100) {
  const { seen, component } = probe(inputs);
  const ran = await run(graph(scripts, node), { components: { "test/probe": component }, for_ms });
  return { ...ran, seen };
}

test("aligned: one message of each port with stamps that lie close together, each used once, the output's stamp the oldest", async () => {
  const left = script("left", [
    [10, 1, 10],
    [20, 2, 20],
    [30, 3, 30],
    [40, 4, 40],
  ]);
  // late by 3 ms, and without the second
  const right = script("right", [
    [13, 1, 11],
    [33, 3, 29],
    [43, 4, 42],
  ]);
  const held = script("held", [[5, 7]]);
  const { seen, traces, result } = await seenBy(
    { left: "signal", right: "signal", held: "signal" },
    [left, right, held],
    "{component: test/probe, on: {aligned: {ports: [left, right], within: 4ms}}, in: [left, right, held]}",
  );
  expect(seen.map((s) => [s.time_ms, s.inputs, s.stamp_ms.left, s.stamp_ms.right])).toEqual([
    [13, { left: 1, right: 1, held: 7 }, 10, 11],
    [33, { left: 3, right: 3, held: 7 }, 30, 29],
    [43, { left: 4, right: 4, held: 7 }, 40, 42],
  ]);
  expect(traces["probe.value"]!.map((s) => s.stamp_ns / 1e6)).toEqual([10, 29, 40]);
  expect(result.dropped).toEqual({ "probe.left": 1 });
  expect(result.warnings.map((w) => w.code)).toEqual(["L0615"]);
});

test("aligned: stamps further apart than `within` never meet, and those exactly as far do", async () => {
  const near = [script("a", [[10, 1, 10]]), script("b", [[12, 2, 12]])];
  const node = (within: string) =>
    `{component: test/probe, on: {aligned: {ports: [a, b], within: ${within}}}, in: [a, b]}`;
  const inputs = { a: "signal", b: "signal" } as const;
  expect((await seenBy(inputs, near, node("2ms"))).seen).toHaveLength(1);
  expect((await seenBy(inputs, near, node("1999us"))).seen).toHaveLength(0);
});

const ticks = script(
  "x",
  Array.from({ length: 9 }, (_, i) => [10 * (i + 1), i + 1]),
  "event",
);
const window = (options: string, also = "") => `{component: test/probe, on: {window: {${options}}}, in: [x${also}]}`;

test.each([
  [
    "count: 3",
    [
      [30, [1, 2, 3]],
      [60, [4, 5, 6]],
      [90, [7, 8, 9]],
    ],
  ],
  [
    "count: 4, every: 2",
    [
      [40, [1, 2, 3, 4]],
      [60, [3, 4, 5, 6]],
      [80, [5, 6, 7, 8]],
    ],
  ],
  ["count: 2, every: 5", [[50, [4, 5]]]],
  [
    "duration: 25ms",
    [
      [25, [1, 2]],
      [50, [3, 4, 5]],
      [75, [6, 7]],
    ],
  ],
  [
    "duration: 20ms, every: 40ms",
    [
      [40, [3, 4]],
      [80, [7, 8]],
    ],
  ],
  [
    "count: 2, every: 30ms",
    [
      [30, [2, 3]],
      [60, [5, 6]],
      [90, [8, 9]],
    ],
  ],
  [
    "duration: 15ms, every: 4",
    [
      [40, [3, 4]],
      [80, [7, 8]],
    ],
  ],
] as const)("window {%s}", async (options, expected) => {
  const { seen } = await seenBy({ x: "event" }, [ticks], window(options), 100);
  expect(seen.map((s) => [s.time_ms, s.inputs.x])).toEqual(expected);
});

test("a window by time fires when nothing came, with nothing; its stamp is its tag", async () => {
  const { seen, traces } = await seenBy(
    { x: "event" },
    [script("x", [[35, 1]], "event")],
    window("duration: 10ms"),
    51,
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.x])).toEqual([
    [10, []],
    [20, []],
    [30, []],
    [40, [1]],
    [50, []],
  ]);
  expect(traces["probe.value"]!.map((s) => s.stamp_ns / 1e6)).toEqual([10, 20, 30, 40, 50]);
});

test("a window that cannot fire for want of another input keeps what it has", async () => {
  const late = script("y", [[45, 1]]);
  const { seen, result } = await seenBy(
    { x: "event", y: "signal" },
    [ticks, late],
    window("count: 2, every: 2", ", y"),
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.x])).toEqual([
    [50, [4, 5]],
    [70, [6, 7]],
    [90, [8, 9]],
  ]);
  expect(result.skipped["probe.y"]).toBeGreaterThan(0);
});

test("silence fires once, counted from the start and from each message, and is armed again by the next", async () => {
  const { seen } = await seenBy(
    { x: "signal" },
    [
      script("x", [
        [30, 1],
        [35, 2],
        [70, 3],
      ]),
    ],
    "{component: test/probe, on: {silence: {port: x, for: 20ms}}, in: [x]}",
    200,
  );
  // before the first, between 35 and 70, after the last; at its start there is no value
  expect(seen.map((s) => [s.time_ms, s.inputs.x])).toEqual([
    [20, undefined],
    [55, 2],
    [90, 3],
  ]);
});

test("a message at the very end of the silence comes too late, and counts for the next", async () => {
  const { seen } = await seenBy(
    { x: "signal" },
    [
      script("x", [
        [10, 1],
        [30, 2],
      ]),
    ],
    "{component: test/probe, on: {silence: {port: x, for: 20ms}}, in: [x]}",
    100,
  );
  expect(seen.map((s) => s.time_ms)).toEqual([30, 50]);
});

test("exact reads the message whose stamp is that of the firing, and what has none is missing", async () => {
  const image = script("image", [
    [20, 10, 10],
    [30, 20, 20],
    [40, 30, 30],
  ]);
  const info = script("info", [
    [12, 1, 10],
    [22, 2, 20],
    [24, 3, 24],
  ]);
  const { seen, result } = await seenBy(
    { image: "signal", info: "signal" },
    [image, info],
    "{component: test/probe, on: {each: [image]}, in: {image: image, info: {from: info, exact: true}}}",
  );
  expect(seen.map((s) => [s.time_ms, s.inputs])).toEqual([
    [20, { image: 10, info: 1 }],
    [30, { image: 20, info: 2 }],
  ]);
  expect(result.skipped).toEqual({ "probe.info": 1 });
});

test("exact: of a value that is missing there is no age, and what is missing is the stamp", async () => {
  const info = script("info", [
    [1, 1, 1],
    [2, 2, 2],
  ]);
  const image = script("image", [
    [10, 7, 1],
    [20, 8, 9],
  ]);
  const node = (missing: string) =>
    `{component: test/probe, on: {each: [image]}, in: {image: image, info: {from: info, exact: true, missing: ${missing}}}}`;
  const ports = { image: "signal", info: "signal" } as const;
  const { seen } = await seenBy(ports, [info, image], node("{default: -1}"));
  expect(seen.map((s) => [s.inputs.info, s.age_ms.info])).toEqual([
    [1, 9],
    [-1, Number.POSITIVE_INFINITY],
  ]);
  const [problem] = await problemsOf(seenBy(ports, [info, image], node("fault")));
  expect(problem!.message).toBe("`probe` has no value at `info` at 0.02 s (none has the stamp of this firing)");
});

test("exact on both sides fires when the later of two equal stamps arrives", async () => {
  const a = script("a", [
    [10, 1, 5],
    [20, 2, 15],
  ]);
  const b = script("b", [
    [12, 1, 5],
    [18, 2, 15],
  ]);
  const { seen } = await seenBy(
    { a: "signal", b: "signal" },
    [a, b],
    "{component: test/probe, on: {each: [a, b]}, in: {a: {from: a, exact: true}, b: {from: b, exact: true}}}",
  );
  expect(seen.map((s) => [s.time_ms, s.inputs])).toEqual([
    [12, { a: 1, b: 1 }],
    [20, { a: 2, b: 2 }],
  ]);
});

test("exact remembers 64 messages, and no more", async () => {
  const many = script(
    "info",
    Array.from({ length: 70 }, (_, i) => [i + 1, i, i]),
  );
  const image = script("image", [
    [80, 1, 6],
    [81, 2, 5],
  ]);
  const { seen } = await seenBy(
    { image: "signal", info: "signal" },
    [many, image],
    "{component: test/probe, on: {each: [image]}, in: {image: image, info: {from: info, exact: true}}}",
  );
  expect(seen.map((s) => s.inputs)).toEqual([{ image: 1, info: 6 }]);
});

test("a clocked node's queue bounds what it gets, by its policy", async () => {
  const burst = script(
    "x",
    Array.from({ length: 6 }, (_, i) => [1 + i, i + 1]),
    "event",
  );
  const node = (policy: string) =>
    `{component: test/probe, on: 10ms, in: {x: {from: x, queue: {size: 4, policy: ${policy}}}}}`;
  const got = async (policy: string) => {
    const { seen, result } = await seenBy({ x: "event" }, [burst], node(policy), 15);
    return [seen.map((s) => s.inputs.x), result.dropped];
  };
  expect(await got("drop_oldest")).toEqual([[[], [3, 4, 5, 6]], { "probe.x": 2 }]);
  expect(await got("drop_newest")).toEqual([[[], [1, 2, 3, 4]], { "probe.x": 2 }]);
  const { component } = probe({ x: "event" });
  const [problem] = await problemsOf(
    run(graph([burst], node("fault")), { components: { "test/probe": component }, for_ms: 15 }),
  );
  expect([problem?.code, problem?.path]).toEqual(["L0612", "/nodes/probe/in/x"]);
});
