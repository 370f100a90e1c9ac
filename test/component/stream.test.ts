/** Stream components: RxJS operators in virtual time, against what they do by their documentation. */

import fc from "fast-check";
import * as rx from "rxjs";
import { config, from, type Observable, Subject } from "rxjs";
import { dateTimestampProvider } from "rxjs/internal/scheduler/dateTimestampProvider";
import { immediateProvider } from "rxjs/internal/scheduler/immediateProvider";
import { intervalProvider } from "rxjs/internal/scheduler/intervalProvider";
import { timeoutProvider } from "rxjs/internal/scheduler/timeoutProvider";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import type { Component, Outputs } from "../../src/component/component.js";
import { checkHorizon } from "../../src/component/horizon.js";
import { MAX_JOURNAL } from "../../src/component/journal.js";
import { event, tensor } from "../../src/component/ports.js";
import { solo } from "../../src/component/solo.js";
import { stamped } from "../../src/component/stamped.js";
import { stream } from "../../src/component/stream.js";
import { MAX_TIMERS } from "../../src/component/timers.js";
import { LimbeckError } from "../../src/problem/problem.js";

const ms = (time_ms: number) => Math.round(time_ms * 1e6);

/** A component from `a` (and `b`) to `out`. */
const through = (
  connect: (a: Observable<number>, b: Observable<number>, ctx: { time: number; rng: { uniform(): number } }) => unknown,
  more: { horizon?: string } = {},
) =>
  stream({
    doc: "Under test.",
    inputs: { a: event(Type.Number()), b: event(Type.Number(), { optional: true }) },
    outputs: { out: event(Type.Any()) },
    connect: ({ a, b }, ctx) => ({
      out: connect(a as Observable<number>, b as Observable<number>, ctx) as Observable<never>,
    }),
    ...more,
  });

/** `"0:1 50:2 b@60:7"`: in ms, at `a` unless it says `b@`; `.1` behind the time is a microstep. */
const stimuli = (text: string) =>
  text
    .split(" ")
    .filter(Boolean)
    .map((word) => {
      const [, port = "a", time, micro, value] = /^(?:(\w)@)?([\d.]+?)(?:'(\d+))?:(-?\d+)$/.exec(word)!;
      return { port, time_ns: ms(Number(time)), microstep: Number(micro ?? 0), message: Number(value) };
    });

/** `"100:1 150'1:[2,3]"`: what came out, in ms, with the microstep where it is not 0. */
const said = (component: Component, text: string, until_ms = 1000) =>
  solo(component)
    .play(stimuli(text), ms(until_ms))
    .map(
      ({ time_ns, microstep, message }) =>
        `${time_ns / 1e6}${microstep === 0 ? "" : `'${microstep}`}:${JSON.stringify(message)}`,
    )
    .join(" ");

describe("operators in virtual time, without being given a scheduler", () => {
  test.each<[string, (a: Observable<number>, b: Observable<number>) => Observable<unknown>, string, string]>([
    ["debounceTime", (a) => a.pipe(rx.debounceTime(100)), "0:1 50:2 99.9:3 300:4", "199.9:3 400:4"],
    ["debounceTime of fractions of a ms", (a) => a.pipe(rx.debounceTime(0.3)), "0.1:1 0.2:2 1.7:3", "0.5:2 2:3"],
    [
      "debounceTime at a tie: the timer comes first",
      (a) => a.pipe(rx.debounceTime(100)),
      "0:1 100:2 200:3",
      "100:1 200:2 300:3",
    ],
    ["delay", (a) => a.pipe(rx.delay(70)), "0:1 50:2 60.5:3", "70:1 120:2 130.5:3"],
    ["delay of 0 is the next microstep", (a) => a.pipe(rx.delay(0)), "5:1", "5'1:1"],
    ["delayWhen", (a) => a.pipe(rx.delayWhen((x) => rx.timer(10 * x))), "0:9 10:1", "20:1 90:9"],
    ["auditTime", (a) => a.pipe(rx.auditTime(100)), "10:1 50:2 109:3 130:4", "110:3 230:4"],
    ["throttleTime", (a) => a.pipe(rx.throttleTime(100)), "10:1 50:2 110:3 150:4", "10:1 110:3"],
    [
      "throttleTime, trailing",
      (a) => a.pipe(rx.throttleTime(100, undefined, { leading: false, trailing: true })),
      "10:1 50:2",
      "110:2",
    ],
    ["sampleTime", (a) => a.pipe(rx.sampleTime(100)), "10:1 50:2 110:3 350:4", "100:2 200:3 400:4"],
    ["bufferTime", (a) => a.pipe(rx.bufferTime(100), rx.take(3)), "10:1 20:2 100:3 290:4", "100:[1,2] 200:[3] 300:[4]"],
    [
      "bufferTime of thirds does not drift",
      (a) => a.pipe(rx.bufferTime(1000 / 3), rx.take(3)),
      "1:1",
      "333.333333:[1] 666.666667:[] 1000:[]",
    ],
    ["bufferCount", (a) => a.pipe(rx.bufferCount(2)), "1:1 2:2 3:3 4:4", "2:[1,2] 4:[3,4]"],
    [
      "windowTime",
      (a) =>
        a.pipe(
          rx.windowTime(100),
          rx.mergeMap((w) => w.pipe(rx.count())),
          rx.take(2),
        ),
      "10:1 20:2 110:3",
      "100:2 200:1",
    ],
    ["interval", () => rx.interval(250), "", "250:0 500:1 750:2 1000:3"],
    ["timer", () => rx.timer(30, 400), "", "30:0 430:1 830:2"],
    ["timer of a date: ms since the run's origin", () => rx.timer(new Date(40)), "", "40:0"],
    [
      "switchMap and timer",
      (a) =>
        a.pipe(
          rx.switchMap((x) =>
            rx.timer(50, 50).pipe(
              rx.take(2),
              rx.map((k) => 10 * x + k),
            ),
          ),
        ),
      "0:1 60:2",
      "50:10 110:20 160:21",
    ],
    ["combineLatest", (a, b) => rx.combineLatest([a, b]), "0:1 b@10:5 20:2 b@30:6", "10:[1,5] 20:[2,5] 30:[2,6]"],
    [
      "combineLatest at one tag: a burst over microsteps",
      (a, b) => rx.combineLatest([a, b]),
      "0:1 b@0:5 20:2 b@20:6",
      "0:[1,5] 20:[2,5] 20'1:[2,6]",
    ],
    [
      "the last of a tag, by asapScheduler",
      (a, b) => rx.combineLatest([a, b]).pipe(rx.auditTime(0, rx.asapScheduler)),
      "0:1 b@0:5 20:2 b@20:6",
      "0:[1,5] 20:[2,6]",
    ],
    ["merge", (a, b) => rx.merge(a, b), "0:1 b@0:5 7'2:2", "0:1 0'1:5 7'2:2"],
    ["zip", (a, b) => rx.zip(a, b), "0:1 5:2 b@9:7", "9:[1,7]"],
    ["withLatestFrom", (a, b) => a.pipe(rx.withLatestFrom(b)), "0:1 b@1:7 2:2", "2:[2,7]"],
    ["timestamp", (a) => a.pipe(rx.timestamp()), "12.5:1", '12.5:{"value":1,"timestamp":12.5}'],
    [
      "timeInterval",
      (a) =>
        a.pipe(
          rx.timeInterval(),
          rx.map(({ interval }) => interval),
        ),
      "10:1 35:2",
      "10:10 35:25",
    ],
    ["timeout", (a) => a.pipe(rx.timeout({ each: 100, with: () => rx.of(-1) })), "50:1 120:2", "50:1 120:2 220:-1"],
    [
      "retry with a delay",
      (a) =>
        rx.merge(
          a,
          rx.timer(20).pipe(
            rx.mergeMap(() => rx.throwError(() => 0)),
            rx.retry({ count: 2, delay: 10 }),
            rx.catchError(() => rx.of(-1)),
          ),
        ),
      "",
      "80:-1",
    ],
    ["repeat with a delay", () => rx.timer(10).pipe(rx.repeat({ count: 3, delay: 5 })), "", "10:0 25:0 40:0"],
    ["generate on the async scheduler", () => rx.range(1, 3, rx.asyncScheduler), "", "0'1:1 0'2:2 0'3:3"],
    ["range on the queue scheduler", () => rx.range(1, 3, rx.queueScheduler), "", "0'1:1 0'2:2 0'3:3"],
    [
      "observeOn(asapScheduler) stays at its tag",
      (a) => a.pipe(rx.observeOn(rx.asapScheduler)),
      "5:1 5'1:2",
      "5:1 5'1:2",
    ],
    ["subscribeOn", (a) => a.pipe(rx.subscribeOn(rx.asyncScheduler, 10)), "5:1 15:2", "15:2"],
    [
      "scan and startWith",
      (a) =>
        a.pipe(
          rx.scan((sum, x) => sum + x, 0),
          rx.startWith(0),
        ),
      "5:1 6:2",
      "0'1:0 5:1 6:3",
    ],
    [
      "ReplaySubject with a window of time",
      (a) =>
        a.pipe(rx.shareReplay({ windowTime: 50, refCount: false, bufferSize: 9 }), (shared) =>
          rx.merge(rx.NEVER, rx.timer(100).pipe(rx.switchMap(() => shared)), shared.pipe(rx.ignoreElements())),
        ),
      "20:1 60:2 80:3",
      "100:2 100'1:3",
    ],
    ["a delay without end", (a) => a.pipe(rx.delay(Number.POSITIVE_INFINITY)), "0:1", ""],
    ["completion is allowed", (a) => a.pipe(rx.take(1)), "0:1 5:2", "0:1"],
    [
      "expand",
      (a) => a.pipe(rx.expand((x) => (x < 3 ? rx.of(x + 1).pipe(rx.delay(10)) : rx.EMPTY))),
      "0:1",
      "0:1 10:2 20:3",
    ],
  ])("%s", (_, connect, input, output) => {
    expect(said(through(connect), input, 1000.000001)).toBe(output);
  });
});

describe("what a stream says", () => {
  test("stamps: a timer's is its time, otherwise the oldest of what came, also in a burst; or one of its own", () => {
    const both = through((a, b) =>
      rx.merge(a.pipe(rx.delay(10)), rx.merge(a, b), a.pipe(rx.map((x) => stamped(-x, 3)))),
    );
    const stimulus = [
      { port: "a", time_ns: 100, message: 1, stamp_ns: 80 },
      { port: "b", time_ns: 100, message: 2, stamp_ns: 60 },
    ];
    const told = solo(both).play(stimulus, ms(20));
    expect(told.map(({ message, stamp_ns }) => [message, stamp_ns])).toEqual([
      [1, 60],
      [-1, 3],
      [2, 60],
      [1, 100 + ms(10)],
    ]);
  });

  test("its context: time, params, stamps, and a generator of its own", () => {
    const component = stream({
      doc: "",
      params: Type.Object({ wait: Type.Number({ default: 30 }) }),
      inputs: { a: Type.Number() },
      outputs: { out: Type.Any() },
      connect: ({ a }, ctx) => ({
        out: a.pipe(
          rx.map(() => ctx.stamp("a")),
          rx.delay(ctx.params.wait),
          rx.map((stamp) => [stamp, ctx.time, ctx.time_ns, ctx.rng.uniform()]),
        ),
      }),
    });
    const play = (seed: number) =>
      solo(component, { seed, params: { wait: 20 } })
        .play([{ port: "a", time_ns: 5, message: 1, stamp_ns: 2 }], 1e9)
        .map(({ message }) => message as number[]);
    const [[stamp, time, time_ns, drawn]] = play(1) as [[number, number, number, number]];
    expect([stamp, time, time_ns]).toEqual([2, (ms(20) + 5) / 1e9, ms(20) + 5]);
    expect(play(1)[0]![3]).toBe(drawn);
    expect(play(2)[0]![3]).not.toBe(drawn);
  });

  test("several outputs, some of them left out", () => {
    const component = stream({
      doc: "",
      inputs: { a: Type.Number() },
      outputs: { twice: Type.Number(), late: Type.Number(), never: Type.Number() },
      connect: ({ a }) => ({ late: a.pipe(rx.delay(1)), twice: a.pipe(rx.map((x) => 2 * x)) }),
    });
    const told = solo(component).play([{ port: "a", time_ns: 0, message: 4 }], 1e9);
    expect(told.map(({ port, message }) => [port, message])).toEqual([
      ["twice", 8],
      ["late", 4],
    ]);
  });

  test("an event input of a clocked node comes as an array, and is heard one by one", () => {
    const component = through((a) => a.pipe(rx.bufferCount(3)));
    const signature = component.signature({}, {});
    const heard: Outputs[] = [];
    const instance = component.instantiate({
      node: "n",
      params: {},
      signature,
      inputs: {},
      kinds: { a: "event", b: "event" },
      rng: undefined as never,
      services: undefined as never,
      trigger: { kind: "clock", period_ns: 10, phase_ns: 0 },
      wake: () => {},
    }) as import("../../src/component/component.js").Instance;
    const ctx = { time: 0, dt: 0, microstep: 0, age: () => 0, stamp: () => 3, params: {}, rng: undefined as never };
    for (const [time_ns, a] of [
      [10, [1, 2]],
      [20, []],
      [30, [3]],
    ] as const)
      heard.push(
        (instance.fire!({ a, b: [] }, { ...ctx, time_ns, fresh: (port) => port === "a" && a.length > 0 }) ??
          {}) as Outputs,
      );
    expect(heard.map(({ out }) => out)).toEqual([undefined, undefined, [1, 2, 3]]);
  });

  test("two of them do not disturb each other's timers, whoever is fired between", () => {
    const slow = solo(through((a) => a.pipe(rx.debounceTime(100), rx.timestamp())));
    const fast = solo(through((a) => a.pipe(rx.delay(7), rx.observeOn(rx.asapScheduler), rx.timestamp())));
    const input = stimuli("0:1 10:2 30:3 200:4");
    const alone = (connect: (a: Observable<number>) => Observable<unknown>) => solo(through(connect)).play(input, 1e9);
    const mixed: unknown[][] = [[], []];
    for (let at = 0; at < 1e9; at += ms(5))
      for (const [i, node] of [slow, fast].entries())
        mixed[i]!.push(
          ...node.play(
            input.filter(({ time_ns }) => time_ns >= at && time_ns < at + ms(5)),
            at + ms(5),
          ),
        );
    expect(mixed[0]).toEqual(alone((a) => a.pipe(rx.debounceTime(100), rx.timestamp())));
    expect(mixed[1]).toEqual(alone((a) => a.pipe(rx.delay(7), rx.observeOn(rx.asapScheduler), rx.timestamp())));
    expect(mixed.map((all) => all.length)).toEqual([2, 4]);
  });
});

describe("a fault of the component", () => {
  const failing = (connect: Parameters<typeof through>[0], input = "5:1") => {
    const node = solo(through(connect));
    let met: unknown;
    try {
      node.play(stimuli(input), 1e9);
    } catch (error) {
      met = error;
    }
    return met;
  };
  const codeOf = (met: unknown) => (met instanceof LimbeckError ? met.problems[0]!.code : `${met}`);

  test.each<[string, Parameters<typeof through>[0], string]>([
    [
      "an error in an operator",
      (a) =>
        a.pipe(
          rx.map(() => {
            throw new Error("no");
          }),
        ),
      "Error: no",
    ],
    ["an error notification", () => rx.timer(10).pipe(rx.mergeMap(() => rx.throwError(() => "gone"))), "gone"],
    [
      "an error in connect",
      () => {
        throw new Error("no");
      },
      "Error: no",
    ],
    [
      "an error in a subscriber of its own",
      (a) => {
        a.subscribe(() => {
          throw new Error("aside");
        });
        return a;
      },
      "Error: aside",
    ],
    [
      "an error that nobody handles",
      (a) => {
        a.pipe(rx.mergeMap(() => rx.throwError(() => new Error("aside")))).subscribe();
        return a;
      },
      "Error: aside",
    ],
    [
      "an error in a timer's callback",
      (a) => {
        rx.asyncScheduler.schedule(() => {
          throw new Error("late");
        }, 3);
        return a;
      },
      "Error: late",
    ],
    [
      "undefined for a message",
      (a) => a.pipe(rx.map(() => undefined)),
      "TypeError: `out` said `undefined`, which is no message",
    ],
    ["a promise", () => from(Promise.resolve(1)), "L0419"],
    ["a promise made when the file was loaded", () => from(settled), "L0419"],
    ["an async function among operators", (a) => a.pipe(rx.mergeMap(async (x) => x)), "L0419"],
    ["an async function whose promise nobody reads", (a) => a.pipe(rx.tap(async () => {})), "L0419"],
    [
      "a promise although errors are caught",
      (a) =>
        a.pipe(
          rx.mergeMap(async (x) => x),
          rx.catchError(() => rx.of(0)),
        ),
      "L0419",
    ],
    [
      "an async generator",
      () =>
        from(
          (async function* () {
            yield 1;
          })(),
        ),
      "L0419",
    ],
    [
      "firstValueFrom",
      (a) => {
        rx.firstValueFrom(a);
        return a;
      },
      "L0419",
    ],
    ["setTimeout", (a) => a.pipe(rx.tap(() => setTimeout(() => {}, 0))), "L0419"],
    [
      "setInterval",
      (a) => {
        setInterval(() => {}, 1);
        return a;
      },
      "L0419",
    ],
    [
      "setImmediate",
      (a) => {
        setImmediate(() => {});
        return a;
      },
      "L0419",
    ],
    [
      "queueMicrotask",
      (a) => {
        queueMicrotask(() => {});
        return a;
      },
      "L0419",
    ],
    [
      "animation frames",
      () => rx.interval(0, rx.animationFrameScheduler),
      "Error: a graph has no screen, and so no animation frames; use interval()",
    ],
    ["a burst", (a) => a.pipe(rx.mergeMap(() => rx.range(0, 1002))), "L0421"],
    [
      "timers without end",
      (a) => rx.range(0, 100_001).pipe(rx.delay(5), rx.ignoreElements(), rx.mergeWith(a)),
      "L0421",
    ],
    ["a burst without end", () => rx.range(0, Number.POSITIVE_INFINITY), "L0421"],
    ["putting off for ever", () => rx.interval(0, rx.asapScheduler), "L0421"],
    ["intervals that let no time go by", () => rx.interval(1e-10).pipe(rx.ignoreElements()), "L0421"],
    [
      "more timers than may be pending",
      (a) => {
        for (let i = 0; i <= MAX_TIMERS; i++) rx.asyncScheduler.schedule(() => {}, 5);
        return a;
      },
      "L0421",
    ],
    ["something that is no Observable", () => 0, "L0422"],
  ])("%s", (_, connect, fault) => {
    expect(codeOf(failing(connect))).toBe(fault);
  });

  test("a burst of as many as may wait goes out, one a microstep", () => {
    const told = solo(through((a) => a.pipe(rx.mergeMap(() => rx.range(0, 1000))))).play(stimuli("5:1"), 1e9);
    expect(told).toHaveLength(1000);
    expect(told.at(-1)).toMatchObject({ microstep: 999, message: 999, time_ns: ms(5) });
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["an array with no Observable", { out: [1] }],
    ["an unknown port", { uot: rx.EMPTY }],
    ["an Observable", rx.EMPTY],
  ])("connect gives %s", (_, given) => {
    const component = stream({ doc: "", inputs: {}, outputs: { out: Type.Number() }, connect: () => given as never });
    expect(() => solo(component).play([], 1)).toThrow("L0422");
  });

  test("it is told again at each later firing, and the rest of the process is as it was", () => {
    const before = [intervalProvider, dateTimestampProvider, immediateProvider, timeoutProvider].map((p) => p.delegate);
    const globals = [setTimeout, setInterval, setImmediate, queueMicrotask];
    const onUnhandledError = config.onUnhandledError;
    const node = solo(
      through((a) => {
        rx.asapScheduler.schedule(() => {});
        return a.pipe(
          rx.map(() => {
            throw new Error("no");
          }),
        );
      }),
    );
    expect(() => node.play(stimuli("5:1"), 1e9)).toThrow("no");
    expect(() => node.play(stimuli("6:1"), 1e9)).toThrow("no");
    expect(
      [intervalProvider, dateTimestampProvider, immediateProvider, timeoutProvider].map((p) => p.delegate),
    ).toEqual(before);
    expect([setTimeout, setInterval, setImmediate, queueMicrotask]).toEqual(globals);
    expect(config.onUnhandledError).toBe(onUnhandledError);
    expect(Math.abs(rx.asyncScheduler.now() - Date.now())).toBeLessThan(60_000);
  });

  test("a program that uses RxJS itself is not disturbed, and does not disturb", async () => {
    const order: string[] = [];
    rx.asapScheduler.schedule(() => order.push("program"));
    const node = solo(
      through((a) =>
        a.pipe(
          rx.observeOn(rx.asapScheduler),
          rx.tap(() => order.push("node")),
        ),
      ),
    );
    expect(node.play(stimuli("5:1"), 1e9)).toHaveLength(1);
    expect(order).toEqual(["node"]);
    await Promise.resolve();
    expect(order).toEqual(["node", "program"]);
    await new Promise<void>((done) => {
      rx.timer(0).subscribe(() => {
        expect(solo(through((a) => a.pipe(rx.delay(10)))).play(stimuli("5:1"), 1e9)).toHaveLength(1);
        done();
      });
    });
  });

  test("what speaks outside of a firing ends the run: at the next firing, or at the close", () => {
    const outside = new Subject<number>();
    const make = () => solo(through((a) => rx.merge(a, outside)));
    const node = make();
    expect(node.play(stimuli("5:1"), ms(10))).toHaveLength(1);
    outside.next(1);
    expect(() => node.play(stimuli("20:1"), ms(30))).toThrow("L0420");
    const other = make();
    other.play(stimuli("5:1"), ms(10));
    outside.next(1);
    expect(() => other.instance.close!()).toThrow("L0420");
  });

  test("a subject that two nodes share is found", () => {
    const shared = new Subject<number>();
    const [one, two] = [through((a) => a.pipe(rx.tap(shared))), through(() => shared)].map((component) =>
      solo(component),
    );
    two!.play([], 1);
    one!.play(stimuli("5:1"), 1e9);
    expect(() => two!.play(stimuli("6:1"), 1e9)).toThrow("L0420");
  });

  test("closing takes the operators down, in silence", () => {
    const closed: string[] = [];
    const node = solo(
      through((a) =>
        a.pipe(
          rx.delay(100),
          rx.finalize(() => closed.push("closed")),
        ),
      ),
    );
    node.play(stimuli("5:1"), ms(10));
    node.instance.close!();
    expect(closed).toEqual(["closed"]);
  });
});

const settled = Promise.resolve(1);

describe("snapshots", () => {
  const random = fc.array(
    fc.record({
      time: fc.integer({ min: 0, max: 600 }),
      microstep: fc.nat(1),
      port: fc.constantFrom("a", "b"),
      message: fc.nat(9),
    }),
    { maxLength: 30 },
  );
  const cuts = fc.array(fc.integer({ min: 0, max: 650_000_000 }), { minLength: 1, maxLength: 4 });

  test.each<[string, Parameters<typeof through>[0], { horizon?: string }]>([
    ["debounceTime", (a) => a.pipe(rx.debounceTime(70)), { horizon: "70ms" }],
    ["delay", (a) => a.pipe(rx.delay(90)), { horizon: "90ms" }],
    [
      "switchMap",
      (a) =>
        a.pipe(
          rx.switchMap((x) =>
            rx
              .timer(20, 30)
              .pipe(rx.take(3))
              .pipe(rx.map(() => x)),
          ),
        ),
      { horizon: "80ms" },
    ],
    ["bursts", (a) => a.pipe(rx.mergeMap((x) => rx.range(0, x))), { horizon: "0s" }],
    ["scan", (a, b) => rx.merge(a, b).pipe(rx.scan((sum, x) => sum + x, 0)), {}],
    ["bufferTime", (a, b) => rx.merge(a, b).pipe(rx.bufferTime(70)), {}],
    ["auditTime and throttleTime", (a, b) => rx.merge(a.pipe(rx.auditTime(50)), b.pipe(rx.throttleTime(40))), {}],
    ["combineLatest on asap", (a, b) => rx.combineLatest([a, b]).pipe(rx.auditTime(0, rx.asapScheduler)), {}],
    [
      "random numbers",
      (a, _, { rng }) =>
        a.pipe(
          rx.map((x) => x + rng.uniform()),
          rx.delay(30),
        ),
      { horizon: "30ms" },
    ],
    ["random numbers from the start", (a, _, { rng }) => a.pipe(rx.scan((sum, x) => sum + x * rng.uniform(), 0)), {}],
  ])("restored at any instant, it goes on as if it had never stopped: %s", (_, connect, horizon) => {
    fc.assert(
      fc.property(random, cuts, (drawn, cuts) => {
        const input = drawn.map(({ time, ...rest }) => ({ ...rest, time_ns: ms(time) }));
        expect(checkHorizon(through(connect, horizon), { stimuli: input, until_ns: 7e8, cuts })).toBeUndefined();
      }),
      { numRuns: 15 },
    );
  });

  test("a horizon that is too short is found, with the first message that differs", () => {
    const forgetful = through((a) => a.pipe(rx.delay(50)), { horizon: "20ms" });
    expect(
      checkHorizon(forgetful, { stimuli: stimuli("10:1 70:2"), until_ns: 1e9, cuts: [ms(5), ms(55), ms(71)] }),
    ).toBe(undefined);
    const broken = checkHorizon(forgetful, { stimuli: stimuli("10:1 35:2"), until_ns: 1e9, cuts: [ms(40)] });
    expect(broken).toMatchObject({ cut_ns: ms(40), whole: { time_ns: ms(60), message: 1 }, restored: { message: 2 } });
  });

  test("without a horizon the journal is bounded, and past the bound the component says so", () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ port: "a", time_ns: i, message: i }));
    const node = (horizon: { horizon?: string }, count: number) => {
      const made = solo(through((a) => a.pipe(rx.ignoreElements()), horizon));
      made.play(many(count), 1e9);
      return made;
    };
    expect(node({}, MAX_JOURNAL).snapshot()).toMatchObject({ state: { heard: { length: MAX_JOURNAL } } });
    expect(() => node({}, MAX_JOURNAL + 1).snapshot()).toThrow(
      /L0418: `node` cannot be snapshotted: it heard more than 10,000 messages/,
    );
    expect(node({ horizon: "10ns" }, MAX_JOURNAL + 500).snapshot()).toMatchObject({ state: { heard: { length: 11 } } });
    expect(() => node({ horizon: "1ms" }, MAX_JOURNAL + 1).snapshot()).toThrow("within its horizon");
    const big = solo(stream({ doc: "", inputs: { a: tensor([2 ** 20]) }, outputs: {}, connect: () => ({}) }));
    const frames = Array.from({ length: 9 }, (_, i) => ({ port: "a", time_ns: i, message: new Float64Array(2 ** 20) }));
    big.play(frames.slice(0, 8), 8);
    expect(big.snapshot()).toMatchObject({ state: { heard: { length: 8 } } });
    big.play(frames.slice(8), 9);
    expect(() => big.snapshot()).toThrow("L0418");
  });

  test("a horizon may follow from the params, and is read when the graph is checked", () => {
    const debounce = (horizon: (params: { wait: number }) => string) =>
      stream({
        doc: "",
        params: Type.Object({ wait: Type.Number({ default: 50 }) }),
        inputs: { a: Type.Number() },
        outputs: { out: Type.Number() },
        horizon,
        connect: ({ a }, { params }) => ({ out: a.pipe(rx.debounceTime(params.wait)) }),
      });
    const good = debounce(({ wait }) => `${wait}ms`);
    expect(
      checkHorizon(good, { stimuli: stimuli("0:1 30:2 90:3"), until_ns: 1e9, params: { wait: 80 } }),
    ).toBeUndefined();
    expect(() => debounce(({ wait }) => `${wait}`).signature({}, {})).toThrow("L0119");
  });
});
