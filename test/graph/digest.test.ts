import { expect, test } from "vitest";
import { canonicalJson, digestOf } from "../../src/graph/digest.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { armReach } from "../support/arm-reach.js";

const graphOf = (text: string) => parseGraphFile(text, "f").graph!;

test("the digest is of what is meant: order, spelling and comments do not count", () => {
  const other = armReach
    .replace("in: [torque]", "in: {torque: {from: torque}}")
    .replace("on: 100hz", "on: {clock: 100hz}")
    .replace(/ +#.*$/gm, "")
    .replace(/ {2}operator: .*\n( {2}arm: .*\n)/, (all, arm) => arm + all.slice(0, -arm.length));
  expect(other).not.toBe(armReach);
  expect(Object.keys(graphOf(other).world)).toEqual(["arm", "operator"]);
  expect(digestOf(graphOf(other))).toBe(digestOf(graphOf(armReach)));
  expect(digestOf(graphOf(armReach))).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ["seed: 7", "seed: 8"],
  ["kd: 4", "kd: 4.5"],
  ["100hz", "10ms"],
  ["[0, 0]", "[0, 1]"],
])("%s → %s is another graph", (find, write) => {
  expect(digestOf(graphOf(armReach.replace(find, write)))).not.toBe(digestOf(graphOf(armReach)));
});

test("where a part came from does not count; a param called origin does", () => {
  const graph = graphOf(armReach);
  const origin = { rule: "guard", path: "/rewrites/0" };
  const { controller } = graph.nodes;
  const inserted = {
    ...graph,
    nodes: { controller: { ...controller!, origin, in: { ...controller!.in, joints: { from: "joints", origin } } } },
  };
  expect(digestOf(inserted)).toBe(digestOf(graph));
  const param = { ...graph, nodes: { controller: { ...controller!, params: { ...controller!.params, origin: "x" } } } };
  expect(digestOf(param)).not.toBe(digestOf(graph));
});

test("canonical JSON sorts keys at every depth and leaves out what is undefined", () => {
  expect(canonicalJson({ b: [{ d: 1, c: undefined, a: null }], a: "é" })).toBe('{"a":"é","b":[{"a":null,"d":1}]}');
});
