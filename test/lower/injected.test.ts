/** What is injected into an in-stream is the world's doing: it is not lowered, and the policy is given what came of it. */
import { expect, it } from "vitest";
import { lowerRegion } from "../../src/lower/region.js";
import { prepared } from "../support/graphs.js";

const GRAPH = `
limbeck: 1
name: t
streams:
  in:
    a: {message: number, simulate: w.value, contract: {rate: 10hz}}
    b: {message: number, simulate: w.value, contract: {rate: 10hz}}
  out: {o: {message: number, from: last.value}}
world: {w: {component: test/count}}
nodes:
  first: {component: test/pass, in: {value: a}}
  last: {component: test/sum, on: 10hz, in: {a: first.value, b: b}}
rewrites:
  - inject-fault: {ports: [FAULTY], noise: 0.1, loss: 10%}
`;
const regionOf = async (faulty: string) => {
  const { typed } = await prepared(GRAPH.replace("FAULTY", faulty), {});
  const { nodes, inputs } = lowerRegion(typed, { all: true });
  return {
    nodes: nodes.map(({ id }) => id),
    inputs: Object.fromEntries(inputs.map(({ port, from }) => [port, from.vertex])),
  };
};

it("of an in-stream, however many there are", async () => {
  const { nodes, inputs } = await regionOf("a");
  expect(nodes).toEqual(["first", "last"]);
  expect(inputs).toEqual({ a: "a#loss", b: "b" });
});

it("and not what is injected between nodes of the system", async () => {
  const { nodes } = await regionOf("first.value");
  expect(nodes.filter((id) => id.includes("#"))).not.toEqual([]);
});
