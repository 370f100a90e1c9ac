/** A region whose outputs fire at several times, as parts that fire at one each. */
import Type from "typebox";
import { describe, expect, it } from "vitest";
import { event } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { partsOf } from "../../src/rewrite/parts.js";
import { regionOf } from "../../src/rewrite/region.js";
import { prepared } from "../support/graphs.js";

const components = {
  "test/bell": step({
    doc: "Rings.",
    inputs: { value: Type.Number() },
    outputs: { ring: event(Type.Number()) },
    step: () => ({ outputs: {} }),
  }),
};

async function parts(nodes: string, out: string) {
  const graph = `
limbeck: 1
name: t
streams:
  in:
    x: {message: number, simulate: w.value, contract: {rate: 10hz}}
    y: {message: number, simulate: w.value, contract: {rate: 10hz}}
  out: {${out}}
world: {w: {component: test/count}}
nodes:
  ${nodes.trim()}
`;
  const { typed } = await prepared(graph, { components });
  const ids = Object.keys(typed.graph.nodes);
  const found = partsOf(typed, ids);
  for (const part of found ?? [])
    expect(regionOf(typed, part, "distill", "/nodes"), part.join()).not.toBeInstanceOf(Array);
  return found;
}
const from = (port: string) => `{message: number, from: ${port}}`;

describe("parts of a region", () => {
  it("are none where one student can stand in for it", async () => {
    expect(
      await parts(
        `a: {component: test/pass, in: {value: x}}
  b: {component: test/pass, in: {value: a.value}}`,
        `u: ${from("b.value")}`,
      ),
    ).toBeUndefined();
  });

  it("are the loops of a cascade, each with its clock, the outer first", async () => {
    const cascade = `aim: {component: test/pass, on: 10hz, in: {value: x}}
  outer: {component: test/sum, on: 10hz, in: {a: aim.value, b: y}}
  inner: {component: test/sum, on: 100hz, in: {a: outer.value, b: y}}
  trim: {component: test/pass, in: {value: inner.value}}`;
    expect(await parts(cascade, `u: ${from("trim.value")}, slow: ${from("outer.value")}`)).toEqual([
      ["aim", "outer"],
      ["inner", "trim"],
    ]);
  });

  it("never read each other at one tag", async () => {
    const there_and_back = `a: {component: test/pass, on: 100hz, in: {value: x}}
  b: {component: test/pass, on: 10hz, in: {value: a.value}}
  c: {component: test/sum, on: 100hz, in: {a: a.value, b: b.value}}`;
    expect(await parts(there_and_back, `u: ${from("c.value")}, slow: ${from("b.value")}`)).toEqual([
      ["a"],
      ["b"],
      ["c"],
    ]);
  });

  it("are apart where an event, a delay or a latency lies between", async () => {
    const between = `a: {component: test/bell, in: {value: x}}
  b: {component: test/pass, in: {value: a.ring}}
  c: {component: test/pass, in: {value: {from: b.value, delay: 5ms, initial: 0}}, latency: 1ms}
  d: {component: test/pass, in: {value: c.value}}`;
    expect(await parts(between, `u: ${from("d.value")}`)).toEqual([["a"], ["b"], ["c"], ["d"]]);
  });
});
