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
};

test.each(Object.entries(cases))("%s", async (_, [nodes, spec]) => {
  const done = await beside(world(nodes), spec, { for_ms: 400 });
  expectEqual(done, 3);
});
