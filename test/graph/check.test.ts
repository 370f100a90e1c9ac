import { expect, test } from "vitest";
import { check } from "../../src/graph/check.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { bind } from "../../src/graphfile/params.js";
import { armReach } from "../support/arm-reach.js";
import { testCatalogue } from "../support/catalogue.js";

test("the design's example parses, binds and checks without a problem", () => {
  const loaded = parseGraphFile(armReach, "arm-reach.graph.yaml");
  expect(loaded.problems).toEqual([]);
  const bound = bind(loaded.graph!, { set: { "arm.mass": 2 } });
  expect(bound.problems).toEqual([]);
  const { typed, problems } = check(bound.graph, testCatalogue);
  expect(problems).toEqual([]);
  expect(typed!.vertices.map((v) => v.id)).toEqual(["operator", "arm", "target", "joints", "controller", "torque"]);
  const arm = typed!.byId.get("arm")!;
  expect(arm).toMatchObject({
    place: "world",
    trigger: { kind: "clock", period_ns: 1e7, phase_ns: 0 },
    node: { params: { mass: 2 } },
  });
  expect(arm.inputs).toMatchObject([
    { port: "torque", boundary: true, from: { vertex: "torque", port: "out", field: [] } },
  ]);
  expect(typed!.byId.get("controller")).toMatchObject({
    trigger: { kind: "clock", period_ns: 1e7 },
    node: { params: { kp: 30, kd: 4 } },
    inputs: [{ port: "target", max_age_ns: 1e9, missing: "skip", boundary: false }, { port: "joints" }],
  });
  expect(typed!.byId.get("target")).toMatchObject({
    contract: { rate_hz: 2, jitter_ns: 5e6, loss: 0.01, latency_ns: 0 },
  });
});
