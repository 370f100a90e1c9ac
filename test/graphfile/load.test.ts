import { expect, test } from "vitest";
import { parseGraphFile, parseRewriteFile, withRewrites } from "../../src/graphfile/load.js";
import { locate } from "../../src/graphfile/sourcemap.js";
import { problem } from "../../src/problem/problem.js";
import { armReach } from "../support/arm-reach.js";

const loaded = parseGraphFile(armReach, "arm.graph.yaml");
/** The text that a spot of the map covers. */
function covered(path: string, part: "place" | "key" = "place"): string {
  const place = loaded.sourceMap.find(path)![part]!;
  const lines = armReach.split("\n").slice(place.line - 1, place.endLine);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, place.endColumn - 1);
  lines[0] = lines[0]!.slice(place.column - 1);
  return lines.join("\n");
}

test("shorthands become the canonical form", () => {
  const { graph } = loaded;
  expect(graph!.world.arm).toEqual({ component: "sim/two-link-arm", in: { torque: { from: "torque" } }, params: {} });
  expect(graph!.nodes.controller).toEqual({
    component: "control/pd",
    on: { clock: "100hz" },
    in: { target: { from: "target", max_age: "1s" }, joints: { from: "joints" } },
    params: { kp: "$kp", kd: 4 },
    safe: { torque: [0, 0] },
  });
  expect(graph!.rewrites).toEqual([
    {
      rule: "record",
      options: { as: "reach", inputs: ["target", "joints"], outputs: ["controller.torque"], keep: { rows: 20000 } },
    },
  ]);
  expect(graph!.messages.JointState2!.properties!.position).toEqual({
    tensor: [2],
    dtype: "float64",
    unit: "rad",
    wraps: true,
  });
});

test.each([
  ["/nodes/controller/in/target/max_age", "place", "1s"],
  ["/nodes/controller/in/joints", "key", "joints"],
  ["/nodes/controller/in/joints/from", "place", "joints"],
  ["/nodes/controller/on/clock", "place", "100hz"],
  ["/world/arm/in/torque", "place", "torque"],
  ["/world/arm/component", "place", "sim/two-link-arm"],
  ["/rewrites/0/rule", "place", "record"],
  ["/rewrites/0/options/keep/rows", "place", "20000"],
  ["/rewrites/0/options/inputs/1", "place", "joints"],
  ["/streams/in/joints/contract/latency", "place", "2ms"],
  ["/messages/JointState2/position/unit", "place", "rad"],
  ["/evaluate/starts/outside", "key", "outside"],
  ["/params/kp/default", "place", "30"],
] as const)("%s (%s) is written %s", (path, part, text) => {
  expect(covered(path, part)).toBe(text);
});

test("a list's port is the last name in its reference", () => {
  const list = 'limbeck: 1\nname: x\nnodes: {n: {component: a/b, in: [a.b, "s:velocity", "t:x.y[0]", c]}}\n';
  expect(parseGraphFile(list, "f").graph!.nodes.n!.in).toEqual({
    b: { from: "a.b" },
    velocity: { from: "s:velocity" },
    y: { from: "t:x.y[0]" },
    c: { from: "c" },
  });
});

test("what has no line of its own gets the place of what holds it; what is not in the file gets none", () => {
  expect(covered("/nodes/controller/params/limit")).toBe("{kp: $kp, kd: 4}");
  expect(loaded.sourceMap.find("/nothing/here")).toBeUndefined();
});

test("problems about inserted parts lead back to the line that asked for them", () => {
  const origins = [
    { rule: "vote", path: "/rewrites/0/options/as" },
    { rule: "record", path: "/rewrites/0" },
  ];
  const [p] = locate([problem("L0213", { node: "vote#imu" }, { path: "/nodes/vote#imu", origins })], loaded.sourceMap);
  expect(p!.place).toMatchObject({ file: "arm.graph.yaml", line: 33 });
  expect(p!.related).toMatchObject([
    { message: "inserted by `vote` at line 33", place: { line: 33 } },
    { message: "inserted by `record` at line 33", place: { line: 33, column: 5 } },
  ]);
});

test("rewrites of a file of their own follow the graph's, and keep their places", () => {
  const list = "# guards\n- substitute: {node: controller, with: reach@1}\n";
  for (const text of [list, `limbeck: 1\nrewrites:\n  ${list.split("\n")[1]}\n`]) {
    const both = withRewrites(loaded, parseRewriteFile(text, "guard.rewrite.yaml"));
    expect(both.problems).toEqual([]);
    expect(both.graph!.rewrites.map((r) => r.rule)).toEqual(["record", "substitute"]);
    expect(both.sourceMap.find("/rewrites/1/options/node")!.place.file).toBe("guard.rewrite.yaml");
    expect(both.sourceMap.find("/rewrites/0")!.place.file).toBe("arm.graph.yaml");
  }
  expect(loaded.graph!.rewrites).toHaveLength(1);
  const bare = parseGraphFile("limbeck: 1\nname: x\n", "x.graph.yaml");
  const laid = withRewrites(bare, parseRewriteFile(list, "g"));
  expect(laid.sourceMap.find("/rewrites/0/rule")!.place).toMatchObject({ file: "g", line: 2 });
});

test.each([
  ["- {}", "L0112"],
  ["- {record: {}, guard: {}}", "L0112"],
  ["- record", "L0112"],
  ["{limbeck: 1, nodes: {}, rewrites: []}", "L0111"],
  ["{limbeck: 1}", "L0113"],
  ["", "L0107"],
])("a rewrite file of %s is refused", (text, code) => {
  expect(parseRewriteFile(text, "g").problems.map((p) => p.code)).toEqual([code]);
});

test("types of schemas/ are found by name, and their slips are told", () => {
  const text = "limbeck: 1\nname: x\nmessages: {A: {left: Wheel, right: Weel}}\n";
  const { problems } = parseGraphFile(text, "f", { Wheel: { type: "number", unit: "rad/s" } });
  expect(problems).toMatchObject([{ code: "L0300", help: "Did you mean `Wheel`?", place: { line: 3, column: 36 } }]);
});
