/** What a stream component does wrong is told by name: promises, timers without end, errors, wrong messages. */
import * as rx from "rxjs";
import { config, from, Subject } from "rxjs";
import { dateTimestampProvider } from "rxjs/internal/scheduler/dateTimestampProvider";
import { immediateProvider } from "rxjs/internal/scheduler/immediateProvider";
import { intervalProvider } from "rxjs/internal/scheduler/intervalProvider";
import { timeoutProvider } from "rxjs/internal/scheduler/timeoutProvider";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import { stream } from "../../src/component/stream.js";
import { MAX_TIMERS } from "../../src/component/timers.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { solo } from "../../src/testing/solo.js";
import { ms, stimuli, through } from "./streams.js";

const settled = Promise.resolve(1);

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
