/** A message type that a stream has is used, whatever other types are called. */
import { expect, test } from "vitest";
import { authored, rewritten } from "../support/graphs.js";

const graph = (types: string, streams: string) => `
limbeck: 1
name: t
messages: {${types}}
streams:
  in: {${streams}}
world: {w: {component: test/count, on: 10hz}}
nodes: {n: {component: test/pass, in: {value: a}}, m: {component: test/pass, in: {value: b}}}
`;
const number = "{type: number}";

async function unused(types: string, streams: string): Promise<string[]> {
  const { problems } = await rewritten(authored(graph(types, streams)));
  return problems.filter(({ code }) => code === "L0221").map(({ message }) => message);
}

test("also where another has nearly the same name", async () => {
  const streams = "a: {message: M, simulate: w.value}, b: {message: O, simulate: w.value}";
  const found = await unused(`Q: ${number}, M: ${number}, N: ${number}, O: ${number}`, streams);
  expect(found.map((text) => /`(\w+)`/.exec(text)![1])).toEqual(["Q", "N"]);
});
