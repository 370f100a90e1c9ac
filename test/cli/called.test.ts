/** When a policy is called, in words. */
import { expect, test } from "vitest";
import { calledWhen } from "../../src/cli/called.js";

test.each([
  [{ period_ns: 1e7 }, "every 10 ms"],
  [{ period_ns: 5e6, phase_ns: 2e6 }, "every 5 ms from 2 ms on"],
  [{ on: ["range", "mode"] }, "at each message of range, mode"],
  [{ period_ns: 5e6, on: ["range"] }, "every 5 ms, and at each message of range"],
])("%o", (call, words) => expect(calledWhen(call)).toBe(words));
