/** What a policy promises of a port hangs on what leads to it, and on nothing else. */
import { expect, test } from "vitest";
import { leadersOf, roundingsOf } from "../../src/lower/promise.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { cond, loop, scan } from "../../src/onnx/control.js";
import { add, cast, exp, greater, mul, sin, sqrt } from "../../src/onnx/functions.js";
import { scalar, tensor } from "../../src/onnx/tensor.js";

test("by part: bits, float64, float32, and through what is remembered", () => {
  const g = graphBuilder("policy");
  const x = g.input("obs.x", "float64", ["N"]);
  const narrow = g.input("obs.narrow", "float32", ["N"]);
  const was = g.input("state_in.sum", "float64", ["N"]);
  g.output("state_out.sum", add(was, sin(x)));
  g.output("act.bits", mul(x, 3));
  g.output("act.wave", exp(x));
  g.output("act.wave.valid", g.input("obs.x.fresh", "bool", ["N"]));
  g.output("act.kept", mul(was, 2));
  g.output("act.net:out", cast(exp(cast(x, "float32")), "float64"));
  // of one message, only what is computed in float32 is as far off as that
  g.output("act.net:wide", exp(x));
  g.output("act.net:root", sqrt(x));
  // what is read in float32, and computed in float64
  g.output("act.after", exp(cast(narrow, "float64")));
  // and what is rounded to it after that
  g.output("act.rounded", cast(exp(x), "float32"));
  // float32 that rounds as IEEE 754 says
  g.output("act.sum", add(narrow, cast(x, "float32")));
  const of = roundingsOf(g.model());
  expect(["act.bits", "act.wave", "act.kept"].map(of)).toEqual(["exact", "float64", "float64"]);
  expect(["act.net:out", "act.net:wide", "act.net:root"].map(of)).toEqual(["float32", "float64", "exact"]);
  expect(["act.after", "act.rounded", "act.sum"].map(of)).toEqual(["float64", "float32", "exact"]);
});

test("of a body's results each has its own, turn by turn", () => {
  const g = graphBuilder("policy");
  const x = g.input("obs.x", "float64", []);
  const xs = g.input("obs.xs", "float64", [4]);
  const { states } = scan([x, x, cast(x, "float32")], [xs], ([a, b, c], [e]) => ({
    states: [add(a!, e!), add(b!, sin(e!)), add(c!, cast(sin(b!), "float32"))],
  }));
  g.output("act.sum", states[0]!);
  g.output("act.waves", states[1]!);
  g.output("act.narrow", states[2]!);
  const turns = loop(g.constant(scalar("int64", 3)), [x, x], ([a, b]) => ({ states: [mul(a!, 2), add(b!, exp(a!))] }));
  g.output("act.twice", turns.states[0]!);
  g.output("act.grown", turns.states[1]!);
  // how often it turns hangs on a wave
  const some = loop(cast(sin(x), "int64"), [x], ([a]) => ({ states: [mul(a!, 2)] }));
  g.output("act.some", some.states[0]!);
  const [chosen, waved] = cond(
    greater(x, 0),
    (body) => [body.constant(scalar("float64", 1)), sin(x)],
    (body) => [mul(x, 2), body.constant(scalar("float64", 2))],
  );
  g.output("act.chosen", chosen!);
  g.output("act.waved", waved!);
  const rounding = roundingsOf(g.model());
  const of = (port: string) => rounding(`act.${port}`);
  expect(["sum", "waves", "narrow"].map(of)).toEqual(["exact", "float64", "float32"]);
  expect(["twice", "grown", "some"].map(of)).toEqual(["exact", "float64", "float64"]);
  expect(["chosen", "waved"].map(of)).toEqual(["exact", "float64"]);
});

test("a student leads to what hangs on it, at this call or a later one", () => {
  const student = graphBuilder("student");
  const seen = student.input("obs.x", "float32", ["N"]);
  student.output("act.y", add(mul(seen, student.initializer("w", tensor("float32", [1], [2]))), 1));
  const g = graphBuilder("policy");
  const x = g.input("obs.x", "float32", ["N"]);
  const was = g.input("state_in.was", "float32", ["N"]);
  const [said] = g.include(student.graph(), [x], "planner/");
  g.output("state_out.was", said!);
  g.output("act.now", mul(said!, 2));
  g.output("act.then:part", mul(was, 2));
  g.output("act.then:other", x);
  g.output("act.when", x);
  g.output("act.when.valid", greater(said!, 0));
  g.output("act.free", mul(x, 2));
  const leaders = leadersOf(g.model(), ["planner", "plan"]);
  expect(["now", "then", "when", "free"].map(leaders)).toEqual([["planner"], ["planner"], ["planner"], []]);
});
