/**
 * The life of a node, as one XState machine: when it runs, when its safe outputs stand in, and when it is over.
 *
 *     configured ──made──► ready ──started──► active ⇄ degraded ──► stopped | faulted
 *
 * Pure: an event gives the next life, which is data, and what to do about it, also as data. A node that never faults
 * shares the one value `ACTIVE` with all the others and costs nothing.
 */
import { initialTransition, setup, transition } from "xstate";
import type { TypedRestart } from "../../graph/typed.js";

export type LifeState = "configured" | "ready" | "active" | "degraded" | "stopped" | "faulted";

/** A node's life so far: data, to be kept in a snapshot as it is. */
export interface Life {
  readonly state: LifeState;
  /** Times of the faults that were mended, or are about to be, and that the budget still remembers. */
  readonly mended_ns: readonly number[];
}

export type LifeEvent =
  /** An instance was made. */
  | { readonly type: "made" }
  /** The run begins. */
  | { readonly type: "started" }
  /** A firing, or a new start, failed. */
  | { readonly type: "fault"; readonly time_ns: number; readonly reason: string }
  /** A new instance took the place of the one that failed. */
  | { readonly type: "restarted" }
  | { readonly type: "stop" };

/** What the run has to do. */
export type LifeEffect =
  /** Send and hold the declared safe outputs. */
  | { readonly type: "speak_safe" }
  /** Make a new instance at this time, then say `restarted` (or `fault`, when it cannot be made). */
  | { readonly type: "restart"; readonly at_ns: number }
  /** The node does not fire again in this run. */
  | { readonly type: "give_up"; readonly reason: string };

interface Memory {
  readonly restart: TypedRestart;
  readonly mended_ns: readonly number[];
}

type Fault = Extract<LifeEvent, { type: "fault" }>;

/** Without `restart:` the first fault is the last. */
const NEVER: TypedRestart = { budget: 0, within_ns: Number.POSITIVE_INFINITY, after_ns: 0 };

/** The mended faults that lie less than `within` before this one. */
const remembered = ({ restart, mended_ns }: Memory, { time_ns }: Fault): readonly number[] =>
  mended_ns.filter((mended) => time_ns - mended < restart.within_ns);

const base = setup({
  types: { context: {} as Memory, events: {} as LifeEvent, input: {} as Memory },
  actions: {
    speak_safe: () => {},
    restart: (_, __: { at_ns: number }) => {},
    give_up: (_, __: { reason: string }) => {},
  },
  guards: {
    withinBudget: ({ context, event }) => remembered(context, event as Fault).length < context.restart.budget,
  },
});

const mend = base.assign({
  mended_ns: ({ context, event }) => [...remembered(context, event as Fault), (event as Fault).time_ns],
});

const fault = [
  {
    guard: "withinBudget",
    target: "degraded",
    actions: [
      mend,
      "speak_safe",
      {
        type: "restart",
        params: ({ context, event }: { context: Memory; event: LifeEvent }) => ({
          at_ns: (event as Fault).time_ns + context.restart.after_ns,
        }),
      },
    ],
  },
  {
    target: "faulted",
    actions: [
      "speak_safe",
      { type: "give_up", params: ({ event }: { event: LifeEvent }) => ({ reason: (event as Fault).reason }) },
    ],
  },
] as const;

const machine = base.createMachine({
  context: ({ input }) => input,
  initial: "configured",
  states: {
    configured: { on: { made: "ready", fault, stop: "stopped" } },
    ready: { on: { started: "active", fault, stop: "stopped" } },
    active: { on: { fault, stop: "stopped" } },
    degraded: { on: { restarted: "active", fault, stop: "stopped" } },
    stopped: { type: "final" },
    faulted: { type: "final" },
  },
});

/** Before anything was done. */
export const CONFIGURED: Life = ((): Life => {
  const [{ value, context }] = initialTransition(machine, { restart: NEVER, mended_ns: [] });
  return { state: value, mended_ns: context.mended_ns };
})();

/** An instance is there. */
export const READY: Life = live(CONFIGURED, { type: "made" }).life;

/** The run goes on, and nothing has gone wrong: where every node can begin without asking the machine. */
export const ACTIVE: Life = live(READY, { type: "started" }).life;

/**
 * The life after an event, and what to do. An event that means nothing in a state changes nothing: nothing leads out of
 * `stopped` and `faulted`.
 *
 * Of the faults less than `within_ns` apart, `budget` are mended; the next is final.
 *
 * @example
 * const restart = { budget: 1, within_ns: 1e9, after_ns: 1e7 };
 * const first = live(ACTIVE, { type: "fault", time_ns: 5e8, reason: "singular matrix" }, restart);
 * first.life.state // "degraded"
 * first.effects // [{ type: "speak_safe" }, { type: "restart", at_ns: 510_000_000 }]
 * const again = live(first.life, { type: "restarted" }, restart).life;
 * live(again, { type: "fault", time_ns: 6e8, reason: "singular matrix" }, restart).life.state // "faulted"
 */
export function live(
  { state, mended_ns }: Life,
  event: LifeEvent,
  restart: TypedRestart = NEVER,
): { readonly life: Life; readonly effects: readonly LifeEffect[] } {
  const before = machine.resolveState({ value: state, context: { restart, mended_ns } });
  const [{ value, context }, actions] = transition(machine, before, event);
  const effects = actions.map(({ type, params }) => ({ type, ...(params as object | undefined) }) as LifeEffect);
  return { life: { state: value, mended_ns: context.mended_ns }, effects };
}
