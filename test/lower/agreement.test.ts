/** What a policy promises of a port hangs on what leads to it, and on nothing else. */
import { expect, test } from "vitest";
import { agreement, promisesOf, type Sample, tolerance } from "../../src/lower/agreement.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { add, cast, exp, mul, sin } from "../../src/onnx/functions.js";

test("by port: bits, float64, float32, and through what is remembered", () => {
  const g = graphBuilder("policy");
  const x = g.input("obs.x", "float64", ["N"]);
  const was = g.input("state_in.sum", "float64", ["N"]);
  g.output("state_out.sum", add(was, sin(x)));
  g.output("act.bits", mul(x, 3));
  g.output("act.wave", exp(x));
  g.output("act.wave.valid", g.input("obs.x.fresh", "bool", ["N"]));
  g.output("act.kept", mul(was, 2));
  g.output("act.net:out", cast(exp(cast(x, "float32")), "float64"));
  const promises = promisesOf(g.model());
  const widest = (port: string) => {
    const promised = promises(port);
    return promised.kind === "bits" ? 0 : promised.of("float64");
  };
  expect(["bits", "wave", "kept", "net"].map(widest)).toEqual([0, 1e-9, 1e-9, 1e-4]);
  const strict = promisesOf(g.model(), 0)("bits");
  expect(strict.kind === "tolerance" && strict.of("float32")).toBe(0);
});

const samples = (...messages: number[]): Sample[] =>
  messages.map((message, k) => ({ time_ns: k, microstep: 0, stamp_ns: k, message }));

test("the greatest error, its tag, and the first message that is outside", () => {
  const told = agreement("y", { type: "number" }, samples(1, 2, 3), samples(1, 2 + 2 ** -51, 3.5), tolerance());
  expect(told).toMatchObject({ messages: 3, equal: false, max_abs: 0.5, holds: false, promise: "within 1e-9" });
  expect(told.worst).toEqual({ time_ns: 2, microstep: 0, graph: 3, policy: 3.5 });
  expect(told.first).toEqual({ time_ns: 2, microstep: 0, what: "3 and 3.5" });
  expect(agreement("y", { type: "number" }, samples(2), samples(2 + 2 ** -51), tolerance()).ulp).toBe(1);
});

test("what one of them does not say does not agree", () => {
  const told = agreement("y", { type: "number" }, samples(1, 2), samples(1), { kind: "bits" });
  expect(told).toMatchObject({ messages: 1, equal: false, first: { time_ns: 1, what: "the policy says nothing" } });
});
