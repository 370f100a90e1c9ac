/** Checks beyond wiring: what is told is so in a run, what works is told nothing, and where each is told. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { relays } from "../../src/component/relay.js";
import type { Catalogue } from "../../src/graph/catalogue.js";
import { check } from "../../src/graph/check.js";
import { agesOf } from "../../src/graph/checks/ages.js";
import { disagreements } from "../../src/graph/checks/agreement.js";
import { MAX_VERTICES } from "../../src/graph/checks/ids.js";
import { inlineNode } from "../../src/graph/inline.js";
import type { Graph, GraphNode, Input } from "../../src/graph/ir.js";
import type { Problem } from "../../src/problem/problem.js";
import { armReach } from "../support/arm-reach.js";
import { testCatalogue } from "../support/catalogue.js";
import { authored, run } from "../support/graphs.js";
import { type Firing, randomGraph, randomParts } from "../support/random-graphs.js";

const head = "limbeck: 1\nname: t\n";
const problemsOf = (text: string): readonly Problem[] =>
  check(authored(text.includes("limbeck:") ? text : head + text), testCatalogue).problems;
const told = (text: string) => problemsOf(text).map((p) => p.code);

describe("random graphs", () => {
  /** Loses streams, cuts sources and takes out initial values here and there. */
  const damaged = fc
    .record({
      graph: randomGraph,
      loss: fc.subarray(["s0", "s1"]),
      cut: fc.subarray(["s0", "s1"], { maxLength: 1 }),
      hold: fc.boolean(),
      lost: fc.boolean(),
    })
    .map(({ graph, loss, cut, hold, lost }): Graph => {
      const streams = Object.entries(graph.streams.in).map(([id, { simulate, ...stream }]) => [
        id,
        {
          ...stream,
          ...(cut.includes(id) || simulate === undefined ? {} : { simulate }),
          contract: { ...stream.contract, ...(loss.includes(id) ? { loss: 1 } : {}) },
        },
      ]);
      const { initial, ...command } = graph.streams.out.command!;
      return {
        ...graph,
        streams: {
          in: Object.fromEntries(streams),
          out: {
            command: { ...command, ...(hold ? { initial: initial! } : {}), contract: { loss: lost ? 1 : 0 } },
          },
        },
      };
    });

  /** Every node that a warning says can never fire. */
  const silent = (problems: readonly Problem[]): string[] =>
    problems
      .filter((p) => ["L0253", "L0254", "L0255"].includes(p.code))
      .flatMap((p) => {
        const [first, follows = ""] = p.message.split("; with it ");
        const named = p.code === "L0255" ? first!.split(": ")[1]!.split(" → ") : [/^`([^`]+)`/.exec(first!)![1]!];
        return [...named, ...[...follows.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)];
      })
      .filter((id) => /^[nw]\d/.test(id));

  test("never get an error, and what can never fire does not", async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async (graph) => {
        const firings: Firing[] = [];
        const components = randomParts((firing) => firings.push(firing));
        const { problems } = check(graph, { ...testCatalogue, ...signaturesOf(components) });
        expect(problems.filter((p) => p.severity === "error")).toEqual([]);
        const dead = silent(problems);
        seen += dead.length;
        await run(graph, { components, for_ms: 400 });
        const alive = new Set(firings.map((f) => f.node));
        expect(dead.filter((id) => alive.has(id))).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  /** Without what is a matter of chance: values that are too old or left out, events that miss each other. */
  const plain = ({ nodes, ...graph }: Graph): Graph => ({
    ...graph,
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([id, node]) => [
        id,
        {
          ...node,
          component: "law/sum",
          in: Object.fromEntries(
            Object.entries(node.in).map(([port, { max_age: _, ...input }]) => [
              port,
              { ...input, from: input.from.replace(".pair:left", ".value") },
            ]),
          ),
        },
      ]),
    ),
  });

  test("nodes that never fire are told of", async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(damaged.map(plain), async (graph) => {
        const firings: Firing[] = [];
        const components = randomParts((firing) => firings.push(firing));
        const { problems } = check(graph, { ...testCatalogue, ...signaturesOf(components) });
        await run(graph, { components, for_ms: 600 });
        const alive = new Set(firings.map((f) => f.node));
        const never = [...Object.keys(graph.world), ...Object.keys(graph.nodes)].filter((id) => !alive.has(id));
        if (never.length === 0) return;
        seen++;
        expect(silent(problems).filter((id) => !never.includes(id))).toEqual([]);
        // what a warning does not name one by one it counts
        const counted = problems.some((p) => / and \d+ more can never fire$/.test(p.message));
        if (!counted) expect(never.filter((id) => !silent(problems).includes(id))).toEqual([]);
      }),
      { numRuns: 100 },
    );
    expect(seen).toBeGreaterThan(20);
  });
});

function signaturesOf(components: ReturnType<typeof randomParts>) {
  return {
    signature: (name: string, params: GraphNode["params"], inputs: { [port: string]: never }) =>
      components[name]?.signature(params, inputs),
  } as unknown as Pick<typeof testCatalogue, "signature">;
}

describe("what works is told nothing", () => {
  const fed = (contract: string, n: string, more = "") => `
streams:
  in: {s: {message: Scalar, simulate: w.value, contract: ${contract}}, t: {message: Scalar, simulate: w.value}}
  out: {all: {message: Scalar, from: n.value}, rest: {message: Scalar, from: t}}
world: {w: {component: test/clocked, on: 100hz}}
nodes:
  n: ${n}
${more}`;

  test.each([
    ["the example of the design", armReach],
    [
      "events that come young enough, whenever they are read",
      fed("{latency: 20ms}", "{component: test/events, on: 100hz, in: {left: {from: s, queue: 4, max_age: 20ms}}}"),
    ],
    [
      "a value read as it comes, at any rate",
      fed("{rate: 100hz}", "{component: test/scalar, in: {value: {from: s, max_age: 1ms}}}"),
    ],
    [
      "a clock that divides the producer's",
      fed("{}", "{component: test/scalar, on: 50hz, in: {value: {from: s, max_age: 1ms}}}"),
    ],
    [
      "the latency taken into account",
      fed("{latency: 4ms}", "{component: test/scalar, on: 100hz, in: {value: {from: s, max_age: 10ms}}}"),
    ],
    [
      "a max_age of exactly one period",
      fed("{}", "{component: test/scalar, on: 1khz, in: {value: {from: s, max_age: 10ms}}}"),
    ],
    [
      "a stream that loses all and has a default",
      fed("{loss: 1}", "{component: test/scalar, on: 10hz, in: {value: {from: s, missing: {default: 0}}}}"),
    ],
    [
      "a silence over a stream that loses all",
      fed(
        "{loss: 1}",
        "{component: test/scalar, on: {silence: {port: value, for: 1s}}, in: {value: {from: s, missing: {default: 0}}}}",
      ),
    ],
    [
      "an event input of a clock, with nothing to come",
      fed("{loss: 1}", "{component: test/event, on: 10hz, in: {press: s}}"),
    ],
    ["events with a queue", fed("{}", "{component: test/event, on: 10hz, in: {press: {from: s, queue: {size: 20}}}}")],
    ["events as slow as their reader", fed("{}", "{component: test/event, on: 10ms, in: {press: s}}")],
    ["a node that takes less than its period", fed("{}", "{component: test/scalar, latency: 10ms, in: {value: s}}")],
    [
      "a busy node with a queue",
      fed("{}", "{component: test/event, latency: 50ms, in: {press: {from: s, queue: {size: 1}}}}"),
    ],
    ["two events of one firing", fed("{}", "{component: test/both, in: {left: s, right: t}}")],
    ["a rate that is rounded", fed("{rate: 99.5hz}", "{component: test/scalar, in: {value: s}}")],
    [
      "slow and fast streams of one node of the world",
      `
streams:
  in: {a: {message: Scalar, simulate: w.value, contract: {rate: 100hz}}, b: {message: Scalar, simulate: w.value, contract: {rate: 10hz}}}
  out: {x: {message: Scalar, from: a}, y: {message: Scalar, from: b}}
world: {w: {component: test/clocked, on: 100hz}}`,
    ],
    [
      "a cycle with a clock in it",
      `
streams: {out: {all: {message: Scalar, from: b.value}}}
nodes:
  a: {component: test/scalar, on: 10hz, in: {value: {from: b.value, delay: 1period, initial: 0}}}
  b: {component: test/scalar, in: {value: a.value}}`,
    ],
    [
      "a unit on one side only, and one spelt otherwise",
      `
messages: {A: {x: {type: number, unit: N·m}, y: {type: number, unit: m}}, B: {x: {type: number, unit: Nm}, y: number}}
streams: {in: {a: {message: A, live: x}}, out: {b: {message: B, from: a}}}`,
    ],
    [
      "streams of a live graph only",
      "streams: {in: {a: {message: Scalar, live: x}}, out: {b: {message: Scalar, from: a}}}",
    ],
  ])("%s", (_, text) => {
    expect(problemsOf(text).map((p) => `${p.code} ${p.message}`)).toEqual([]);
  });
});

describe("what is told names both ends and the figures", () => {
  test.each([
    [
      "units in nested fields, through a selection",
      `
messages:
  A: {arm: {joint: {angle: {type: number, unit: deg}, length: {type: number, unit: m}}}}
  B: {angle: {type: number, unit: rad}, length: {type: number, unit: mm}}
streams: {in: {a: {message: A, live: x}}, out: {b: {message: B, from: "a:arm.joint"}}}`,
      ["`a:arm.joint` gives `angle` in deg, `length` in m, and `b` takes `angle` in rad, `length` in mm"],
    ],
    [
      "a chain that starves at its far end, told once",
      `
streams:
  in: {gps: {message: Scalar, live: x}, imu: {message: Scalar, simulate: w.value, live: y}}
  out: {all: {message: Scalar, from: fuse.value}}
world: {w: {component: test/clocked}}
nodes:
  smooth: {component: test/scalar, in: {value: gps}}
  slower: {component: test/scalar, on: 10hz, in: {value: smooth.value}}
  fuse: {component: test/aligned, on: {each: [left]}, in: {left: imu, right: slower.value}}`,
      [
        "`slower` can wait for ever for `smooth.value`, behind which stands `gps`, which has no source in simulation (no `simulate`); with it `smooth` and `fuse` can never fire",
      ],
    ],
    [
      "every stream that cannot speak, for itself",
      `
streams:
  in: {a: {message: Scalar, simulate: w.value, contract: {loss: 1}}, b: {message: Scalar, simulate: w.value, contract: {loss: 100%}}}
  out: {x: {message: Scalar, from: n.value}, y: {message: Scalar, from: m.value}}
world: {w: {component: test/clocked}}
nodes:
  n: {component: test/scalar, on: 10hz, in: {value: a}}
  m: {component: test/scalar, in: {value: b}}`,
      [
        "`n` can wait for ever for `a`, which loses every message (`loss` is 1)",
        "`m` can never fire: its trigger `each: [value]` can wait for ever for `b`, which loses every message (`loss` is 1)",
      ],
    ],
    [
      "a world that hears nothing",
      `
streams:
  in: {seen: {message: Scalar, simulate: plant.value, contract: {rate: 10hz}}}
  out: {told: {message: Scalar, from: node.value, contract: {loss: 1}}}
world: {plant: {component: test/scalar, in: {value: told}}}
nodes: {node: {component: test/clocked, on: 10hz, in: {value: seen}}}`,
      ["`plant` can wait for ever for `told`, which loses every message (`loss` is 1)"],
    ],
    [
      "the age at arrival, and the share of the time",
      `
streams:
  in: {s: {message: Scalar, simulate: w.value, contract: {latency: 20ms}}}
  out: {all: {message: Scalar, from: n.value}}
world: {w: {component: test/clocked, on: 10hz}}
nodes: {n: {component: test/scalar, on: 1khz, in: {value: {from: s, max_age: 70ms}}}}`,
      [
        "`s` comes every 100 ms, 20 ms old, and `n` takes it at `value` up to an age of 70 ms (`max_age`): it is missing 49 % of the time",
      ],
    ],
    [
      "a delay that outlives max_age",
      `
streams: {out: {all: {message: Scalar, from: n.value}}}
nodes:
  w: {component: test/clocked}
  n: {component: test/scalar, on: 50hz, in: {value: {from: w.value, delay: 1s, initial: 0, max_age: 100ms}}}`,
      [
        "`w.value` is 1 s old when it arrives, and `n` takes it at `value` up to an age of 100 ms (`max_age`): it is missing 100 % of the time",
      ],
    ],
  ])("%s", (_, text, messages) => {
    expect(problemsOf(text).map((p) => p.message)).toEqual(messages);
  });

  test("beside errors elsewhere in the file", () => {
    const text = `
streams:
  in: {gps: {message: Scalar, simulate: w.value, contract: {loss: 1}}}
  out: {all: {message: Scalar, from: n.value}, none: {message: Scalr, from: n.value}}
world: {w: {component: test/clocked}}
nodes: {n: {component: test/scalar, in: {value: gps}}, m: {component: test/nothing, in: {value: gps}}}`;
    expect(told(text).sort()).toEqual(["L0202", "L0206", "L0254"]);
  });
});

/** With the ports of sub-graphs. */
const relayCatalogue: Catalogue = {
  ...testCatalogue,
  signature: (name, params, inputs) =>
    (Object.hasOwn(relays, name) ? relays[name]! : undefined)?.signature(params, inputs) ??
    testCatalogue.signature(name, params, inputs),
};

test("through the ports of sub-graphs: contracts, ages, and who waits for whom", () => {
  const inner = authored(`
streams:
  in: {x: {message: Scalar, contract: {rate: 100hz}}}
  out: {y: {message: Scalar, from: n.value}, unused: {message: Scalar, from: m.value}}
nodes:
  n: {component: test/scalar, on: 1khz, in: {value: x}}
  m: {component: test/scalar, in: {value: x}}`);
  const outer = (input: string, stream: string) =>
    authored(`
streams:
  in: {s: {message: Scalar, simulate: w.value${stream}}}
  out: {all: {message: Scalar, from: leg.y}}
world: {w: {component: test/clocked, on: 20hz}}
nodes: {leg: {component: ./inner.graph.yaml, in: {x: ${input}}}}`);
  const types = { Scalar: testCatalogue.message("Scalar")! };
  const said = (input: string, stream: string) =>
    check(inlineNode(outer(input, stream), "leg", { ...inner, messages: types }), relayCatalogue)
      .problems.filter(({ code }) => code !== "L0210")
      .map(({ code, path, message }) => [code, path, message]);

  expect(said("s", "")).toEqual([["L0257", "/nodes/leg~1x/params/rate", expect.stringContaining("at 20 Hz")]]);
  expect(said("s", ", contract: {rate: 20hz}")).toEqual([
    ["L0258", "/nodes/leg~1x/in/in/from", expect.stringContaining("rate 20 Hz and 100 Hz")],
  ]);
  expect(said("{from: s, max_age: 10ms}", "")[1]).toEqual([
    "L0259",
    "/nodes/leg~1x/in/in/max_age",
    expect.stringContaining("missing 78 % of the time"),
  ]);
  const [[code, , message] = []] = said("s", ", contract: {loss: 1}");
  expect(code).toBe("L0253");
  expect(message).toMatch(/^`leg\/n` can wait for ever .* behind which stands `s`.*with it `leg\/m` can never fire$/);
  expect(said("{from: s, missing: {default: 0}}", ", contract: {loss: 1}").map(([c]) => c)).toEqual(["L0254"]);
});

describe("ages", () => {
  const clocked = (period_ns: number, phase_ns = 0, age_ns = 0) => {
    const rate = 1e9 / period_ns;
    return {
      least_hz: rate,
      most_hz: rate,
      root: `${period_ns}/${phase_ns}/${age_ns}`,
      age_ns,
      clock: { period_ns, phase_ns },
    };
  };

  test("of clocks are those that counting gives", () => {
    const period = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(period, period, fc.nat(50), fc.nat(50), fc.nat(60), (p, q, a, b, max_age) => {
        const ages: number[] = [];
        for (let k = 0; k < p * 3; k++) {
          const t = b + (k + 200) * q;
          ages.push((((t - a) % p) + p) % p);
        }
        const { oldest_ns, missing } = agesOf(
          clocked(p * 1000, a * 1000),
          clocked(q * 1000, b * 1000, 1),
          max_age * 1000,
        );
        expect(oldest_ns).toBe(Math.max(...ages) * 1000);
        expect(missing).toBeCloseTo(ages.filter((age) => age > max_age).length / ages.length, 10);
      }),
    );
  });

  test("of what comes at the same tags is that at arrival", () => {
    const value = clocked(1e7, 0, 3e6);
    expect(agesOf(value, value, 2e6)).toEqual({ oldest_ns: 3e6, missing: 1 });
    expect(agesOf(value, value, 3e6)).toEqual({ oldest_ns: 3e6, missing: 0 });
  });
});

test("contracts agree on what both state", () => {
  expect(disagreements({ rate_hz: 50 }, { rate_hz: 100 })).toEqual([{ key: "rate_hz", gives: 50, expects: 100 }]);
  expect(disagreements({ rate_hz: 100 }, {})).toEqual([]);
  expect(disagreements({ range: [-1, 3] }, { range: [-2, 2] })).toMatchObject([{ key: "range" }]);
  const link = { latency_ns: 5e6, jitter_ns: 2e6, loss: 0.05 };
  expect(disagreements(link, { latency_ns: 2e6, jitter_ns: 1e6, loss: 0.01 })).toEqual([
    { key: "latency_ns", gives: 5e6, expects: 2e6 },
    { key: "jitter_ns", gives: 2e6, expects: 1e6 },
    { key: "loss", gives: 0.05, expects: 0.01 },
  ]);
  expect(disagreements(link, { latency_ns: 8e6, jitter_ns: 2e6 })).toEqual([]);
});

test("latency, jitter and loss are held to what the reader of a stream expects, through ports that say nothing", () => {
  const leaf = authored(`
streams:
  in: {x: {message: Scalar, contract: {latency: 2ms, jitter: 3ms, loss: 1%}}}
  out: {y: {message: Scalar, from: n.value}}
nodes: {n: {component: test/scalar, in: {value: x}}}`);
  const middle = authored(`
streams:
  in: {z: {message: Scalar}}
  out: {y: {message: Scalar, from: leaf.y}}
nodes: {leaf: {component: ./leaf.graph.yaml, in: {x: z}}}`);
  const outer = (contract: string) =>
    authored(`
streams:
  in: {s: {message: Scalar, simulate: w.value, contract: ${contract}}}
  out: {all: {message: Scalar, from: m.y}}
world: {w: {component: test/clocked, on: 20hz}}
nodes: {m: {component: ./middle.graph.yaml, in: {z: s}}}`);
  const messages = { Scalar: testCatalogue.message("Scalar")! };
  const said = (contract: string) => {
    const half = inlineNode(outer(contract), "m", { ...middle, messages });
    return check(inlineNode(half, "m/leaf", { ...leaf, messages }), relayCatalogue)
      .problems.filter(({ code }) => code !== "L0210")
      .map(({ code, path, message, related }) => [code, path, message, related?.map((one) => one.path)]);
  };
  expect(said("{latency: 5ms, jitter: 4ms, loss: 50%}")).toEqual([
    [
      "L0258",
      "/nodes/m~1leaf~1x/in/in/from",
      "`m/z` passes its messages to `m/leaf/x`, and their contracts do not fit: latency 5 ms and 2 ms, jitter 4 ms and 3 ms, loss 50 % and 1 %",
      ["/streams/in/s/contract", "/nodes/m~1leaf~1x/params"],
    ],
  ]);
  expect(said("{latency: 2ms, loss: 1%}")).toEqual([]);
  expect(said("{rate: 20hz}")).toEqual([]);
});

test("ten thousand nodes that all starve are told of once", () => {
  const count = MAX_VERTICES - 3;
  const input = (from: string): { [port: string]: Input } => ({ value: { from } });
  const nodes = Object.fromEntries(
    Array.from({ length: count }, (_, i): [string, GraphNode] => [
      `n${i}`,
      { component: "test/scalar", in: input(i === 0 ? "s" : `n${i - 1}.value`), params: {} },
    ]),
  );
  const { problems } = check(
    {
      ...authored(
        "streams: {in: {s: {message: Scalar, simulate: w.value, contract: {loss: 1}}}, out: {o: {message: Scalar, from: s}}}\nworld: {w: {component: test/clocked}}",
      ),
      nodes,
      streams: {
        in: { s: { message: "Scalar", simulate: "w.value", contract: { loss: 1 } } },
        out: { o: { message: "Scalar", from: `n${count - 1}.value` } },
      },
    },
    testCatalogue,
  );
  expect(problems.map((p) => p.code)).toEqual(["L0254"]);
  expect(problems[0]!.message).toContain(`and ${count - 1 - 5} more can never fire`);
});
