/** The rule `record` with its policies, in graphs that run. */

import Type from "typebox";
import { describe, expect, test } from "vitest";
import type { Component } from "../../src/component/component.js";
import { event } from "../../src/component/ports.js";
import { recorderComponent } from "../../src/component/recorder/node.js";
import { Recorder } from "../../src/component/recorder/recorder.js";
import type { RecordedRow } from "../../src/component/recorder/row.js";
import { source } from "../../src/component/source.js";
import { step } from "../../src/component/step.js";
import { authored, memory, rewritten, run } from "../support/graphs.js";

const number = Type.Number();

const more: { readonly [name: string]: Component } = {
  "test/presses": source({
    doc: "Presses at these times, in ms.",
    params: Type.Object({ at: Type.Array(Type.Number()) }),
    outputs: () => ({ press: event(number) }),
    *open({ at }) {
      for (const ms of at) yield { time_ns: Math.round(ms * 1e6), port: "press", message: ms };
    },
  }),
  "test/tally": step({
    doc: "How many presses since the last firing.",
    inputs: { press: event(number), x: number },
    outputs: { count: number },
    step: ({ press }) => ({ outputs: { count: (press as unknown as number[]).length } }),
  }),
  "test/echo": step({
    doc: "Says each press again.",
    inputs: { press: event(number) },
    outputs: { press: event(number) },
    step: ({ press }) => ({ outputs: { press } }),
  }),
  "test/even": recorderComponent(
    class extends Recorder {
      override keeps(row: RecordedRow) {
        return Number(this.value(row, "control")) % 2 === 0;
      }
    },
  ),
};

const loop = `
streams:
  in: {x: {message: Scalar, simulate: plant.value, contract: {rate: 100hz}}}
world:
  plant: {component: test/count, on: 100hz}
nodes:
  control: {component: test/sum, on: 100hz, in: {a: x}}
`;

async function record(options: string, for_ms = 100, graph = loop) {
  const services = memory();
  const { result } = await run(
    `${graph}rewrites: [{record: {as: r, inputs: [x], outputs: [control.value], ${options}}}]`,
    {
      for_ms,
      services,
      components: more,
    },
  );
  const { rows } = services.kept.r!;
  return { rows: rows.map(({ values }) => values), result };
}

describe("policies of the rule", () => {
  test("with two ports and `every: 2` over ten complete rows, five rows with both ports are kept", async () => {
    const { rows } = await record("every: 2");
    expect(rows).toEqual([0, 2, 4, 6, 8].map((n) => ({ x: n, "control.value": n })));
  });

  test.each([
    ["keep: {rows: 2}", [8, 9]],
    ["rate: 30hz", [0, 4, 7]],
    ["when: {port: control, above: 6}", [7, 8, 9]],
    ["on_change: {tolerance: 2.5}", [0, 3, 6, 9]],
    ["trigger: {when: {port: x, equals: 4}, pre: 10ms, post: 1}", [3, 4, 5]],
    ["component: test/even, every: 3", [0, 6]],
  ])("%s", async (options, want) => {
    const { rows } = await record(options);
    expect(rows.map(({ x }) => x)).toEqual(want);
  });

  test("changes no digest", async () => {
    const bare = await run(loop, { for_ms: 100 });
    const { result } = await record("trigger: {when: {port: x, above: 4}, pre: 2}, episodes: {duration: 20ms}");
    expect(result.digest).toBe(bare.result.digest);
  });
});

describe("what does not fit", () => {
  const problemsOf = async (options: string) => {
    const { problems } = await rewritten(
      authored(`${loop}rewrites: [{record: {as: r, outputs: [control.value], ${options}}}]`),
      { components: more },
    );
    return problems.map(({ code, path }) => `${code} ${path}`);
  };

  test.each([
    ["trigger: {when: {port: control, above: 1}}, keep: {rows: 2}", "L0730 /rewrites/0/keep"],
    ["trigger: {pre: 2}", "L0730 /rewrites/0/trigger"],
    ["rows: asof, every: 2", "L0730 /rewrites/0/every"],
    ["when: {port: x, above: 1}", "L0731 /rewrites/0/when/port"],
    ["when: {port: control, abov: 1}", "L0503 /rewrites/0/when/abov"],
    ["keep: {}", "L0502 /rewrites/0/keep"],
    ["rate: 10", "L0502 /rewrites/0/rate"],
    ["rate: 10ms", "L0119 /rewrites/0/rate"],
    ["episodes: {by: control.phase}", "L0731 /rewrites/0/episodes/by"],
    ["max_disk: {bytes: 1MB, when_full: drop_oldest}", "L0730 /rewrites/0/max_disk/when_full"],
    ["component: test/sum", "L0509 /rewrites/0/component"],
    ["component: test/none", "L0509 /rewrites/0/component"],
    ["component: test/even, params: {least: 3}", "L0401 /rewrites/0/params/least"],
    ["component: test/even, rows: asof", "L0730 /rewrites/0/rows"],
    ["component: test/even, trigger: {pre: 3}", "L0730 /rewrites/0/trigger"],
  ])("%s: %s", async (options, want) => {
    expect(await problemsOf(options)).toEqual([want]);
  });
});

test("the old options say in the graph what they said", async () => {
  const { graph } = await rewritten(
    authored(`${loop}rewrites: [{record: {as: r, outputs: [control.value], keep: {rows: 5}, every: 2}}]`),
  );
  expect(graph.nodes["record#r"]).toMatchObject({
    component: "record/recorder",
    on: { each: ["control.value"] },
    params: { as: "r", rows: "firings", inputs: [], outputs: ["control.value"], keep_rows: 5, every: 2 },
  });
});

describe("events that a clocked anchor reads", () => {
  const presses = `
streams:
  in:
    press: {message: number, kind: event, simulate: finger.press}
    x: {message: Scalar, simulate: plant.value, contract: {rate: 100hz}}
world:
  finger: {component: test/presses, params: {at: [1, 12, 13, 14, 35]}}
  plant: {component: test/count, on: 100hz}
nodes:
  tally: {component: test/tally, on: 100hz, in: {press: press, x: x}}
`;

  test("are a list in the row: all that came since the firing before", async () => {
    const services = memory();
    await run(`${presses}rewrites: [{record: {as: r, inputs: [press, x], outputs: [tally.count]}}]`, {
      for_ms: 50,
      services,
      components: more,
    });
    const { spec, rows, incomplete } = services.kept.r!;
    expect(rows.map(({ time_ns, values }) => [time_ns / 1e6, values])).toEqual([
      [0, { press: [], x: 0, "tally.count": 0 }],
      [10, { press: [1], x: 1, "tally.count": 1 }],
      [20, { press: [12, 13, 14], x: 2, "tally.count": 3 }],
      [30, { press: [], x: 3, "tally.count": 0 }],
      [40, { press: [35], x: 4, "tally.count": 1 }],
    ]);
    expect(incomplete).toEqual([]);
    expect(spec.ports[0]).toEqual({
      port: "press",
      role: "input",
      type: { type: "array", items: { type: "number" }, maxItems: 1024 },
    });
  });

  test("are as many as its queue holds", async () => {
    const services = memory();
    const queued = presses.replace("{press: press,", "{press: {from: press, queue: {size: 2, policy: drop_oldest}},");
    await run(`${queued}rewrites: [{record: {as: r, inputs: [press], outputs: [tally.count]}}]`, {
      for_ms: 50,
      services,
      components: more,
    });
    const { spec, rows } = services.kept.r!;
    expect(rows.map(({ values }) => values)).toEqual([
      { press: [], "tally.count": 0 },
      { press: [1], "tally.count": 1 },
      { press: [13, 14], "tally.count": 2 },
      { press: [], "tally.count": 0 },
      { press: [35], "tally.count": 1 },
    ]);
    expect(spec.ports[0]!.type.maxItems).toBe(2);
  });
});

/** The anchor says itself what it read: a row has to say the same. */
describe("what an anchor reads in a way of its own is in the row as it read it", () => {
  const teller: { readonly [name: string]: Component } = {
    ...more,
    "test/tell": step({
      doc: "What it read.",
      inputs: { press: event(number), other: event(number), x: number },
      outputs: { read: Type.String() },
      step: ({ press, other, x }) => ({ outputs: { read: JSON.stringify({ press, other, x }) } }),
    }),
  };
  const DROP = "queue: {size: 2, policy: drop_oldest}";
  const own = (
    on: string,
    options: { press?: string; other?: string; x?: string; node?: string; more?: string } = {},
  ) => `
streams:
  in:
    press: {message: number, kind: event, simulate: finger.press}
    other: {message: number, kind: event, simulate: thumb.press}
    x: {message: Scalar, simulate: plant.value, contract: {rate: 100hz}}
world:
  finger: {component: test/presses, params: {at: [1, 12, 13, 14, 35, 60, 61, 90]}}
  thumb: {component: test/presses, params: {at: [2, 15, 33, 59, 94]}}
  plant: {component: test/count, on: 100hz}
nodes:
  tell:
    component: test/tell
    on: ${on}
    ${options.node ?? ""}
    in:
      press: {from: press, ${options.press ?? "missing: {default: -1}"}}
      other: {from: other, ${options.other ?? "missing: {default: -2}"}}
      x: {from: x, ${options.x ?? ""}}
${options.more ?? ""}`;

  const triggers: [string, string][] = [
    ["each event", own("{each: [press]}")],
    ["each event of a queue", own("{each: [press]}", { press: DROP })],
    ["each of two", own("{each: [press, other]}")],
    ["each value, events of a queue", own("{each: [x]}", { press: `${DROP}, missing: {default: -1}` })],
    ["each event, another waiting in a queue", own("{each: [other]}", { press: `${DROP}, missing: {default: -1}` })],
    ["a clock", own("100hz")],
    ["a clock, a queue that blocks nobody", own("50hz", { press: DROP })],
    ["events that grow old", own("30hz", { press: "max_age: 15ms" })],
    ["a window of events", own("{window: {count: 2, port: press}}")],
    ["a window, slid", own("{window: {duration: 20ms, every: 10ms, port: press}}")],
    ["aligned events", own("{aligned: {ports: [press, other], within: 5ms}}", { press: "", other: "" })],
    ["silence of a value", own("{silence: {port: x, for: 5ms}}")],
    ["a value by its stamp", own("{each: [press]}", { x: "exact: true, missing: {default: 0}" })],
  ];
  const times: [string, string][] = [
    ["at once", ""],
    ["in 3 ms", "latency: 3ms"],
    ["in 12 ms", "latency: 12ms"],
    ["in a time that is drawn", "latency: {normal: [4ms, 3ms]}"],
  ];
  const cases = triggers.flatMap(([on, graph]) =>
    times.map(
      ([takes, latency]) => [`${on}, ${takes}`, graph.replace("    \n", latency && `    ${latency}\n`)] as const,
    ),
  );

  test.each(cases)("%s", async (_, graph) => {
    const services = memory();
    const recorded = `${graph}rewrites: [{record: {as: r, inputs: [press, other, x], outputs: [tell.read]}}]`;
    const { result } = await run(recorded, { for_ms: 120, services, components: teller });
    expect(result.digest).toBe((await run(graph, { for_ms: 120, components: teller })).result.digest);
    const { rows, incomplete } = services.kept.r!;
    for (const { values } of rows) {
      const { "tell.read": read, ...inputs } = values as { [port: string]: unknown };
      expect(inputs).toEqual(JSON.parse(read as string));
    }
    expect(rows.length).toBeGreaterThan(1);
    // what was not there when the anchor read, the row lacks
    expect(incomplete.filter((port) => port !== "x")).toEqual([]);
  });

  test("of several anchors on one clock, each reads its own", async () => {
    const services = memory();
    const second = "  also: {component: test/sum, on: 100hz, in: {a: x}}\n";
    const graph = own("100hz", { press: DROP, more: second });
    await run(`${graph}rewrites: [{record: {as: r, inputs: [press], outputs: [tell.read, also.value]}}]`, {
      for_ms: 50,
      services,
      components: teller,
    });
    const { rows } = services.kept.r!;
    expect(rows.map(({ values }) => values.press)).toEqual([[], [1], [13, 14], [], [35]]);
  });

  test("at the port of whose silence it fires, it reads nothing, and there is no row", async () => {
    const services = memory();
    const graph = own("{silence: {port: press, for: 5ms}}", { press: "" });
    await run(`${graph}rewrites: [{record: {as: r, inputs: [press], outputs: [tell.read]}}]`, {
      for_ms: 50,
      services,
      components: teller,
    });
    expect(services.kept.r).toMatchObject({ rows: [], incomplete: ["press", "press", "press"] });
  });

  test.each([
    ["tel.x", "L0203 /nodes/log/params/reads/x"],
    ["tell.y", "L0205 /nodes/log/params/reads/x"],
  ])("it has to be there: %s", async (ref, want) => {
    const log = `  log: {component: test/even, on: {each: [t]}, in: {t: tell.read, x: x}, params: {reads: {x: ${ref}}}}\n`;
    const { problems } = await rewritten(authored(own("100hz", { more: log })), { components: teller });
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([want]);
  });
});

test("a recorder does not hold back whom its anchor holds back", async () => {
  const graph = `
streams:
  in: {press: {message: number, kind: event, simulate: finger.press}}
world:
  finger: {component: test/presses, params: {at: [1, 2, 3, 4, 5, 26, 27]}}
nodes:
  echo: {component: test/echo, in: {press: {from: press, queue: {size: 10, policy: fault}}}}
  tally: {component: test/tally, on: 100hz, in: {press: {from: echo.press, queue: {size: 3, policy: block}}, x: clock.value}}
  clock: {component: test/count, on: 100hz}
`;
  const services = memory();
  const recorded = `${graph}rewrites: [{record: {as: r, inputs: [echo.press], outputs: [tally.count]}}]`;
  const { result } = await run(recorded, { for_ms: 50, services, components: more });
  const bare = await run(graph, { for_ms: 50, components: more });
  expect(result.digest).toBe(bare.result.digest);
  const { spec, rows } = services.kept.r!;
  for (const { values } of rows)
    expect((values["echo.press"] as unknown as number[]).length).toBe(values["tally.count"]);
  expect(rows.flatMap(({ values }) => values["echo.press"] as unknown as number[])).toEqual([1, 2, 3, 4, 5, 26, 27]);
  expect(spec.ports[0]!.type.maxItems).toBe(1024);
});

describe("a recorder as a node", () => {
  test("has its ports from what it is connected to, its name from the node", async () => {
    const services = memory();
    await run(
      `${loop}  log: {component: test/even, on: {each: [control]}, in: {control: control.value, x: x}, params: {every: 2}}\n`,
      { for_ms: 100, services, components: more },
    );
    const { spec, rows } = services.kept.log!;
    expect(spec).toMatchObject({
      as: "log",
      rows: "firings",
      ports: [
        { port: "control", role: "input" },
        { port: "x", role: "input" },
      ],
    });
    expect(rows.map(({ values }) => values.x)).toEqual([0, 2, 4, 6, 8]);
  });
});
