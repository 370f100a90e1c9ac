/** How far apart two runs are, in words fit for what a port says. */
import { expect, test } from "vitest";
import { agreement, type Sample } from "../../src/lower/agreement.js";
import { type Promised, promisesOf } from "../../src/lower/promise.js";
import type { Message, MessageSchema } from "../../src/message/type.js";
import type { PolicyFacts } from "../../src/models/policy.js";

const samples = (...messages: Message[]): Sample[] =>
  messages.map((message, k) => ({ time_ns: k, microstep: 0, stamp_ns: k, message }));
const within = (tolerance: number, more: Partial<Promised> = {}): Promised => ({ tolerance: () => tolerance, ...more });
const studied = { outputs: { y: { tensors: [], students: ["half@1"] } } } as unknown as PolicyFacts;
const ofStudents = (given?: number) => promisesOf(studied, given)("y");
const number = { type: "number" } as const;

test("the greatest error, its tag, and the first message that is outside", () => {
  const told = agreement("y", number, samples(1, 2, 3), samples(1, 2 + 2 ** -51, 3.5), within(1e-9));
  expect(told).toMatchObject({ messages: 3, equal: false, max_abs: 0.5, holds: false, promise: "within 1e-9" });
  expect(told.worst).toEqual({ time_ns: 2, microstep: 0, graph: 3, policy: 3.5 });
  expect(told.first).toEqual({ time_ns: 2, microstep: 0, what: "3 and 3.5" });
  expect(agreement("y", number, samples(2), samples(2 + 2 ** -51), within(1e-9)).ulp).toBe(1);
});

test("what one of them does not say does not agree", () => {
  const told = agreement("y", number, samples(1, 2), samples(1), within(0));
  expect(told).toMatchObject({ messages: 1, alone: 1, equal: false, promise: "bit-equal" });
  expect(told.first).toMatchObject({ time_ns: 1, what: "the policy says nothing" });
});

const mode: MessageSchema = { enum: ["low", "high"] };
const flag: MessageSchema = { type: "boolean" };
const count: MessageSchema = { type: "integer" };

test("a choice, a truth value and a whole number are equal, or are not", () => {
  const choice = agreement("m", mode, samples("low", "high", "low"), samples("low", "low", "low"), within(1e-4));
  expect(choice).toMatchObject({ promise: "equal", holds: false, numbers: false, max_abs: 0 });
  expect(choice.choices).toEqual({ compared: 3, same: 2 });
  expect(choice.first!.what).toBe("high and low");
  const truth = agreement("t", flag, samples(true), samples(false), within(1e-4));
  expect([truth.promise, truth.holds, truth.first!.what]).toEqual(["equal", false, "true and false"]);
  // a tolerance of float32 would let a million be out by a hundred
  const whole = agreement("n", count, samples(1_000_000), samples(1_000_001), within(1e-4));
  expect(whole).toMatchObject({ promise: "equal", holds: false, numbers: true, max_abs: 1 });
  const asked = agreement("n", count, samples(1_000_000), samples(1_000_001), within(1e-4, { given: true }));
  expect(asked).toMatchObject({ promise: "within 1e-4", holds: true });
  expect(agreement("m", mode, samples("low"), samples("high"), within(9, { given: true })).holds).toBe(false);
});

test("the parts of a message have a promise each", () => {
  const type: MessageSchema = {
    type: "object",
    properties: { mode, x: number, y: number, v: { tensor: [2], dtype: "float32" } },
  };
  const tolerance = (path: string) => ({ mode: 1e-9, x: 1e-9, y: 0, v: 1e-4 })[path]!;
  const said = { mode: "low", x: 1, y: 2, v: Float32Array.of(1, 2) };
  const far = { ...said, v: Float32Array.of(1, 2.0001) };
  const told = agreement("r", type, samples(said), samples(far), { tolerance });
  expect(told.promise).toBe("mode equal, x within 1e-9, y bit-equal, v within 1e-4");
  expect(told.holds).toBe(true);
  expect(agreement("r", type, samples(said), samples({ ...said, x: 1.0001 }), { tolerance })).toMatchObject({
    holds: false,
    first: { what: "`x` 1 and 1.0001" },
  });
});

test("what a student leads to promises nothing, and is measured all the same", () => {
  const free = agreement("y", number, samples(1, 2, 3), samples(1, Number.NaN), ofStudents());
  expect(free).toMatchObject({ promise: "none", holds: true, equal: false, messages: 2, alone: 1 });
  expect(free.first).toBeUndefined();
  const held = agreement("y", number, samples(1, 2), samples(1, 2.5), ofStudents(0.1));
  expect(held).toMatchObject({ promise: "within 0.1", holds: false });
  const choice = agreement("m", mode, samples("low"), samples("high"), ofStudents(0.1));
  expect(choice).toMatchObject({ promise: "none", holds: true, choices: { compared: 1, same: 0 } });
});
