/**
 * A living stream component: the subjects that its inputs are, the timers that its operators set, and what they say.
 *
 *   firing at a tag:  timers that are due ──► inputs that came ──► what was put off ("immediates") ──► one message a port
 *
 * Its state is the journal of what it heard, and restoring it is hearing that again while nobody listens.
 */
import { isObservable, type Observable, Subject, takeUntil } from "rxjs";
import { MAX_NS } from "../graph/quantity.js";
import type { Message } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { type Args, type Code, fail, LimbeckError, problem } from "../problem/problem.js";
import { createAlarm } from "./alarm.js";
import { type Arrival, arrivals } from "./arrivals.js";
import type { Instance, Setup } from "./component.js";
import { createJournal, type Heard, MAX_JOURNAL, MAX_JOURNAL_BYTES } from "./journal.js";
import { createOutbox, type Outgoing } from "./outbox.js";
import { type Rng, rng, type SavedRng } from "./rng.js";
import { Stamped } from "./stamped.js";
import { before, createTimers, type Due, MAX_AT_ONCE, MAX_TIMERS, type Timer } from "./timers.js";
import { virtualTime } from "./virtual-time.js";

/** What `connect` may know beside its inputs. */
export interface StreamContext<P> {
  readonly params: P;
  /** Now, in seconds and in ns since the run's origin. */
  readonly time: number;
  readonly time_ns: number;
  /** Stamp in ns of the last message at an input; `NaN` before the first. */
  stamp(port: string): number;
  /** Seeded by the run's seed and the node's path. */
  readonly rng: Rng;
}

export type Connect = (
  inputs: { readonly [port: string]: Observable<Message> },
  ctx: StreamContext<unknown>,
) => { readonly [port: string]: Observable<unknown> | undefined };

interface Task {
  readonly handle: number;
  readonly call: () => void;
  readonly start_ms: number;
  readonly period_ms: number;
  /** Which call is the next, from 1. */
  count: number;
  timer: Timer<Task> | undefined;
}

interface Saved {
  /** When the operators are connected again; absent: they were not yet. */
  readonly from_ns?: number;
  readonly tag: Due;
  readonly heard: readonly Heard[];
  readonly waiting: { readonly [port: string]: readonly Outgoing[] };
  readonly stamps: readonly (readonly [string, number])[];
  readonly seed: number | undefined;
  readonly rng: readonly number[] | undefined;
}

const SHORTER = "Declare its `horizon`: how far back what it says depends on what it heard.";
const RARER = "Let it hear less within its `horizon`, or shorten that.";

/** @param horizon_ns how long the component remembers; infinite when it does not say */
export function streamInstance(connect: Connect, horizon_ns: number, setup: Setup): Instance {
  const { node, signature, wake } = setup;
  const ports = Object.keys(signature.inputs);
  const subjects = new Map(ports.map((port) => [port, new Subject<Message>()]));
  const stamps = new Map<string, number>();
  const ended = new Subject<void>();
  const coming = arrivals(setup);
  const alarm = createAlarm(wake);
  const timers = createTimers<Task>();
  const tasks = new Map<number, Task>();
  const immediates = new Map<number, () => void>();
  const outbox = createOutbox(node, Object.keys(signature.outputs));
  const journal = createJournal(horizon_ns);

  let tag: Due = { time_ns: 0, microstep: 0 };
  let clock_ms = 0;
  let connected_ns: number | undefined;
  /** Stamp of what is said now. */
  let stamp_ns = 0;
  let handles = 0;
  /** Tasks run at this tag. */
  let run = 0;
  let inside = false;
  let muted = false;
  let fault: { readonly error: unknown; told: boolean } | undefined;
  let seed: number | undefined;
  let own: SavedRng | undefined;

  const inTime = virtualTime({
    now_ms: () => clock_ms,
    setInterval(call, period_ms) {
      const task: Task = {
        handle: ++handles,
        call,
        start_ms: clock_ms,
        period_ms: period_ms > 0 ? period_ms : 0,
        count: 1,
        timer: undefined,
      };
      tasks.set(task.handle, task);
      arm(task);
      return task.handle;
    },
    clearInterval(handle) {
      const task = tasks.get(handle);
      if (task?.timer !== undefined) timers.cancel(task.timer);
      tasks.delete(handle);
    },
    setImmediate(call) {
      immediates.set(++handles, call);
      return handles;
    },
    clearImmediate: (handle) => immediates.delete(handle),
    refuse: (what, stack) => stopWith("L0419", { node, time_ns: tag.time_ns, what, at: placeIn(stack) }),
  });

  function arm(task: Task): void {
    const due_ns = Math.round((task.start_ms + task.count * task.period_ms) * 1e6);
    task.timer = undefined;
    // an infinite delay, or one that no run reaches
    if (!(due_ns <= MAX_NS)) return;
    if (timers.size >= MAX_TIMERS) {
      stopWith("L0421", { node, what: "pending timers", limit: MAX_TIMERS });
      return;
    }
    const later = due_ns > tag.time_ns;
    // less than half a nanosecond is no time, but 0 is the next microstep
    const microstep = later ? 0 : tag.microstep + (task.period_ms > 0 ? 0 : 1);
    task.timer = timers.add({ time_ns: later ? due_ns : tag.time_ns, microstep }, task);
  }

  /** Ends the component: what failed is thrown at the end of this firing, or at the next one. */
  function stop(error: unknown): void {
    fault ??= { error, told: false };
    if (inside) ended.next();
    else inTime(() => ended.next());
    timers.clear();
    immediates.clear();
  }

  const stopWith = <C extends Code>(code: C, args: Args<C>) => stop(new LimbeckError([problem(code, args)]));

  function say(port: string, said: unknown): void {
    if (fault !== undefined || (inside && muted)) return;
    if (!inside) {
      stopWith("L0420", { node, port });
      wake(tag.time_ns);
      return;
    }
    const own = said instanceof Stamped;
    const message = own ? said.message : said;
    try {
      if (message === undefined) throw new TypeError(`\`${port}\` said \`undefined\`, which is no message`);
      outbox.put(port, message as Message, own ? said.stamp_ns : stamp_ns);
    } catch (error) {
      stop(error);
    }
  }

  function dispatch(work: () => void): void {
    if (fault === undefined) {
      inside = true;
      try {
        inTime(work);
      } catch (error) {
        stop(error);
      } finally {
        inside = false;
      }
    }
    if (fault === undefined) return;
    fault.told = true;
    throw fault.error;
  }

  function moveTo(due: Due): void {
    if (!before(tag, due)) return;
    tag = { time_ns: due.time_ns, microstep: due.microstep };
    run = 0;
  }

  /** Counts a task, and says whether it may run. */
  function mayRun(): boolean {
    if (fault === undefined && ++run > MAX_AT_ONCE) stopWith("L0421", { node, what: "tasks", limit: MAX_AT_ONCE });
    return fault === undefined;
  }

  /** Runs what was put off. */
  function settle(): void {
    for (const [handle, call] of immediates) {
      if (!mayRun()) return;
      immediates.delete(handle);
      call();
    }
  }

  function open(time_ns: number): void {
    connected_ns = time_ns;
    moveTo({ time_ns, microstep: 0 });
    clock_ms = time_ns / 1e6;
    stamp_ns = time_ns;
    const inputs = Object.fromEntries(ports.map((port) => [port, subjects.get(port)!.asObservable()]));
    const outputs = streamsOf(node, Object.keys(signature.outputs), connect(inputs, context));
    for (const [port, out] of outputs)
      out.pipe(takeUntil(ended)).subscribe({ next: (said) => say(port, said), error: stop });
    settle();
  }

  /** Runs the timers that are due, each at its own time. */
  function advance(to: Due): void {
    for (;;) {
      const timer = timers.take(to);
      if (timer === undefined || !mayRunAt(timer)) break;
      const { task } = timer;
      clock_ms = Math.max(clock_ms, task.start_ms + task.count * task.period_ms);
      stamp_ns = tag.time_ns;
      task.call();
      settle();
      if (!tasks.has(task.handle)) continue;
      task.count++;
      arm(task);
    }
    moveTo(to);
  }

  function mayRunAt(due: Due): boolean {
    moveTo(due);
    return mayRun();
  }

  /** Hears what came at one tag. */
  function hear(came: readonly Arrival[]): void {
    if (came.length === 0) return;
    clock_ms = Math.max(clock_ms, tag.time_ns / 1e6);
    stamp_ns = coming.stampOf(came, tag.time_ns);
    for (const { port, message, stamp_ns: stamp } of came) {
      stamps.set(port, stamp);
      subjects.get(port)!.next(message);
    }
    settle();
  }

  const ask = () => alarm.set(outbox.waiting ? tag.time_ns : timers.next()?.time_ns, tag.time_ns);

  const context: StreamContext<unknown> = {
    params: setup.params,
    get time() {
      return tag.time_ns / 1e9;
    },
    get time_ns() {
      return tag.time_ns;
    },
    stamp: (port) => stamps.get(port) ?? Number.NaN,
    get rng() {
      seed ??= setup.rng.integer(2 ** 32);
      own ??= rng(seed);
      return own;
    },
  };

  // to be connected at the first tag there is
  wake(0);

  return {
    fire(inputs, ctx) {
      const now = { time_ns: ctx.time_ns, microstep: ctx.microstep };
      alarm.rang(now.time_ns);
      dispatch(() => {
        if (connected_ns === undefined) open(now.time_ns);
        advance(now);
        const came = coming.at(inputs, ctx);
        const drawn = own === undefined ? undefined : { rng: own.snapshot() };
        for (const arrival of came) journal.add({ ...now, ...arrival, ...drawn });
        journal.forget(now.time_ns);
        hear(came);
      });
      const outputs = outbox.take();
      ask();
      return outputs;
    },
    snapshot(): Saved {
      const heard = journal.entries();
      if (heard === undefined) {
        const reason = `it heard more than ${MAX_JOURNAL.toLocaleString("en")} messages or ${MAX_JOURNAL_BYTES / 2 ** 20} MiB`;
        fail(
          "L0418",
          horizon_ns === Number.POSITIVE_INFINITY
            ? { node, reason: `${reason}, and says of none that it no longer matters`, help: SHORTER }
            : { node, reason: `${reason} within its horizon`, help: RARER },
        );
      }
      const saved = { tag, heard, waiting: outbox.snapshot(), stamps: [...stamps], seed, rng: own?.snapshot() };
      if (connected_ns === undefined) return saved;
      return { ...saved, from_ns: Math.max(connected_ns, tag.time_ns - horizon_ns) };
    },
    restore(state) {
      const saved = state as Saved;
      if (saved.from_ns === undefined) {
        wake(0);
        return;
      }
      const { from_ns, heard, rng: drawn } = saved;
      seed = saved.seed;
      muted = true;
      dispatch(() => {
        open(from_ns);
        if (heard[0]?.rng !== undefined) own?.restore(heard[0].rng);
        for (let i = 0; i < heard.length; ) {
          const first = heard[i]!;
          const from = i;
          while (i < heard.length && !before(first, heard[i]!)) i++;
          advance(first);
          hear(heard.slice(from, i));
        }
        advance(saved.tag);
        if (drawn !== undefined) own?.restore(drawn);
      });
      muted = false;
      for (const [port, stamp] of saved.stamps) stamps.set(port, stamp);
      journal.restore(heard);
      outbox.restore(saved.waiting);
      ask();
    },
    close() {
      const untold = fault !== undefined && !fault.told ? fault : undefined;
      inTime(() => ended.next());
      if (untold !== undefined) throw untold.error;
    },
  };
}

/** What `connect` gave, checked, in the order in which the ports are declared. @throws LimbeckError L0422 */
function streamsOf(node: string, ports: readonly string[], given: unknown): [string, Observable<unknown>][] {
  const wrong = (reason: string, meant?: string): never => fail("L0422", { node, reason, ports, nearest: meant });
  if (isObservable(given)) return wrong("one Observable, and not one for each port");
  if (typeof given !== "object" || given === null) return wrong(given === undefined ? "nothing" : `${given}`);
  const streams = given as { readonly [port: string]: unknown };
  for (const [port, out] of Object.entries(streams)) {
    if (!ports.includes(port)) return wrong(`\`${port}\`, which is no output`, nearest(port, ports));
    if (out !== undefined && !isObservable(out)) return wrong(`for \`${port}\` something that is no Observable`);
  }
  return ports.flatMap((port): [string, Observable<unknown>][] => {
    const out = streams[port];
    return isObservable(out) ? [[port, out]] : [];
  });
}

/** `debounce.ts:8:11`: the line of the author's own code in a stack, if it is on it. */
function placeIn(stack: string): string | undefined {
  for (const line of stack.split("\n").slice(1)) {
    if (line.includes("stream-instance")) return undefined;
    if (line.includes("virtual-time") || line.includes("/rxjs/") || line.includes("node:")) continue;
    return /([^/\\\s()]+:\d+:\d+)\)?$/.exec(line)?.[1];
  }
  return undefined;
}
