/**
 * RxJS in somebody else's time: its clock, timers and queues are lent out for the length of one call.
 *
 * RxJS 7 asks providers for time and timers, and those are one a process, as are its four schedulers. So both are
 * exchanged around each call and put back, and nothing that runs beside (a program that uses RxJS, another node)
 * sees any of it. What RxJS does not ask for, and what would still bring real time in, is refused by name: promises,
 * `setTimeout` and their like.
 */
import { promiseHooks } from "node:v8";
import { animationFrameScheduler, asapScheduler, asyncScheduler, config, queueScheduler } from "rxjs";
import { animationFrameProvider } from "rxjs/internal/scheduler/animationFrameProvider";
import { dateTimestampProvider } from "rxjs/internal/scheduler/dateTimestampProvider";
import { immediateProvider } from "rxjs/internal/scheduler/immediateProvider";
import { intervalProvider } from "rxjs/internal/scheduler/intervalProvider";
import { performanceTimestampProvider } from "rxjs/internal/scheduler/performanceTimestampProvider";
import { timeoutProvider } from "rxjs/internal/scheduler/timeoutProvider";

/** Whoever keeps the time that RxJS is to live in. */
export interface TimeKeeper {
  now_ms(): number;
  /** Calls again and again until cleared. */
  setInterval(call: () => void, period_ms: number): number;
  clearInterval(handle: number): void;
  /** Calls soon, at the same time. */
  setImmediate(call: () => void): number;
  clearImmediate(handle: number): void;
  /** Told of something that would happen in real time, with the stack of where it was begun. */
  refuse(what: string, stack: string): void;
}

interface SchedulerState {
  actions: unknown[];
  _active: boolean;
  _scheduled: unknown;
}

const schedulers: readonly SchedulerState[] = [
  asyncScheduler,
  asapScheduler,
  queueScheduler,
  animationFrameScheduler,
] as never[];

const providers: readonly { delegate: unknown }[] = [
  intervalProvider,
  immediateProvider,
  timeoutProvider,
  dateTimestampProvider,
  performanceTimestampProvider,
  animationFrameProvider,
];

const REAL = ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"] as const;

/** Lends a keeper's time: the result runs a call in it. */
export function virtualTime(keeper: TimeKeeper): <T>(call: () => T) => T {
  const unhandled: (() => void)[] = [];
  const timers = {
    setInterval: (call: () => void, period_ms = 0) => keeper.setInterval(call, period_ms),
    clearInterval: (handle: unknown) => keeper.clearInterval(handle as number),
  };
  const immediates = {
    setImmediate: (call: () => void) => keeper.setImmediate(call),
    clearImmediate: (handle: unknown) => keeper.clearImmediate(handle as number),
  };
  // RxJS uses it for one thing: to throw what nobody handled where it harms no operator
  const reports = {
    setTimeout: (call: () => void) => unhandled.push(call),
    clearTimeout: () => {},
  };
  const clock = { now: () => keeper.now_ms() };
  const frames = {
    requestAnimationFrame(): never {
      throw new Error("a graph has no screen, and so no animation frames; use interval()");
    },
    cancelAnimationFrame() {},
  };
  const delegates: readonly unknown[] = [timers, immediates, reports, clock, clock, frames];

  const stackHere = () => new Error().stack ?? "";
  const real = Object.fromEntries(
    REAL.map((name) => [
      name,
      () => {
        keeper.refuse(`\`${name}\``, stackHere());
        return 0;
      },
    ]),
  );

  return (call) => {
    const lent = providers.map((provider) => provider.delegate);
    const states = schedulers.map(({ actions, _active, _scheduled }) => ({ actions, _active, _scheduled }));
    const globals = Object.fromEntries(REAL.map((name) => [name, globalThis[name]]));
    for (const [i, provider] of providers.entries()) provider.delegate = delegates[i];
    for (const scheduler of schedulers)
      Object.assign(scheduler, { actions: [], _active: false, _scheduled: undefined });
    Object.assign(globalThis, real);
    const unhook = promiseHooks.onInit(() => keeper.refuse("a promise", stackHere()));
    try {
      const result = call();
      throwUnhandled(unhandled);
      return result;
    } finally {
      unhook();
      unhandled.length = 0;
      Object.assign(globalThis, globals);
      for (const [i, scheduler] of schedulers.entries()) Object.assign(scheduler, states[i]);
      for (const [i, provider] of providers.entries()) provider.delegate = lent[i];
    }
  };
}

/** The first error that no subscriber handled, thrown, whatever the program around does with such errors. */
function throwUnhandled(reports: readonly (() => void)[]): void {
  if (reports.length === 0) return;
  const { onUnhandledError } = config;
  config.onUnhandledError = null;
  try {
    for (const report of reports) report();
  } finally {
    config.onUnhandledError = onUnhandledError;
  }
}
