/** What a tensor component is refused for: each with its code, and as the golden says. */
import Type from "typebox";
import { expect, test } from "vitest";
import type { Component } from "../../src/component/component.js";
import { event } from "../../src/component/ports.js";
import { arrived } from "../../src/component/tensor/list.js";
import { repeat } from "../../src/component/tensor/symbolic.js";
import { genericTensorStep, tensorStep } from "../../src/component/tensor/tensor.js";
import { batched } from "../../src/onnx/batch.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import * as ops from "../../src/onnx/functions.js";
import type { Value } from "../../src/onnx/value.js";
import { printProblems } from "../../src/problem/print.js";
import { LimbeckError, type Problem } from "../../src/problem/problem.js";

const number = Type.Number();
const choice = Type.Enum(["stop", "go"]);

/** A component of one number in and out whose step is this one. */
// biome-ignore lint/suspicious/noExplicitAny: what is tried is what the types forbid
const stepping = (step: (x: Value, state: any, ctx: any) => any, more: object = {}): Component =>
  tensorStep({
    doc: "Tried.",
    inputs: { x: number },
    outputs: { y: number },
    state: () => ({ sum: 0 }),
    step: ({ x }, state, ctx) => step(x as Value, state, ctx),
    ...more,
  });

const types = { x: { type: "number" } } as const;
const trace = (component: Component, setup: object = {}) =>
  component.tensor!({ node: "tried", params: {}, inputs: types, kinds: { x: "signal" }, ...setup });
const typed = (type: object) =>
  tensorStep({ doc: "Tried.", inputs: { x: type as never }, outputs: {}, step: () => ({ outputs: {} }) }).signature(
    {},
    {},
  );

const hears = { doc: "Tried.", inputs: { x: event(number) }, outputs: { y: number } } as const;
const hearing = tensorStep({ ...hears, step: ({ x }) => ({ outputs: { y: ops.neg(x) } }) });
const echoing = tensorStep({ ...hears, step: ({ x }) => ({ outputs: { y: x } }) });
const clocked = { kinds: { x: "event" }, trigger: { kind: "clock", period_ns: 1e7, phase_ns: 0 } };

let calls = 0;
const kept: Value[] = [];

const refused: readonly (readonly [string, string, () => unknown])[] = [
  ["L0830", "a free text", () => typed(Type.String())],
  ["L0830", "a text in a field", () => typed(Type.Object({ pose: Type.Object({ name: Type.String() }) }))],
  ["L0830", "a list of any length", () => typed(Type.Array(number))],
  ["L0830", "a field that may be absent", () => typed(Type.Object({ a: Type.Optional(number) }))],
  ["L0830", "a clocked node's events without a bound", () => trace(hearing, clocked)],
  ["L0830", "too many of them", () => trace(hearing, { ...clocked, queues: { x: 5000 } })],
  ["L0830", "a list read as one message", () => trace(hearing, { ...clocked, queues: { x: 4 } })],
  ["L0830", "a list given back", () => trace(echoing, { ...clocked, queues: { x: 4 } })],
  ["L0836", "a list of what is no input", () => trace(stepping((x) => arrived(ops.neg(x))))],
  // biome-ignore lint/suspicious/noExplicitAny: as a user without types writes it
  ["L0831", "an operator of JavaScript", () => trace(stepping((x: any) => ({ outputs: { y: x * 2 } })))],
  // biome-ignore lint/suspicious/noExplicitAny: as a user without types writes it
  ["L0831", "a branch on a comparison", () => trace(stepping((x: any) => ({ outputs: { y: x > 0 ? x : 0 } })))],
  ["L0832", "a comparison for a number", () => trace(stepping((x) => ({ outputs: { y: ops.greater(x, 0) } })))],
  ["L0832", "float32 for a number", () => trace(stepping((x) => ({ outputs: { y: ops.cast(x, "float32") } })))],
  ["L0833", "a vector for a number", () => trace(stepping((x) => ({ outputs: { y: ops.unsqueeze(x, [0]) } })))],
  [
    "L0834",
    "a state that grows",
    () => trace(stepping((x, { sum }) => ({ outputs: { y: x }, state: { sum: ops.unsqueeze(sum, [0]) } }))),
  ],
  [
    "L0834",
    "a loop that changes a dtype",
    () => trace(stepping((x) => ({ outputs: { y: repeat(2, [x], ([a]) => [ops.cast(a, "float32")])[0] } }))),
  ],
  ["L0835", "an output that is none", () => trace(stepping((x) => ({ outputs: { z: x } })))],
  ["L0835", "a state that is none", () => trace(stepping((x) => ({ outputs: { y: x }, state: { sun: x } })))],
  [
    "L0835",
    "an input that is none",
    () => trace(stepping((x, _, { fresh }) => ({ outputs: { y: ops.where(fresh("z"), x, 0) } }))),
  ],
  [
    "L0835",
    "a choice that is none",
    () => trace(stepping(() => ({ outputs: { y: "gone" } }), { outputs: { y: choice } })),
  ],
  ["L0836", "a promise", () => trace(stepping(async (x) => ({ outputs: { y: x } })))],
  ["L0836", "nothing", () => trace(stepping(() => undefined))],
  [
    "L0836",
    "a field that is left out",
    () =>
      trace(stepping((x) => ({ outputs: { y: { a: x } } }), { outputs: { y: Type.Object({ a: number, b: number }) } })),
  ],
  [
    "L0836",
    "a value of the inside of a loop",
    () =>
      trace(
        stepping((x) => {
          let inner: Value = x;
          repeat(20, [x], ([a]) => {
            inner = ops.mul(a, 2);
            return [inner];
          });
          return { outputs: { y: inner } };
        }),
      ),
  ],
  [
    "L0836",
    "a value of another trace",
    () =>
      trace(
        stepping((x) => {
          kept.push(x);
          return { outputs: { y: kept[0] } };
        }),
      ),
  ],
  ["L0836", "half a round", () => trace(stepping((x) => ({ outputs: { y: repeat(2.5, [x], (a) => a)[0] } })))],
  ["L0837", "a step that counts its calls", () => trace(stepping((x) => ({ outputs: { y: ops.mul(x, ++calls) } })))],
  ["L0838", "a state of text", () => trace(stepping((x) => ({ outputs: { y: x } }), { state: () => ({ sum: "0" }) }))],
  [
    "L0838",
    "a ragged constant",
    () => trace(stepping((x, _, { constant }) => ({ outputs: { y: ops.mul(x, constant([[1, 2], [3]])) } }))),
  ],
  [
    "L0839",
    "rows with different shapes",
    () => {
      const g = graphBuilder("rows");
      g.output("y", ops.op("NonZero", [g.input("x", "float64", [3])]));
      return batched(g.graph(), ["x"]);
    },
  ],
];

function problemOf(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems[0]!;
    throw error;
  }
  throw new Error("it was not refused");
}

test.each(refused)("%s: %s", (code, _, act) => {
  expect(problemOf(act).code).toBe(code);
});

test("reads as the golden says", async () => {
  calls = 0;
  kept.length = 0;
  const printed = refused.map(([, , act]) =>
    printProblems([problemOf(act)], { readText: () => undefined, color: false }),
  );
  await expect(printed.join("\n――――\n\n")).toMatchFileSnapshot("tensor-refusals.golden.txt");
});

test("every code has its example", () => {
  const codes = new Set(refused.map(([code]) => code));
  expect([...codes].sort()).toEqual(Array.from({ length: 10 }, (_, i) => `L08${30 + i}`));
});

test("a key that the kind does not have is named", () => {
  expect(() =>
    genericTensorStep({
      doc: "x",
      ports: () => ({ inputs: {}, outputs: {} }),
      stepp: 1,
      step: () => ({ outputs: {} }),
    } as never),
  ).toThrow("did you mean `step`");
});
