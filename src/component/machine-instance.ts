/**
 * A living machine: XState computes the next state and what to do, purely; what is to be done is kept here as data.
 *
 *   firing at a tag:  timers that are due ──► inputs that came ──transition──► state, timers, one message a port
 *
 * XState's actor would wait with `setTimeout`, and its persisted snapshot forgets what it waits for.
 */
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from "xstate";
import { MAX_NS } from "../graph/quantity.js";
import type { Message } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import { createAlarm } from "./alarm.js";
import { arrivals } from "./arrivals.js";
import type { Instance, Setup } from "./component.js";
import { checkKind, hasRegions, inOrder, refuse, stateName } from "./machine-check.js";
import { createOutbox, type Outgoing } from "./outbox.js";
import { before, createTimers, type Due, MAX_AT_ONCE, MAX_TIMERS } from "./timers.js";

interface MachineEvent {
  readonly type: string;
}

/** An event to come, and the name by which it is cancelled. */
interface Delayed {
  readonly id: string | undefined;
  readonly event: MachineEvent;
}

interface Saved {
  readonly tag: Due;
  /** Absent: it has not started. */
  readonly machine?: unknown;
  readonly timers: readonly (Due & Delayed)[];
  readonly waiting: { readonly [port: string]: readonly Outgoing[] };
  readonly told: string | undefined;
}

interface Action {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each of XState's actions has params of its own
  readonly params: any;
}

/** @param statePort the output that says the state's name */
export function machineInstance(given: AnyStateMachine, statePort: string | undefined, setup: Setup): Instance {
  const { node, signature, params, wake } = setup;
  const machine = bounded(given);
  const ports = Object.keys(signature.outputs);
  const regions = hasRegions(machine.root);
  const coming = arrivals(setup);
  const alarm = createAlarm(wake);
  const timers = createTimers<Delayed>();
  const outbox = createOutbox(node, ports);

  let tag: Due = { time_ns: 0, microstep: 0 };
  let state: AnyMachineSnapshot | undefined;
  /** The state's name as it was said last. */
  let told: string | undefined;
  /** Stamp of what is said now. */
  let stamp_ns = 0;

  function delay(delay_ms: number, task: Delayed): void {
    if (Number.isNaN(delay_ms)) throw new TypeError(`the delay of \`${task.event.type}\` is not a number`);
    // a delay above zero is at least a nanosecond; zero is the next microstep
    const due_ns = tag.time_ns + (delay_ms > 0 ? Math.max(1, Math.round(delay_ms * 1e6)) : 0);
    if (due_ns > MAX_NS) return;
    if (timers.size >= MAX_TIMERS) fail("L0421", { node, what: "pending timers", limit: MAX_TIMERS });
    timers.add({ time_ns: due_ns, microstep: due_ns > tag.time_ns ? 0 : tag.microstep + 1 }, task);
  }

  function emit(event: MachineEvent & { readonly value?: Message; readonly stamp_ns?: number }): void {
    const { type, value } = event;
    if (!ports.includes(type))
      fail("L0424", { node, reason: `\`${type}\`, which is no output`, ports, nearest: nearest(type, ports) });
    if (value === undefined) fail("L0424", { node, reason: `\`${type}\` without a \`value\``, ports });
    outbox.put(type, value, event.stamp_ns ?? stamp_ns);
  }

  function act({ type, params: given }: Action): void {
    checkKind(machine, type);
    if (type === "xstate.emit") emit(given.event);
    else if (type === "xstate.cancel") {
      for (const timer of timers.pending()) if (timer.task.id === given.sendId) timers.cancel(timer);
    } else if (type === "xstate.raise" && typeof given.delay === "number")
      delay(given.delay, { id: given.id, event: given.event });
  }

  function enter([next, actions]: [AnyMachineSnapshot, readonly unknown[]]): void {
    if (next.status === "error") throw next.error;
    for (const action of actions) act(action as Action);
    if (Object.keys(next.children).length > 0) refuse(machine, "a spawned actor");
    // the order in which parallel regions act is the machine's own, and not that in which they were entered
    state = regions ? machine.resolveState({ ...next, value: inOrder(machine.root, next.value) }) : next;
    if (next.status !== "active") timers.clear();
    if (statePort === undefined) return;
    const name = stateName(machine.root, state.value);
    if (name === told) return;
    told = name;
    outbox.put(statePort, name, stamp_ns);
  }

  function send(event: MachineEvent): void {
    if (state!.status === "active") enter(transition(machine, state!, event));
  }

  const moveTo = (due: Due) => {
    if (before(tag, due)) tag = { time_ns: due.time_ns, microstep: due.microstep };
  };

  const ask = () => alarm.set(outbox.waiting ? tag.time_ns : timers.next()?.time_ns, tag.time_ns);

  // to be started at the first tag there is
  wake(0);

  return {
    fire(inputs, ctx) {
      const now = { time_ns: ctx.time_ns, microstep: ctx.microstep };
      alarm.rang(now.time_ns);
      if (state === undefined) {
        moveTo(now);
        stamp_ns = tag.time_ns;
        enter(initialTransition(machine, params as never));
      }
      for (let due = timers.take(now); due !== undefined; due = timers.take(now)) {
        moveTo(due);
        stamp_ns = tag.time_ns;
        send(due.task.event);
      }
      moveTo(now);
      const came = coming.at(inputs, ctx);
      stamp_ns = coming.stampOf(came, tag.time_ns);
      for (const { port, message } of came) send({ type: port, value: message } as MachineEvent);
      const outputs = outbox.take();
      ask();
      return outputs;
    },
    snapshot(): Saved {
      const saved = {
        tag,
        timers: timers.pending().map(({ time_ns, microstep, task }) => ({ time_ns, microstep, ...task })),
        waiting: outbox.snapshot(),
        told,
      };
      if (state === undefined) return saved;
      try {
        return structuredClone({ ...saved, machine: machine.getPersistedSnapshot(state) });
      } catch (cause) {
        const reason = `its context or an event to come holds something that is no data (${(cause as Error).message})`;
        const help =
          "Keep numbers, text, arrays and objects of these in the context, and what functions need in params.";
        return fail("L0418", { node, reason, help }, {}, { cause });
      }
    },
    restore(data) {
      const saved = structuredClone(data) as Saved;
      tag = saved.tag;
      told = saved.told;
      // the scope is for actors that were spawned, and there are none
      if (saved.machine !== undefined) state = machine.restoreSnapshot(saved.machine as never, undefined as never);
      for (const { time_ns, microstep, id, event } of saved.timers) timers.add({ time_ns, microstep }, { id, event });
      outbox.restore(saved.waiting);
      if (state === undefined) wake(0);
      ask();
    },
  };
}

/** A copy that finds a circle of `always` and `raise`, in which a machine would stay for ever. */
function bounded(machine: AnyStateMachine): AnyStateMachine {
  const copy = machine.provide({});
  copy.options = { ...copy.options, maxIterations: Math.min(copy.options.maxIterations ?? MAX_AT_ONCE, MAX_AT_ONCE) };
  return copy;
}
