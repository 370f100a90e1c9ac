/** Nodes that fault while all others go on: when their safe values come, when they are back, and when they are not. */
import Type from "typebox";
import { describe, expect, test } from "vitest";
import { event } from "../../src/component/ports.js";
import { source } from "../../src/component/source.js";
import { genericStep, step } from "../../src/component/step.js";
import { createRun, type Snapshot } from "../../src/runtime/run.js";
import { memory, prepared, problemsOf, type RunSetup, run } from "../support/graphs.js";

const number = Type.Number();

/** Passes on what it hears and how many it has heard since it was made; throws at the times it is told. */
const faulty = step({
  doc: "Fails when it is told to.",
  params: Type.Object({ at_ms: Type.Array(Type.Number(), { default: [] }) }),
  inputs: { value: number },
  outputs: { value: number, count: number },
  state: () => 0,
  step({ value }, heard, { params, time_ns }) {
    if (params.at_ms.includes(time_ns / 1e6)) throw new Error(`bad at ${time_ns / 1e6} ms`);
    return { outputs: { value, count: heard + 1 }, state: heard + 1 };
  },
});

/** The same for events, one a firing. */
const worker = step({
  doc: "Fails on numbers that it is told.",
  params: Type.Object({ on: Type.Array(Type.Number(), { default: [] }) }),
  inputs: { value: event(number) },
  outputs: { value: number },
  step({ value }, _, { params }) {
    if (params.on.includes(value as number)) throw new Error(`cannot do ${value}`);
    return { outputs: { value: value as number } };
  },
});

const components = { "test/faulty": faulty, "test/worker": worker };
const isolated = (text: string, setup: RunSetup) => run(text, { components, faults: "isolate", ...setup });

const chain = (node: string, at_ms: readonly number[]) => `
nodes:
  clock: {component: test/count, on: 10ms}
  bad: {component: test/faulty, in: {value: clock.value}, params: {at_ms: [${at_ms.join(", ")}]}${node}}
  after: {component: test/pass, in: {value: bad.value}}
  beside: {component: test/pass, in: {value: clock.value}}
`;

describe("a node that throws", () => {
  test("without a budget says its safe values at once, and nothing ever after; all others go on", async () => {
    const { at, result } = await isolated(chain(", safe: {value: -1}", [20]), { for_ms: 60 });
    const expected = [
      [0, 0, 0],
      [10, 0, 1],
      [20, 0, -1],
    ];
    expect(at("bad.value")).toEqual(expected);
    expect(at("after.value")).toEqual(expected);
    expect(at("bad.count")).toEqual([
      [0, 0, 1],
      [10, 0, 2],
    ]);
    expect(at("beside.value").map(([, , value]) => value)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(result.virtual_s).toBe(0.06);
    expect(result.faults).toMatchObject([{ node: "bad", time_ns: 2e7, outcome: "gives up" }]);
    expect(result.warnings).toMatchObject([{ code: "L0602", severity: "error", path: "/nodes/bad" }]);
    expect(result.warnings[0]!.message).toMatch(/^`bad` failed at 0\.02 s: bad at 20 ms \(faults\.test\.ts:\d+:\d+\)$/);
  });

  test("without safe values is silent, and readers hold what it said last", async () => {
    const { at } = await isolated(`${chain("", [20])}  reader: {component: test/sum, on: 20ms, in: {a: bad.value}}\n`, {
      for_ms: 70,
    });
    expect(at("bad.value").map(([ms]) => ms)).toEqual([0, 10]);
    expect(at("reader.value")).toEqual([
      [0, 0, 0],
      [20, 0, 1],
      [40, 0, 1],
      [60, 0, 1],
    ]);
  });

  test("is started again after its delay, with the state it starts with; what comes until then is lost on it", async () => {
    const node = ", safe: {value: -1}, restart: {budget: 2, within: 1s, after: 15ms}";
    const { at, result } = await isolated(chain(node, [20]), { for_ms: 70 });
    expect(at("bad.value")).toEqual([
      [0, 0, 0],
      [10, 0, 1],
      [20, 0, -1],
      [40, 0, 4],
      [50, 0, 5],
      [60, 0, 6],
    ]);
    expect(at("bad.count").map(([, , count]) => count)).toEqual([1, 2, 1, 2, 3]);
    expect(result.faults).toMatchObject([{ node: "bad", time_ns: 2e7, outcome: "restarts" }]);
    expect(result.warnings).toMatchObject([{ code: "L0613", severity: "warning" }]);
    expect(result.warnings[0]!.message).toContain("`bad` faulted once and was started again");
  });

  test("gives up at the fault that is one too many within its window, and its safe values stay", async () => {
    const node = ", safe: {value: -1}, restart: {budget: 2, within: 1s, after: 0ms}";
    const { at, result } = await isolated(chain(node, [10, 20, 30]), { for_ms: 60 });
    expect(at("bad.value")).toEqual([
      [0, 0, 0],
      [10, 0, -1],
      [20, 0, -1],
      [30, 0, -1],
    ]);
    expect(result.faults.map(({ outcome }) => outcome)).toEqual(["restarts", "restarts", "gives up"]);
    expect(result.warnings.map(({ code }) => code)).toEqual(["L0602"]);
  });

  test("has its budget back once its faults lie a window behind", async () => {
    const node = ", restart: {budget: 1, within: 20ms, after: 0ms}";
    const { result } = await isolated(chain(node, [10, 30, 50, 60]), { for_ms: 100 });
    expect(result.faults.map(({ time_ns, outcome }) => [time_ns / 1e6, outcome])).toEqual([
      [10, "restarts"],
      [30, "restarts"],
      [50, "restarts"],
      [60, "gives up"],
    ]);
  });

  test("ends the run where faults end it, with the same problem", async () => {
    const problems = await problemsOf(run(chain("", [20]), { components, for_ms: 60 }));
    expect(problems).toMatchObject([{ code: "L0602", path: "/nodes/bad" }]);
  });
});

test("a node that was started again begins as one that never fired: no time has passed, and every value is new", async () => {
  const seen: unknown[] = [];
  const told = step({
    doc: "Tells what its firings know; fails at 20 ms.",
    inputs: { slow: number, value: number },
    outputs: { value: number },
    step({ value }, _, { dt, fresh, time_ns }) {
      if (time_ns === 2e7) throw new Error("bad");
      seen.push([time_ns / 1e6, dt * 1e3, fresh("slow")]);
      return { outputs: { value } };
    },
  });
  const text = `
nodes:
  clock: {component: test/count, on: 10ms}
  once: {component: test/count, on: 1s}
  bad: {component: test/told, on: {each: [value]}, in: {slow: once.value, value: clock.value}, restart: 1}
`;
  await run(text, { components: { "test/told": told }, faults: "isolate", for_ms: 60 });
  expect(seen).toEqual([
    [0, 0, true],
    [10, 10, false],
    [40, 0, true],
    [50, 10, false],
  ]);
});

describe("what does not fit a stream", () => {
  const level = step({
    doc: "A third of the numbers it hears is none.",
    inputs: { value: number },
    outputs: { value: Type.Object({ level: number }), also: number },
    step: ({ value }) => ({ outputs: { value: { level: value % 3 === 2 ? Number.NaN : value }, also: value } }),
  });
  const spoiling = { components: { "test/level": level } };
  const text = `
messages: {Low: {type: number, maximum: 5}}
streams:
  in: {sensed: {message: number, simulate: "meter.value:level"}}
  out: {sent: {message: Low, from: "bad.value:level"}, low: {message: Low, from: high.value}}
world:
  ticks: {component: test/count, on: 10ms}
  meter: {component: test/level, on: 10ms, in: {value: ticks.value}}
  hears: {component: test/pass, in: {value: sent}}
nodes:
  clock: {component: test/count, on: 10ms}
  bad: {component: test/level, in: {value: clock.value}, safe: {value: {level: -1}, also: -1}, restart: {budget: 1, after: 5ms}}
  high: {component: test/pass, in: {value: clock.value}}
  beside: {component: test/pass, in: {value: clock.value}}
`;

  test("is a fault of the node that said it: nobody hears of it, and all others go on", async () => {
    const { at, result } = await isolated(text, { ...spoiling, for_ms: 90 });
    expect(at("sent")).toEqual([
      [0, 0, 0],
      [10, 0, 1],
      [20, 0, -1],
      [30, 0, 3],
      [40, 0, 4],
      [50, 0, -1],
    ]);
    expect(at("bad.value").map(([, , value]) => value)).toEqual(
      [0, 1, -1, 3, 4, -1].map((value) => ({ level: value })),
    );
    expect(at("sensed").map(([, , value]) => value)).toEqual([0, 1]);
    expect(at("low").map(([, , value]) => value)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(at("beside.value")).toHaveLength(9);
    expect(result.faults.map(({ node, time_ns, outcome }) => [node, time_ns / 1e6, outcome])).toEqual([
      ["meter", 20, "gives up"],
      ["bad", 20, "restarts"],
      ["bad", 50, "gives up"],
      ["high", 60, "gives up"],
    ]);
    expect(result.faults.map(({ problems }) => problems[0])).toMatchObject(
      ["/world/meter", "/nodes/bad", "/nodes/bad", "/streams/out/low"].map((path) => ({ code: "L0603", path })),
    );
  });

  test("is found after another port has spoken: that one's safe value comes a microstep later", async () => {
    const two = step({
      doc: "The second of its outputs is no number at 20 ms.",
      inputs: { value: number },
      outputs: { first: number, second: number, third: number },
      step: ({ value }) => ({ outputs: { first: value, second: value === 2 ? Number.NaN : value, third: value } }),
    });
    const { at } = await isolated(
      `
streams: {out: {o: {message: number, from: bad.second}}}
nodes:
  clock: {component: test/count, on: 10ms}
  bad: {component: test/two, in: {value: clock.value}, safe: {first: -1, second: -2, third: -3}}
  hears: {component: test/sum, in: {a: bad.first, b: bad.second}}
`,
      { components: { ...components, "test/two": two }, for_ms: 40 },
    );
    expect(at("bad.first").slice(2)).toEqual([
      [20, 0, 2],
      [20, 1, -1],
    ]);
    expect(at("bad.second").slice(2)).toEqual([[20, 0, -2]]);
    expect(at("bad.third").slice(2)).toEqual([[20, 0, -3]]);
    expect(at("hears.value").slice(2)).toEqual([
      [20, 0, 0],
      [20, 1, -3],
    ]);
  });

  test("ends the run where faults end it, and where a log says it", async () => {
    const [problem] = await problemsOf(run(text, { ...spoiling, for_ms: 90 }));
    expect(problem).toMatchObject({ code: "L0603", path: "/world/meter" });
    async function* log() {
      yield { time_ns: 0, microstep: 0, stamp_ns: 0, message: Number.NaN };
    }
    const replayed = isolated(text, { ...spoiling, replay: log, for_ms: 90 });
    expect(await problemsOf(replayed)).toMatchObject([{ code: "L0603", path: "/streams/in/sensed" }]);
  });
});

test("`missing: fault` is a fault of the node that lacks the value", async () => {
  const text = `
nodes:
  once: {component: test/count, on: 50ms}
  bad: {component: test/sum, on: 20ms, in: {a: {from: once.value, max_age: 30ms, missing: fault}}, safe: {value: -1}}
  beside: {component: test/count, on: 20ms}
`;
  const { at, result } = await isolated(text, { for_ms: 100 });
  expect(at("bad.value")).toEqual([
    [0, 0, 0],
    [20, 0, 0],
    [40, 0, -1],
  ]);
  expect(at("beside.value")).toHaveLength(5);
  expect(result.warnings).toMatchObject([{ code: "L0604" }]);
});

const events = (items: readonly (readonly [number, number])[]) =>
  `[${items.map(([ms, value]) => `[${ms}, value, ${value}]`).join(", ")}]`;

const queued = (items: readonly (readonly [number, number])[], queue: string, node: string, on: readonly number[]) => `
streams: {in: {jobs: {message: number, simulate: script.value}}}
world: {script: {component: test/script, params: {items: ${events(items)}}}}
nodes:
  bad: {component: test/worker, in: {value: {from: jobs, queue: ${queue}}}, params: {on: [${on.join(", ")}]}${node}}
  beside: {component: test/pass, in: {value: jobs}}
`;

describe("a node with a queue", () => {
  const five = [1, 2, 3, 4, 5].map((n) => [n * 10, n] as const);

  test("that is down lets it fill to its bound, and works it off when it is back", async () => {
    const node = ", safe: {value: -1}, restart: {budget: 1, within: 1s, after: 35ms}";
    const { at, result } = await isolated(queued(five, "{size: 2, policy: drop_oldest}", node, [1]), { for_ms: 100 });
    expect(at("bad.value")).toEqual([
      [10, 0, -1],
      [45, 1, 3],
      [45, 2, 4],
      [50, 0, 5],
    ]);
    expect(result.dropped).toEqual({ "bad.value": 1 });
    expect(at("beside.value")).toHaveLength(5);
  });

  test("drops what it failed on, and what it has found out but not yet said", async () => {
    const node = ", latency: 12ms, safe: {value: -1}, restart: {budget: 1, within: 1s, after: 0ms}";
    const text = `
streams: {in: {jobs: {message: number, simulate: script.value}}}
world: {script: {component: test/script, params: {items: [[10, value, 1], [15, value, 2], [40, value, 3]]}}}
nodes:
  bad: {component: test/worker, in: {value: {from: jobs, queue: {size: 4}}}, params: {on: [2]}${node}}
`;
    const { at } = await isolated(text, { for_ms: 100 });
    // 1 lands at 22, then 2 fails there; 3 is taken at 40 and lands at 52
    expect(at("bad.value")).toEqual([
      [22, 0, 1],
      [22, 1, -1],
      [52, 0, 3],
    ]);
  });

  test("that may not overflow faults for it, once; while it is down it only fills", async () => {
    const burst = [10, 10, 10, 10, 10].map((ms, n) => [ms, n] as const);
    const text = `
streams: {in: {jobs: {message: number, simulate: script.value}}}
world: {script: {component: test/script, params: {items: ${events([...burst, [20, 9]])}}}}
nodes:
  bad:
    component: test/worker
    latency: 50ms
    in: {value: {from: jobs, queue: {size: 2, policy: fault}}}
    safe: {value: -1}
    restart: {budget: 1, within: 10s, after: 15ms}
`;
    const { at, result } = await isolated(text, { for_ms: 300 });
    expect(result.faults).toMatchObject([
      { node: "bad", time_ns: 1e7, outcome: "restarts", problems: [{ code: "L0612" }] },
    ]);
    // the result in flight was lost with it; the two that waited are worked off from 25 ms on
    expect(at("bad.value").map(([ms, , value]) => [ms, value])).toEqual([
      [10, -1],
      [75, 1],
      [125, 2],
    ]);
  });

  test("that gave up holds its producer back no more", async () => {
    const text = `
nodes:
  clock: {component: test/count, on: 10ms}
  producer: {component: test/pass, in: {value: clock.value}}
  bad:
    component: test/worker
    latency: 100ms
    in: {value: {from: producer.value, queue: {size: 1, policy: block}}}
    params: {on: [1]}
`;
    const { at, result } = await isolated(text, { for_ms: 300 });
    expect(result.faults).toMatchObject([{ node: "bad", time_ns: 1e8, outcome: "gives up" }]);
    const times = at("producer.value").map(([ms]) => ms);
    expect(times.slice(0, 3)).toEqual([0, 10, 100]);
    // from then on as often as its clock
    expect(times.filter((ms) => ms > 100)).toEqual(Array.from({ length: 19 }, (_, k) => 110 + 10 * k));
  });
});

describe("what waited for a node that was down is worked off in portions of an instant, however much it is:", () => {
  const COUNT = 2500;
  const items = (port: string) => Array.from({ length: COUNT }, (_, n) => `[${n + 1}, ${port}, ${n}]`).join(", ");
  const script = `script: {component: test/script, params: {items: [${items("value")}]}}`;
  const all = Array.from({ length: COUNT }, (_, n) => n);
  const down = "restart: {budget: 1, within: 10s, after: 3s}";
  const stream = (reader: string) => `
streams: {in: {jobs: {message: number, simulate: script.value}}}
world: {${script}}
nodes: {bad: {${reader}, params: {on: [4]}, ${down}}}
`;
  const back_ms = 3005;

  test("a queue", async () => {
    const { at, values } = await isolated(stream("component: test/worker, in: {value: {from: jobs, queue: 5000}}"), {
      for_ms: 4000,
    });
    expect(values("bad.value")).toEqual(all.filter((n) => n !== 4));
    const times = at("bad.value").slice(4);
    expect(times[0]).toEqual([back_ms, 1, 5]);
    expect(times.at(-1)![0]).toBeLessThan(back_ms + 1e-5);
    expect(Math.max(...times.map(([, microstep]) => microstep))).toBe(500);
  });

  test("in a run that is cut amid the portions too", async () => {
    const text = stream("component: test/worker, in: {value: {from: jobs, queue: 5000}}");
    const { typed, component } = await prepared(text, { components });
    const options = { component, services: memory(), faults: "isolate" } as const;
    const first = await createRun(typed, options);
    await first.advance(back_ms * 1e6 + 2);
    const from = structuredClone(await first.snapshot());
    await first.finish();
    const rest = await createRun(typed, { ...options, from });
    const heard: unknown[] = [];
    rest.port("bad.value").subscribe(({ message }) => heard.push(message));
    await rest.advance(4e9);
    await rest.finish();
    expect(heard).toEqual(all.slice(1006));
  });

  test("a producer that was held back", async () => {
    const text = `
world:
  ${script}
  bad: {component: test/worker, in: {value: {from: script.value, queue: {size: 1, policy: block}}}, params: {on: [4]}, ${down}}
nodes: {clock: {component: test/count, on: 1s}}
`;
    const { values } = await isolated(text, { for_ms: 4000 });
    expect(values("bad.value")).toEqual(all.filter((n) => n !== 4));
  });

  test("sets of aligned messages, in one go or cut amid the portions", async () => {
    const text = `
nodes:
  left: {component: test/count, on: 1ms}
  right: {component: test/count, on: 1ms}
  bad: {component: test/pair, on: {aligned: {ports: [left, right], within: 0ms}}, in: {left: left.value, right: right.value}, ${down}}
`;
    const pair = genericStep({
      doc: "Fails at 5 ms.",
      ports: () => ({
        inputs: { left: { schema: number, kind: "signal" }, right: { schema: number, kind: "signal" } },
        outputs: { value: number },
      }),
      step({ left, right }, _, { time_ns }) {
        if (time_ns === 5e6) throw new Error("no");
        return { outputs: { value: 1e6 * (left as number) + (right as number) } };
      },
    });
    const { typed, component } = await prepared(text, { components: { "test/pair": pair } });
    const options = { component, services: memory(), faults: "isolate" } as const;
    const hear = async (cuts: readonly number[]) => {
      const heard: unknown[] = [];
      let from: Snapshot | undefined;
      for (const cut of [...cuts, 3.1e9]) {
        const part = await createRun(typed, { ...options, ...(from === undefined ? {} : { from }) });
        part.port("bad.value").subscribe(({ message }) => heard.push(message));
        await part.advance(cut);
        if (cut < 3.1e9) from = structuredClone(await part.snapshot());
        await part.finish();
      }
      return heard;
    };
    const heard = await hear([]);
    // 1,024 sets wait at most, the oldest are dropped
    const kept = Array.from({ length: 3100 - (back_ms + 1 - 1024) }, (_, i) => back_ms + 1 - 1024 + i);
    expect(heard.slice(5)).toEqual(kept.map((n) => 1_000_001 * n));
    expect(await hear([back_ms * 1e6 + 1])).toEqual(heard);
  });

  test("but not a loop without an end", async () => {
    const text = `
streams:
  in: {measured: {message: number, simulate: plant.value}}
  out: {command: {message: number, from: bad.value, initial: 0}}
world:
  script: {component: test/script, params: {items: ${events([0, 1, 2, 3].map((n) => [n + 1, n] as const))}}}
  plant: {component: test/sum, on: {each: [a, b]}, in: {a: command, b: script.value}}
nodes:
  bad: {component: test/worker, in: {value: {from: measured, queue: 9}}, params: {on: [0]}, restart: {budget: 1, after: 9ms}}
`;
    const [problem] = await problemsOf(isolated(text, { for_ms: 100 }));
    expect(problem).toMatchObject({ code: "L0601" });
    expect(problem!.message).toContain("at 0.0100002 s");
  });
});

test("results on their way when a node gives up do not undo its safe values", async () => {
  const { at } = await isolated(chain(", latency: 25ms, safe: {value: -1}", [20]), { for_ms: 100 });
  expect(at("bad.value")).toEqual([[20, 0, -1]]);
});

test("a node down takes no partners that wait, and is not fired for less than a set when it is back", async () => {
  const text = `
nodes:
  left: {component: test/count, on: 10ms}
  right: {component: test/count, on: 20ms}
  bad:
    component: test/pair
    on: {aligned: {ports: [left, right], within: 1ms}}
    in: {left: left.value, right: right.value}
    restart: {budget: 1, within: 1s, after: 15ms}
`;
  const pair = genericStep({
    doc: "Fails at 20 ms.",
    ports: () => ({
      inputs: { left: { schema: number, kind: "signal" }, right: { schema: number, kind: "signal" } },
      outputs: { value: number },
    }),
    step({ left, right }, _, { time_ns }) {
      if (time_ns === 2e7) throw new Error("no");
      return { outputs: { value: 100 * (left as number) + (right as number) } };
    },
  });
  const { at } = await isolated(text, { for_ms: 70, components: { ...components, "test/pair": pair } });
  expect(at("bad.value")).toEqual([
    [0, 0, 0],
    [40, 0, 402],
    [60, 0, 603],
  ]);
});

describe("a source that faults", () => {
  const torn = (when: number, thrown: "throws" | "rejects") =>
    source({
      doc: "Breaks off.",
      outputs: () => ({ value: number }),
      async *open() {
        for (let n = 0; n < when; n++) yield { time_ns: n * 1e7, port: "value", message: n };
        if (thrown === "throws") throw new Error("torn");
        await Promise.reject(new Error("torn"));
      },
    });

  test.each([0, 3])("after %i items just ends, and a run to the end of its sources ends", async (items) => {
    const text = `
streams: {in: {x: {message: number, simulate: w.value}, y: {message: number, simulate: v.value}}}
world: {w: {component: test/torn}, v: {component: test/script, params: {items: [[0, value, 1], [50, value, 2]]}}}
nodes: {clock: {component: test/count, on: 10ms}, n: {component: test/pass, in: {value: x}}}
`;
    for (const how of ["throws", "rejects"] as const) {
      const { result, values } = await isolated(text, { components: { "test/torn": torn(items, how) } });
      expect(values("x")).toHaveLength(items);
      expect(values("y")).toEqual([1, 2]);
      expect(values("clock.value")).toHaveLength(6);
      expect(result.faults).toMatchObject([{ node: "w", outcome: "gives up" }]);
      expect(result.warnings.map(({ code }) => code)).toContain("L0602");
    }
  });
});

test("a component that cannot even be closed is no news, and no unhandled rejection", async () => {
  const closes: string[] = [];
  const bad = (how: () => unknown) => ({
    ...faulty,
    instantiate: (setup: Parameters<typeof faulty.instantiate>[0]) => {
      const instance = faulty.instantiate(setup) as object;
      return {
        ...instance,
        close: () => {
          closes.push(setup.node);
          return how() as Promise<void>;
        },
      };
    },
  });
  const node = ", restart: {budget: 1, within: 1s, after: 0ms}";
  for (const how of [
    () => Promise.reject(new Error("not even that")),
    () => {
      throw new Error("not even that");
    },
  ]) {
    closes.length = 0;
    const { result } = await run(chain(node, [10, 30]), {
      components: { "test/faulty": bad(how) as typeof faulty },
      faults: "isolate",
      for_ms: 50,
    });
    expect(result.faults).toHaveLength(2);
    expect(closes).toEqual(["bad", "bad"]);
  }
});
