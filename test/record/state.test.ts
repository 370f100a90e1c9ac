/** The life of a recorder: every event in every state. */
import { expect, test } from "vitest";
import { ARMED, next, type RecorderEvent, type RecorderState } from "../../src/record/state.js";

const EVENTS: readonly RecorderEvent[] = ["writes", "waits", "pause", "resume", "fill", "fail"];

test("every event in every state", () => {
  const states: readonly RecorderState[] = ["armed", "recording", "paused", "full", "failed"];
  expect(ARMED).toBe("armed");
  expect(Object.fromEntries(states.map((state) => [state, EVENTS.map((event) => next(state, event))]))).toEqual({
    armed: ["recording", "armed", "paused", "armed", "full", "failed"],
    recording: ["recording", "armed", "paused", "recording", "full", "failed"],
    paused: ["paused", "paused", "paused", "armed", "full", "failed"],
    full: ["full", "full", "full", "full", "full", "failed"],
    failed: ["failed", "failed", "failed", "failed", "failed", "failed"],
  });
});
