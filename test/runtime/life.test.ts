/** Node life: the table of states, and what holds for every sequence of events. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TypedRestart } from "../../src/graph/typed.js";
import {
  ACTIVE,
  CONFIGURED,
  type Life,
  type LifeEffect,
  type LifeEvent,
  type LifeState,
  live,
  READY,
} from "../../src/runtime/node/life.js";

const restart: TypedRestart = { budget: 2, within_ns: 1e9, after_ns: 1e7 };
const fault = (time_ns: number): LifeEvent => ({ type: "fault", time_ns, reason: `at ${time_ns}` });
const [made, started, restarted, stop] = (["made", "started", "restarted", "stop"] as const).map((type) => ({ type }));

/** The lives and effects of a sequence, from `configured` on. */
function lived(events: readonly LifeEvent[], spec?: TypedRestart) {
  let life: Life = CONFIGURED;
  return events.map((event) => {
    const next = live(life, event, spec);
    life = next.life;
    return { event, ...next };
  });
}

test("the values that runs begin with", () => {
  expect(CONFIGURED).toEqual({ state: "configured", mended_ns: [] });
  expect(READY).toEqual({ state: "ready", mended_ns: [] });
  expect(ACTIVE).toEqual({ state: "active", mended_ns: [] });
});

describe("where each event leads", () => {
  const next: { readonly [state in LifeState]: Partial<Record<LifeEvent["type"], LifeState>> } = {
    configured: { made: "ready", fault: "degraded", stop: "stopped" },
    ready: { started: "active", fault: "degraded", stop: "stopped" },
    active: { fault: "degraded", stop: "stopped" },
    degraded: { restarted: "active", fault: "degraded", stop: "stopped" },
    stopped: {},
    faulted: {},
  };
  const states = Object.keys(next) as LifeState[];
  const events: LifeEvent[] = [made!, started!, fault(5), restarted!, stop!] as LifeEvent[];
  test.each(states.flatMap((state) => events.map((event) => [state, event.type, event] as const)))(
    "%s, %s",
    (state, type, event) => {
      const life = { state, mended_ns: [] };
      const after = live(life, event, restart);
      expect(after.life.state).toBe(next[state][type] ?? state);
      if (next[state][type] === undefined) expect(after).toEqual({ life, effects: [] });
    },
  );
});

test("within the budget: safe outputs, and a start `after` the fault; the next one is final", () => {
  const steps = lived(
    [made, started, fault(1e8), restarted, fault(2e8), restarted, fault(3e8), restarted] as never,
    restart,
  );
  expect(steps.map(({ life }) => life.state)).toEqual([
    "ready",
    "active",
    "degraded",
    "active",
    "degraded",
    "active",
    "faulted",
    "faulted",
  ]);
  expect(steps.flatMap(({ effects }) => effects)).toEqual([
    { type: "speak_safe" },
    { type: "restart", at_ns: 1.1e8 },
    { type: "speak_safe" },
    { type: "restart", at_ns: 2.1e8 },
    { type: "speak_safe" },
    { type: "give_up", reason: "at 300000000" },
  ]);
});

test("a fault that lies `within` before this one is forgotten, one that lies a nanosecond less is not", () => {
  const once = { ...restart, budget: 1 };
  const { life } = live(ACTIVE, fault(0), once);
  const again = live(life, { type: "restarted" }, once).life;
  expect(live(again, fault(1e9 - 1), once).life.state).toBe("faulted");
  expect(live(again, fault(1e9), once).life).toEqual({ state: "degraded", mended_ns: [1e9] });
});

test("a start that fails is a fault like any other", () => {
  const [first, second, third] = lived([fault(0), fault(10), fault(20)], restart);
  expect([first, second, third].map((step) => step!.life.state)).toEqual(["degraded", "degraded", "faulted"]);
  expect(second!.effects).toContainEqual({ type: "restart", at_ns: 10 + 1e7 });
});

test("without `restart:` the first fault is the last", () => {
  expect(live(ACTIVE, fault(7))).toEqual({
    life: { state: "faulted", mended_ns: [] },
    effects: [{ type: "speak_safe" }, { type: "give_up", reason: "at 7" }],
  });
});

describe("for every sequence of events", () => {
  const specs = fc.record({
    budget: fc.integer({ min: 0, max: 4 }),
    within_ns: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(Number.POSITIVE_INFINITY)),
    after_ns: fc.integer({ min: 0, max: 20 }),
  });
  /** Faults come in order of time, as the engine's do. */
  const sequences = fc
    .array(
      fc.tuple(
        fc.constantFrom<LifeEvent["type"]>("made", "started", "fault", "fault", "restarted", "restarted", "stop"),
        fc.integer({ min: 0, max: 12 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => {
      let time_ns = 0;
      return parts.map(([type, wait]): LifeEvent => {
        time_ns += wait;
        return type === "fault" ? fault(time_ns) : { type };
      });
    });
  const law = (holds: (steps: ReturnType<typeof lived>, spec: TypedRestart) => void) => () =>
    fc.assert(fc.property(sequences, specs, (events, spec) => holds(lived(events, spec), spec)));
  const of = <T extends LifeEffect["type"]>(steps: ReturnType<typeof lived>, type: T) =>
    steps.flatMap(({ effects }) => effects.filter((e): e is Extract<LifeEffect, { type: T }> => e.type === type));

  test(
    "nothing happens after the end",
    law((steps) => {
      const end = steps.findIndex(({ life }) => life.state === "stopped" || life.state === "faulted");
      if (end < 0) return;
      for (const { life, effects } of steps.slice(end + 1)) {
        expect(life).toEqual(steps[end]!.life);
        expect(effects).toEqual([]);
      }
    }),
  );

  test(
    "no window of `within` holds more restarts than the budget",
    law((steps, { budget, within_ns }) => {
      const starts = of(steps, "restart").map(({ at_ns }) => at_ns);
      for (const first of starts) {
        const inside = starts.filter((at_ns) => at_ns >= first && at_ns - first < within_ns);
        expect(inside.length).toBeLessThanOrEqual(budget);
      }
    }),
  );

  test(
    "a fault of a living node always makes it safe, and either starts it again or gives it up, never both",
    law((steps) => {
      steps.forEach(({ event, effects }, i) => {
        const before = steps[i - 1]?.life.state ?? "configured";
        const living = before !== "stopped" && before !== "faulted";
        const kinds = effects.map(({ type }) => type);
        if (event.type !== "fault" || !living) expect(kinds).toEqual([]);
        else
          expect([
            ["speak_safe", "restart"],
            ["speak_safe", "give_up"],
          ]).toContainEqual(kinds);
      });
    }),
  );

  test(
    "it gives up only where the budget is spent",
    law((steps, { budget, within_ns }) => {
      const faults = steps.flatMap(({ event, effects }) =>
        effects.length === 0 ? [] : [event as { time_ns: number }],
      );
      const last = faults.at(-1);
      if (steps.at(-1)?.life.state !== "faulted" || last === undefined) return;
      const near = faults.filter(({ time_ns }) => last.time_ns - time_ns < within_ns);
      expect(near.length).toBe(budget + 1);
    }),
  );

  test("a life is data: kept and read back in between, it goes on the same", () => {
    fc.assert(
      fc.property(sequences, specs, (events, spec) => {
        let life = CONFIGURED;
        for (const { event, life: expected } of lived(events, spec)) {
          life = live(JSON.parse(JSON.stringify(life)), event, spec).life;
          expect(life).toEqual(expected);
        }
      }),
    );
  });
});
