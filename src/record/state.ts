/**
 * The life of a recorder, as one XState machine.
 *
 *        ┌─────── armed ◄───────┐
 *        ▼          │           │ waits
 *     recording ◄───┘ writes ───┤
 *        │  ▲                   │
 *   pause│  │resume             │
 *        ▼  │                   │
 *      paused ──────────────────┘          any of them ──► full | failed
 *
 * Pure: an event gives the next state. A recorder that is full or has failed counts what it does not keep; its graph
 * goes on, and what was written stays.
 */
import { createMachine, initialTransition, transition } from "xstate";

/**
 * - `armed`: nothing is written until a trigger fires, or the ring is written at the end
 * - `recording`: rows are written as they come
 * - `paused`: somebody asked for it; rows are let go by
 * - `full`: the recording's own limit, or the disk
 * - `failed`: the disk refuses
 */
export type RecorderState = "armed" | "recording" | "paused" | "full" | "failed";

export type RecorderEvent = "writes" | "waits" | "pause" | "resume" | "fill" | "fail";

const ends = { fill: "full", fail: "failed" } as const;

const machine = createMachine({
  initial: "armed",
  states: {
    armed: { on: { writes: "recording", pause: "paused", ...ends } },
    recording: { on: { waits: "armed", pause: "paused", ...ends } },
    paused: { on: { resume: "armed", ...ends } },
    full: { on: { fail: "failed" } },
    failed: { type: "final" },
  },
});

/** Before the first row. */
export const ARMED: RecorderState = initialTransition(machine)[0].value as RecorderState;

/**
 * The state after an event. An event that means nothing in a state changes nothing.
 *
 * @example
 * next("armed", "writes") // "recording"
 * next("full", "writes") // "full"
 */
export function next(state: RecorderState, event: RecorderEvent): RecorderState {
  const before = machine.resolveState({ value: state, context: {} });
  return transition(machine, before, { type: event })[0].value as RecorderState;
}
