/** Machine components: XState in the run's time, what is refused, and snapshots at any instant. */
import fc from "fast-check";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import {
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromPromise,
  log,
  raise,
  sendTo,
  setup,
} from "xstate";
import { type MachineEmitted, type MachineEvents, machine } from "../../src/component/machine.js";
import { event } from "../../src/component/ports.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { checkHorizon } from "../../src/testing/horizon.js";
import { solo } from "../../src/testing/solo.js";

const ms = (time_ms: number) => Math.round(time_ms * 1e6);
const inputs = { go: event(Type.Number()), stop: event(Type.Number(), { optional: true }) };
const outputs = { mode: Type.String(), out: event(Type.Number()) };
type Types = {
  events: MachineEvents<typeof inputs>;
  emitted: MachineEmitted<typeof outputs>;
  context: { count: number };
};

const of = (made: AnyStateMachine | ((params: { wait: number }) => AnyStateMachine), state: "mode" | "none" = "mode") =>
  machine({
    doc: "Under test.",
    params: Type.Object({ wait: Type.Number({ default: 100 }) }),
    inputs,
    outputs,
    machine: made,
    ...(state === "none" ? {} : { state }),
  });

/** `"0:go=1 20:stop=2"` in ms → what comes out, `20:mode="on"`, with a microstep where it is not 0. */
const stimuli = (text: string) =>
  text
    .split(" ")
    .filter(Boolean)
    .map((word) => {
      const [, time, port, value] = /^([\d.]+):(\w+)=(-?\d+)$/.exec(word)!;
      return { time_ns: ms(Number(time)), port: port!, message: Number(value) };
    });
const said = (component: ReturnType<typeof of>, text: string, params = {}) =>
  solo(component, { params })
    .play(stimuli(text), 1e9)
    .map(
      ({ time_ns, microstep, port, message }) =>
        `${time_ns / 1e6}${microstep ? `'${microstep}` : ""}:${port}=${message}`,
    )
    .join(" ");

const lamp = setup({ types: {} as Types }).createMachine({
  context: { count: 0 },
  initial: "off",
  states: {
    off: {
      on: { go: { target: "on", actions: assign({ count: ({ context, event }) => context.count + event.value }) } },
    },
    on: {
      entry: emit(({ context }) => ({ type: "out", value: context.count })),
      after: { 100: "off" },
      on: {
        go: { target: "on", reenter: true },
        stop: { target: "off", actions: emit({ type: "out", value: -1, stamp_ns: 7 }) },
      },
    },
  },
});

const traffic = createMachine({
  type: "parallel",
  states: {
    light: {
      initial: "green",
      states: {
        green: { after: { 30: "amber" } },
        amber: { after: { 10: "red" } },
        red: { initial: "hold", after: { 50: "green" }, states: { hold: { after: { 20: "clear" } }, clear: {} } },
      },
    },
    button: {
      initial: "idle",
      states: {
        idle: { on: { go: "waiting" } },
        waiting: { after: { 45: { target: "idle", actions: emit({ type: "out", value: 1 }) } }, on: { stop: "idle" } },
        past: { type: "history" },
      },
    },
  },
});

describe("events in, outputs out", () => {
  test.each<[string, ReturnType<typeof of>, string, string]>([
    [
      "a timeout that starts anew",
      of(lamp),
      "0:go=3 80:go=1 300:go=2 320:stop=0",
      "0:mode=off 0'1:mode=on 0:out=3 80:out=3 180:mode=off 300:mode=on 300:out=5 320:mode=off 320:out=-1",
    ],
    [
      "a timer comes before an input of its time",
      of(lamp),
      "0:go=1 100:go=1",
      "0:mode=off 0:out=1 0'1:mode=on 100:mode=off 100:out=2 100'1:mode=on",
    ],
    ["an event that nothing takes is ignored", of(lamp), "5:stop=1", "0'1:mode=off"],
    [
      "parallel and nested states",
      of(traffic),
      "5:go=1",
      "0'1:mode=light.green,button.idle 5:mode=light.green,button.waiting 30:mode=light.amber,button.waiting 40:mode=light.red.hold,button.waiting 50:mode=light.red.hold,button.idle 50:out=1 60:mode=light.red.clear,button.idle 90:mode=light.green,button.idle 120:mode=light.amber,button.idle",
    ],
  ])("%s", (_, component, input, output) => {
    const told = said(component, input).split(" ");
    const wanted = output.split(" ");
    expect(told.slice(0, wanted.length).sort()).toEqual(wanted.sort());
  });

  const one = (config: Parameters<typeof createMachine>[0]) => of(createMachine(config), "none");

  test("actions: raise, delayed raise and its cancel, enqueueActions, log", () => {
    const component = one({
      initial: "a",
      states: {
        a: {
          on: {
            go: { actions: [raise({ type: "later" }, { id: "l", delay: 50 }), raise({ type: "now" }), log("quiet")] },
            stop: { actions: cancel("l") },
            now: { actions: emit({ type: "out", value: 1 } as never) },
            later: {
              actions: enqueueActions(({ enqueue }) => {
                enqueue.emit({ type: "out", value: 2 } as never);
                enqueue.emit({ type: "out", value: 3 } as never);
              }),
            },
          },
        },
      },
    });
    expect(said(component, "0:go=1 100:go=1 120:stop=1")).toBe("0:out=1 50:out=2 50'1:out=3 100:out=1");
  });

  test("params make the machine, or are its input", () => {
    const made = of(({ wait }) => createMachine({ initial: "a", states: { a: { after: { [wait]: "b" } }, b: {} } }));
    expect(said(made, "", { wait: 20 })).toBe("0'1:mode=a 20:mode=b");
    const given = of(
      setup({
        types: {} as { input: { wait: number }; context: { wait: number } },
        delays: { wait: ({ context }) => context.wait },
      }).createMachine({
        context: ({ input }) => ({ wait: input.wait }),
        initial: "a",
        states: { a: { after: { wait: "b" } }, b: {} },
      }),
    );
    expect(said(given, "", { wait: 30.5 })).toBe("0'1:mode=a 30.5:mode=b");
  });

  test("delays: none is the next microstep, the shortest is a nanosecond, an infinite one never ends", () => {
    const waiting = (delay: number) =>
      of(createMachine({ initial: "a", states: { a: { after: { [delay]: "b" } }, b: {} } }));
    expect(said(waiting(0), "")).toBe("0'1:mode=a 0'2:mode=b");
    expect(said(waiting(1e-12), "")).toBe("0'1:mode=a 0.000001:mode=b");
    expect(said(waiting(Number.POSITIVE_INFINITY), "")).toBe("0'1:mode=a");
  });

  test("a final state hears nothing more, and drops its timers", () => {
    const component = one({
      initial: "a",
      states: { a: { entry: raise({ type: "tick" }, { delay: 50 }), on: { go: "end" } }, end: { type: "final" } },
      on: {
        tick: { actions: emit({ type: "out", value: 1 } as never) },
        stop: { actions: emit({ type: "out", value: 2 } as never) },
      },
    });
    expect(said(component, "10:go=1 20:stop=1")).toBe("");
    expect(said(component, "20:stop=1")).toBe("20:out=2 50:out=1");
  });

  test("stamps: of the inputs, of the timer, of its own", () => {
    const node = solo(of(lamp, "none"));
    const told = node.play(
      [
        { port: "go", time_ns: 10, message: 1, stamp_ns: 4 },
        { port: "stop", time_ns: 20, message: 1, stamp_ns: 3 },
      ],
      1e9,
    );
    expect(told.map(({ message, stamp_ns }) => [message, stamp_ns])).toEqual([
      [1, 4],
      [-1, 7],
    ]);
  });
});

describe("what is refused", () => {
  const refusal = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return error instanceof LimbeckError ? `${error.problems[0]!.code} ${error.problems[0]!.message}` : `${error}`;
    }
    return "nothing";
  };
  const check = (config: object, implementations?: object) =>
    refusal(() => of(createMachine(config as never, implementations as never), "none").signature({}, {}));
  const states = (a: object) => ({ id: "m", initial: "a", states: { a, b: {} } });

  test.each<[string, object, object | undefined, string]>([
    [
      "a function on entry",
      states({ entry: () => {} }),
      undefined,
      "L0423 the machine `m` has a function for the action `entry` in its state `a`",
    ],
    [
      "a function in a transition",
      states({ on: { go: { actions: [() => {}] } } }),
      undefined,
      "L0423 the machine `m` has a function for an action in its state `a`",
    ],
    [
      "a function of its own name",
      states({ exit: "ring" }),
      { actions: { ring() {} } },
      "L0423 the machine `m` has a function for the action `ring` in its state `a`",
    ],
    [
      "an action without an implementation",
      states({ exit: "ring" }),
      undefined,
      "L0423 the machine `m` has the action `ring`, which is not implemented in its state `a`",
    ],
    [
      "an invoked actor",
      states({ invoke: { src: fromPromise(async () => 1) } }),
      undefined,
      "L0423 the machine `m` has an invoked actor in its state `a`",
    ],
    [
      "a message to an actor",
      states({ entry: sendTo("x", { type: "y" }) }),
      undefined,
      "L0423 the machine `m` has the action `sendTo` in its state `a`",
    ],
    [
      "nothing",
      states({
        entry: [assign({}), raise({ type: "x" }), cancel("x"), emit({ type: "out" }), log("x")],
        always: [{ guard: () => false, target: "b" }],
      }),
      undefined,
      "nothing",
    ],
  ])("before anything runs: %s", (_, config, implementations, told) => {
    expect(check(config, implementations)).toBe(told);
  });

  test.each<[string, object, string]>([
    [
      "an action that was enqueued",
      { entry: enqueueActions(({ enqueue }) => enqueue(() => {})) },
      "L0423 the machine `m` has the action `(anonymous)`",
    ],
    [
      "a spawned actor",
      {
        entry: assign({
          child: ({ spawn }: { spawn: (logic: unknown) => unknown }) => spawn(fromPromise(async () => 1)),
        } as never),
      },
      "L0423 the machine `m` has a spawned actor",
    ],
    ["an unknown output", { entry: emit({ type: "uot", value: 1 }) }, "L0424 `node` emitted `uot`, which is no output"],
    ["no value", { entry: emit({ type: "out", vlaue: 1 }) }, "L0424 `node` emitted `out` without a `value`"],
    [
      "a delay that is no number",
      { entry: raise({ type: "x" }, { delay: Number.NaN }) },
      "TypeError: the delay of `x` is not a number",
    ],
    [
      "an error in an assign",
      {
        entry: assign(() => {
          throw new Error("no");
        }),
      },
      "Error: no",
    ],
    [
      "an error in a guard",
      {
        always: {
          target: "b",
          guard: () => {
            throw new Error("no");
          },
        },
      },
      "Error: no",
    ],
    [
      "a circle of states",
      { entry: raise({ type: "x" }), on: { x: { target: "a", reenter: true } } },
      "Error: Infinite loop detected: the machine has processed more than 1000 microsteps without reaching a stable state. This usually happens when there's a cycle of transitions (e.g., eventless transitions or raised events causing state A -> B -> C -> A).",
    ],
  ])("while it runs: %s", (_, a, told) => {
    expect(refusal(() => solo(of(createMachine(states(a) as never), "none")).play([], 1e9))).toBe(told);
  });

  const port = (type: object, name = "mode") =>
    refusal(() =>
      machine({ doc: "", inputs, outputs: { mode: type as never }, state: name as never, machine: traffic }).signature(
        {},
        {},
      ),
    );
  test("a port that cannot say the state's name", () => {
    expect(port(Type.Number())).toBe("L0425 `state: mode` is no port for text");
    expect(port(Type.String(), "moed")).toBe("L0425 `state: moed` names no output");
    expect(port(Type.Enum(["light.green,button.idle"]))).toBe(
      "L0425 `state: mode` cannot say `light.green,button.waiting`",
    );
    expect(port(Type.String())).toBe("nothing");
  });

  test("a snapshot of what is no data", () => {
    const node = solo(of(createMachine({ context: { f: () => 1 }, initial: "a", states: { a: {} } })));
    node.play([], 1);
    expect(refusal(() => node.instance.snapshot!())).toMatch(
      /^L0418 `node` cannot be snapshotted: its context or an event to come holds something that is no data/,
    );
  });
});

describe("snapshots", () => {
  const random = fc.array(
    fc.record({ time: fc.integer({ min: 0, max: 400 }), port: fc.constantFrom("go", "stop"), message: fc.nat(9) }),
    { maxLength: 25 },
  );
  const cuts = fc.array(fc.integer({ min: 0, max: 420_000_000 }), { minLength: 1, maxLength: 4 });

  test.each<[string, ReturnType<typeof of>]>([
    ["one state at a time", of(lamp)],
    ["parallel and nested states", of(traffic)],
  ])("restored at any instant, it goes on as if it had never stopped: %s", (_, component) => {
    fc.assert(
      fc.property(random, cuts, (drawn, cuts) => {
        const stimuli = drawn.map(({ time, port, message }) => ({ time_ns: ms(time), port, message }));
        expect(checkHorizon(component, { stimuli, until_ns: 5e8, cuts })).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  test("parallel regions act in their own order, however they were entered", () => {
    const region = (value: number) => ({
      initial: "x",
      states: {
        x: { on: { go: "y" } },
        y: { always: { target: "z", guard: "both" }, on: { stop: "x" } },
        z: { entry: emit({ type: "out", value }), on: { go: "x" } },
      },
    });
    const both = createMachine(
      { type: "parallel", states: { p: { ...region(1), initial: "y" }, q: region(2) } } as never,
      { guards: { both: () => true } } as never,
    );
    fc.assert(
      fc.property(random, cuts, (drawn, cuts) => {
        const stimuli = drawn.map(({ time, port, message }) => ({ time_ns: ms(time), port, message }));
        expect(checkHorizon(of(both), { stimuli, until_ns: 5e8, cuts })).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  test("the timer that is pending is in it, as data", () => {
    const node = solo(of(lamp));
    node.play(stimuli("10:go=1"), ms(50));
    const saved = node.snapshot();
    expect(JSON.parse(JSON.stringify(saved))).toMatchObject({
      state: { timers: [{ time_ns: ms(110), microstep: 0, event: {} }], told: "on" },
    });
    expect(solo(of(lamp), {}, JSON.parse(JSON.stringify(saved))).play([], 1e9)).toMatchObject([
      { time_ns: ms(110), message: "off" },
    ]);
  });
});
