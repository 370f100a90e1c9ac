/** What is lowered answers as the graph does: the same messages at the same tags, to the bit. */
import { expect, test } from "vitest";
import { beside, expectEqual } from "./beside.js";

const world = (rest: string) => `
streams:
  in:
    x: {message: Scalar, simulate: source.value, contract: {rate: 100hz}}
    y: {message: Scalar, simulate: other.value, contract: {rate: 40hz, jitter: 3ms}}
world:
  source: {component: source/chirp, params: {amplitude: 1, from: 1, to: 5, duration: 1}}
  other: {component: source/chirp, params: {amplitude: 2, from: 2, to: 3, duration: 1}}
${rest}
`;

test("one clock, two components", async () => {
  const done = await beside(
    world(`
nodes:
  a: {component: t/affine, on: 100hz, in: {value: x}}
  b: {component: t/integrate, on: 100hz, in: {value: a.value}}
`),
    { nodes: ["a", "b"] },
  );
  expect(done.lowered.facts.call).toEqual({ period_ns: 1e7, phase_ns: 0 });
  expectEqual(done, 10);
});

const cases: { readonly [name: string]: readonly [string, { nodes: string[] }] } = {
  "two rates that share a base": [
    `
nodes:
  slow: {component: t/integrate, on: 40hz, in: {value: y}}
  fast: {component: t/sum, on: 100hz, in: {a: x, b: slow.value}}
  last: {component: t/look, on: {clock: 40hz, phase: 5ms}, in: {a: fast.value, b: y}}
`,
    { nodes: ["slow", "fast", "last"] },
  ],
  "a cascade on messages": [
    `
nodes:
  a: {component: t/integrate, in: {value: y}}
  b: {component: t/affine, in: {value: a.value}}
`,
    { nodes: ["a", "b"] },
  ],
  "messages and a clock": [
    `
nodes:
  a: {component: t/integrate, in: {value: y}}
  b: {component: t/look, on: 100hz, in: {a: a.value, b: x}}
`,
    { nodes: ["a", "b"] },
  ],
  "a node that may wait for the tick": [
    `
nodes:
  a: {component: t/affine, in: {value: {from: y, max_age: 1s}}}
  b: {component: t/integrate, on: 100hz, in: {value: a.value}}
`,
    { nodes: ["a", "b"] },
  ],
  "a delayed integrator": [
    `
nodes:
  a: {component: t/integrate, on: 100hz, in: {value: error.value}}
  error: {component: t/sum, on: 100hz, in: {a: x, b: {from: a.value, delay: 25ms, initial: 0.5}}}
`,
    { nodes: ["a", "error"] },
  ],
  "skips, defaults and ages": [
    `
nodes:
  gate: {component: t/above, on: 100hz, params: {threshold: 0.3}, in: {value: x}}
  young: {component: t/integrate, on: 100hz, in: {value: {from: gate.value, max_age: 15ms}}}
  instead: {component: t/sum, on: 50hz, in: {a: {from: y, max_age: 5ms, missing: {default: 7}}, b: gate.value, c: {from: young.value, max_age: 20ms}}}
`,
    { nodes: ["gate", "young", "instead"] },
  ],
  events: [
    `
nodes:
  gate: {component: t/above, on: 100hz, params: {threshold: 0}, in: {value: x}}
  tell: {component: t/tell, in: {value: gate.value}}
  hear: {component: t/hear, in: {value: tell.value, other: y}}
`,
    { nodes: ["gate", "tell", "hear"] },
  ],
  "events between two ticks": [
    `
nodes:
  gate: {component: t/above, on: 100hz, params: {threshold: -0.5}, in: {value: x}}
  tell: {component: t/tell, in: {value: gate.value}}
  all: {component: t/collect, on: 20hz, in: {value: {from: tell.value, queue: {size: 8}}}}
  oldest: {component: t/collect, on: 20hz, in: {value: {from: tell.value, queue: {size: 3, policy: drop_newest}}}}
  youngest: {component: t/collect, on: 20hz, in: {value: {from: tell.value, queue: {size: 3, policy: drop_oldest}}}}
  last: {component: t/collect, on: 20hz, in: {value: {from: tell.value, queue: {size: 1}}}}
  young: {component: t/collect, on: 20hz, in: {value: {from: tell.value, queue: {size: 4}, max_age: 25ms}}}
  late: {component: t/collect, on: 20hz, in: {value: {from: tell.value, queue: {size: 4}, delay: 30ms, initial: 0}}}
  waits: {component: t/collect, on: 20hz, in: {value: {from: tell.value, queue: {size: 6}}, other: {from: y, max_age: 12ms}}}
`,
    { nodes: ["gate", "tell", "all", "oldest", "youngest", "last", "young", "late", "waits"] },
  ],
  "windows by count": [
    `
nodes:
  gate: {component: t/above, on: 100hz, params: {threshold: -0.5}, in: {value: x}}
  tell: {component: t/tell, in: {value: gate.value}}
  slides: {component: t/collect, on: {window: {port: value, count: 4, every: 1}}, in: {value: tell.value}}
  jumps: {component: t/collect, on: {window: {port: value, count: 4, every: 4}}, in: {value: tell.value}}
  gaps: {component: t/collect, on: {window: {port: value, count: 2, every: 5}}, in: {value: tell.value, other: y}}
  ticks: {component: t/collect, on: {window: {port: value, count: 3, every: 30ms}}, in: {value: {from: tell.value, max_age: 22ms}}}
  after: {component: t/integrate, in: {value: jumps.value}}
`,
    { nodes: ["gate", "tell", "slides", "jumps", "gaps", "ticks", "after"] },
  ],
  "a delay that ends between ticks, read at a message": [
    `
nodes:
  a: {component: t/affine, on: 100hz, in: {value: x}}
  b: {component: t/sum, on: {each: [a]}, in: {a: y, b: {from: a.value, delay: 25ms, initial: 0}}}
`,
    { nodes: ["a", "b"] },
  ],
  "a clock that begins after messages came": [
    `
nodes:
  a: {component: t/integrate, in: {value: y}}
  b: {component: t/integrate, on: {clock: 100hz, phase: 30ms}, in: {value: a.value}}
`,
    { nodes: ["a", "b"] },
  ],
  "by stamp": [
    `
nodes:
  a: {component: t/affine, in: {value: x}}
  b: {component: t/integrate, in: {value: y}}
  match: {component: t/look, on: {each: [a]}, in: {a: a.value, b: {from: x, exact: true}}}
  twice: {component: t/look, on: 50hz, in: {a: {from: x, exact: true, max_age: 1ms}, b: {from: y, exact: true}}}
  needs: {component: t/sum, on: {each: [a]}, in: {a: a.value, b: {from: b.value, exact: true, missing: {default: 3}}, c: {from: a.value, exact: true}}}
  skips: {component: t/integrate, on: 100hz, in: {value: {from: b.value, exact: true}}}
`,
    { nodes: ["a", "b", "match", "twice", "needs"] },
  ],
};

test.each(Object.entries(cases))("%s", async (_, [nodes, spec]) => {
  const done = await beside(world(nodes), spec, { for_ms: 400 });
  expectEqual(done, 3);
});
