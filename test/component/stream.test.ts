/** Stream components: RxJS operators in virtual time, against what they do by their documentation. */

import fc from "fast-check";
import type { Observable } from "rxjs";
import * as rx from "rxjs";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import type { Outputs } from "../../src/component/component.js";
import { MAX_JOURNAL } from "../../src/component/journal.js";
import { tensor } from "../../src/component/ports.js";
import { stamped } from "../../src/component/stamped.js";
import { stream } from "../../src/component/stream.js";
import { checkHorizon } from "../../src/testing/horizon.js";
import { solo } from "../../src/testing/solo.js";
import { ms, said, stimuli, through } from "./streams.js";

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
    expect(() => checkHorizon(forgetful, { stimuli: stimuli("10:1 35:2"), until_ns: 1e9, cuts: [ms(40)] })).toThrow(
      "restored from a snapshot at 0.04 s, the component parts from its whole run: " +
        "2 at `out`, 0.085 s, microstep 0 in place of 1 at `out`, 0.06 s, microstep 0",
    );
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
