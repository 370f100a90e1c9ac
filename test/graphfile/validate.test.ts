import { expect, test } from "vitest";
import { parseGraphFile } from "../../src/graphfile/load.js";

/** What is said of a node that has these keys. */
const said = (keys: string): readonly string[] =>
  parseGraphFile(`limbeck: 1\nname: g\nnodes: {n: {component: filter/ema, ${keys}}}\n`, "g.graph.yaml").problems.map(
    ({ message }) => message,
  );

test.each([
  [
    "in: {value: {from: s, queue: {size: 5, policy: drop}}}",
    ["`policy` is `block`, `drop_oldest`, `drop_newest` or `fault`, not the text `drop`"],
  ],
  ["in: {value: {from: s, queue: {policy: block}}}", ["`queue` has no `size`"]],
  [
    "in: {value: {from: s, queue: 0}}",
    ["`queue` is a size such as `10`, or `{size: 10, policy: drop_oldest}`, not the number 0"],
  ],
  [
    "restart: {budget: 0, within: 3}",
    ["`budget` is at least 1, not the number 0", "`within` is a duration such as `10ms`, not the number 3"],
  ],
])("of a union within a union, the mistake in the branch that was meant: %s", (keys, messages) => {
  expect(said(keys)).toEqual(messages);
});

test.each([
  ["on: {each: [value], clock: 10hz}", "a mapping with `each` and `clock`"],
  ["on: {timer: 10hz}", "a mapping with `timer`"],
  ["latency: {a: 1, b: 2, c: 3, d: 4}", "a mapping with `a`, `b`, `c` and 1 more"],
  ["latency: {}", "a mapping"],
  ["on: [value]", "a list"],
])("a mapping that is none of several is told by its keys: %s", (keys, found) => {
  expect(said(keys)).toEqual([expect.stringMatching(new RegExp(`, not ${found.replaceAll(".", "\\.")}$`))]);
});
