/** A run from outside: observables, errors, interrupts, and that whatever was opened is closed. */
import Type from "typebox";
import { expect, test } from "vitest";
import type { Component } from "../../src/component/component.js";
import { source } from "../../src/component/source.js";
import { step } from "../../src/component/step.js";
import { LimbeckError, problem } from "../../src/problem/problem.js";
import { createRun } from "../../src/runtime/run.js";
import { memory, prepared, problemsOf, run } from "../support/graphs.js";

const counting = "nodes: {n: {component: test/count, on: 10ms}, p: {component: test/pass, in: {value: n.value}}}";

test("ports are observables: each message with its tag and stamp, then completion", async () => {
  const heard: unknown[] = [];
  await run(counting, {
    for_ms: 20,
    before: (living) =>
      living.port("p.value").subscribe({ next: (sample) => heard.push(sample), complete: () => heard.push("end") }),
  });
  expect(heard).toEqual([
    { time_ns: 0, microstep: 0, stamp_ns: 0, message: 0 },
    { time_ns: 10e6, microstep: 0, stamp_ns: 10e6, message: 1 },
    "end",
  ]);
});

test("a subscription that ends hears no more", async () => {
  const heard: unknown[] = [];
  await run(counting, {
    for_ms: 50,
    before: (living) => {
      const subscription = living.port("n.value").subscribe(({ message }) => {
        heard.push(message);
        if (message === 1) subscription.unsubscribe();
      });
    },
  });
  expect(heard).toEqual([0, 1]);
});

test("an unknown port is told with the nearest name", async () => {
  const problems = await problemsOf(run(counting, { for_ms: 10, before: (living) => living.port("n.valeu") }));
  expect(problems).toMatchObject([{ code: "L0606", help: "Did you mean `n.value`?" }]);
});

test("a run starts once", async () => {
  const { typed, component } = await prepared(counting);
  const living = await createRun(typed, { component, services: memory() });
  await living.start(10e6);
  await expect(living.start(10e6)).rejects.toThrow("a run starts once");
});

test("events and node steps are counted", async () => {
  const { result } = await run(counting, { for_ms: 50 });
  expect(result).toMatchObject({ events: 10, node_steps: 10, virtual_s: 0.05, interrupted: false, warnings: [] });
});

const failing = (fail: (n: number) => unknown) =>
  step({
    doc: "Fails.",
    inputs: { value: Type.Number() },
    outputs: { value: Type.Number() },
    // biome-ignore lint/suspicious/noExplicitAny: what a component in JavaScript may do
    step: ({ value }) => (value === 3 ? fail(value) : { outputs: { value } }) as any,
  });
const reading = "nodes: {n: {component: test/count, on: 10ms}, f: {component: test/failing, in: {value: n.value}}}";

test.each<[string, (n: number) => unknown, string, string]>([
  [
    "throws",
    () => {
      throw new Error("a joint is locked");
    },
    "L0602",
    "`f` failed at 0.03 s: a joint is locked",
  ],
  [
    "throws what is no error",
    () => {
      throw "enough";
    },
    "L0602",
    "`f` failed at 0.03 s: enough",
  ],
  ["returns nothing", () => undefined, "L0602", "`f` failed at 0.03 s: its step did not return"],
  ["is async", async () => ({ outputs: {} }), "L0602", "`f` failed at 0.03 s: its step did not return"],
  ["speaks at another port", () => ({ outputs: { vlaue: 1 } }), "L0605", "`f` sent to `vlaue`"],
])("a step that %s is named with its time and place", async (_, fail, code, text) => {
  const [told] = await problemsOf(run(reading, { components: { "test/failing": failing(fail) }, for_ms: 100 }));
  expect(told).toMatchObject({ code, path: "/nodes/f" });
  expect(told!.message).toContain(text);
});

test("a problem that a component throws itself is placed at its node", async () => {
  const components = {
    "test/failing": failing(() => {
      throw new LimbeckError([problem("L0413", { file: "log.csv", line: 7, reason: "torn" })]);
    }),
  };
  expect(await problemsOf(run(reading, { components, for_ms: 100 }))).toMatchObject([
    { code: "L0413", message: "log.csv:7: torn", path: "/nodes/f" },
  ]);
});

test("a node's first message is held against its type", async () => {
  const wrong = step({
    doc: "Wrong.",
    inputs: { value: Type.Number() },
    outputs: { value: Type.Number() },
    // biome-ignore lint/suspicious/noExplicitAny: what a component in JavaScript may do
    step: () => ({ outputs: { value: "1" as any } }),
  });
  const [told] = await problemsOf(run(reading, { components: { "test/failing": wrong }, for_ms: 100 }));
  expect(told).toMatchObject({ code: "L0603", path: "/nodes/f" });
});

test("what crosses the boundary is held against its type always", async () => {
  const diverging = step({
    doc: "Diverges.",
    inputs: {},
    outputs: { value: Type.Number() },
    state: () => 0,
    step: (_, n) => ({ outputs: { value: n === 3 ? Number.NaN : n }, state: n + 1 }),
  });
  const [told] = await problemsOf(
    run(
      `
streams: {in: {x: {message: Scalar, simulate: plant.value, contract: {rate: 10hz}}}}
world: {plant: {component: test/diverging}}
nodes: {p: {component: test/pass, in: {value: x}}}
`,
      { components: { "test/diverging": diverging }, for_ms: 1000 },
    ),
  );
  expect(told).toMatchObject({ code: "L0603", path: "/world/plant" });
  expect(told!.message).toContain("`plant.value` sent a message at 0.3 s that does not fit its type");
});

/** A component that notes whether its instance was closed. */
function closing(name: string, log: string[], fail: Partial<{ instantiate: Error; close: Error }> = {}): Component {
  const base = step({
    doc: "Closes.",
    inputs: {},
    outputs: { value: Type.Number() },
    step: () => ({ outputs: { value: 1 } }),
  });
  return {
    ...base,
    async instantiate(setup) {
      if (fail.instantiate !== undefined) throw fail.instantiate;
      return {
        ...(await base.instantiate(setup)),
        close() {
          log.push(name);
          if (fail.close !== undefined) throw fail.close;
        },
      };
    },
  };
}
const three =
  "nodes: {a: {component: test/a, on: 10ms}, b: {component: test/b, on: 10ms}, c: {component: test/c, on: 10ms}}";

test("every instance is closed, also when one will not; the first error is the one that is told", async () => {
  const log: string[] = [];
  const components = {
    "test/a": closing("a", log, { close: new Error("a would not close") }),
    "test/b": closing("b", log, { close: new Error("nor would b") }),
    "test/c": closing("c", log),
  };
  await expect(run(three, { components, for_ms: 10 })).rejects.toThrow("a would not close");
  expect(log).toEqual(["a", "b", "c"]);
});

test("an instance that cannot be made closes those that were, and is placed", async () => {
  const log: string[] = [];
  const components = {
    "test/a": closing("a", log),
    "test/b": closing("b", log, { instantiate: new Error("no such port on this machine") }),
    "test/c": closing("c", log),
  };
  const [told] = await problemsOf(run(three, { components, for_ms: 10 }));
  expect(told).toMatchObject({ code: "L0602", path: "/nodes/b" });
  expect(told!.message).toContain("`b` failed at 0 s: no such port on this machine");
  expect(log).toEqual(["a"]);
});

test("a recording is closed when a node throws", async () => {
  const services = memory();
  const graph = `${reading.replace(/}$/, "}")}
rewrites: [{record: {as: r, outputs: [n.value]}}]`;
  const components = {
    "test/failing": failing(() => {
      throw new Error("no");
    }),
  };
  await problemsOf(run(graph, { components, for_ms: 100, services }));
  expect(services.kept.r).toMatchObject({ closed: true, incomplete: [] });
  expect(services.kept.r!.rows.length).toBe(3);
});

test("a signal stops a run between two tags", async () => {
  const abort = new AbortController();
  const { result, values } = await run("nodes: {n: {component: test/count, on: 1ms}}", {
    for_ms: 3_600_000,
    signal: abort.signal,
    before: (living) => living.port("n.value").subscribe(({ message }) => message === 5000 && abort.abort()),
  });
  expect(result.interrupted).toBe(true);
  expect(values("n.value").length).toBeGreaterThanOrEqual(5001);
  expect(result.virtual_s).toBe((values("n.value").length - 1) / 1000);
});

test("a signal reaches a run that only ever waits for its source", async () => {
  const abort = new AbortController();
  const endless = source({
    doc: "Never ends.",
    outputs: () => ({ value: Type.Number() }),
    async *open() {
      for (let t = 0; ; t += 1e6) yield { time_ns: t, port: "value", message: t };
    },
  });
  const { result } = await run(
    `
world: {log: {component: test/endless}}
streams: {in: {x: {message: Scalar, simulate: log.value}}}
nodes: {p: {component: test/pass, in: {value: x}}}
`,
    {
      components: { "test/endless": endless },
      signal: abort.signal,
      before: () => void setImmediate(() => abort.abort()),
    },
  );
  expect(result.interrupted).toBe(true);
});

test("a signal that was given before the start runs nothing", async () => {
  const { result } = await run(counting, { for_ms: 100, signal: AbortSignal.abort() });
  expect(result).toMatchObject({ interrupted: true, events: 0, virtual_s: 0 });
});

test("a firing that waits holds virtual time, and everything behind it waits in rank order", async () => {
  const slow: Component = {
    ...step({
      doc: "Waits.",
      inputs: { value: Type.Number() },
      outputs: { value: Type.Number() },
      step: ({ value }) => ({ outputs: { value } }),
    }),
    kind: "model",
    instantiate: () => ({
      async fire({ value }) {
        await new Promise((resolve) => setImmediate(resolve));
        return { value: 10 * value };
      },
    }),
  };
  const { at } = await run(
    `
nodes:
  n: {component: test/count, on: 10ms}
  slow: {component: test/slow, in: {value: n.value}}
  s: {component: test/sum, in: {a: n.value, b: slow.value}}
`,
    { components: { "test/slow": slow }, for_ms: 30 },
  );
  expect(at("s.value")).toEqual([
    [0, 0, 0],
    [10, 0, 11],
    [20, 0, 22],
  ]);
});

test("a run log takes every in-stream message at its arrival, and nothing else", async () => {
  const logged: [string, number, unknown][] = [];
  await run(
    `
streams: {in: {x: {message: Scalar, simulate: n.value, contract: {rate: 100hz, latency: 3ms}}}}
world: {n: {component: test/count}}
nodes: {p: {component: test/pass, in: {value: x}}}
`,
    { for_ms: 20, log: { stream: (id) => (sample) => logged.push([id, sample.time_ns / 1e6, sample.message]) } },
  );
  expect(logged).toEqual([
    ["x", 3, 0],
    ["x", 13, 1],
  ]);
});
