/** The kind `machine`: an XState machine whose events are input messages, and whose clock is the engine. */
import type { Static, TObject } from "typebox";
import type { AnyStateMachine } from "xstate";
import type { Trigger } from "../graph/ir.js";
import type { Params } from "./component.js";
import { checkMachine, checkStatePort } from "./machine-check.js";
import { machineInstance } from "./machine-instance.js";
import type { InputValues, OutputValues, PortLike } from "./ports.js";
import { refuseUnknownKeys, selfTimed } from "./spec.js";
import type { TypedComponent } from "./typed.js";

type Ports = { readonly [port: string]: PortLike };

/** The events that input ports make, for `setup({types: {events: {} as MachineEvents<typeof inputs>}})`. */
export type MachineEvents<I> = {
  [K in keyof I & string]: { readonly type: K; readonly value: Exclude<InputValues<I>[K], undefined> };
}[keyof I & string];

/** What may be emitted for output ports, for `setup({types: {emitted: {} as MachineEmitted<typeof outputs>}})`. */
export type MachineEmitted<O> = {
  [K in keyof O & string]: {
    readonly type: K;
    readonly value: Exclude<OutputValues<O>[K], undefined>;
    /** In ns; default: the oldest stamp among the inputs that it came of, the time where a timer made it. */
    readonly stamp_ns?: number;
  };
}[keyof O & string];

export interface MachineSpec<P extends TObject, I extends Ports, O extends Ports> {
  /** One or two sentences: its states, and what changes them. */
  readonly doc: string;
  readonly params?: P;
  readonly inputs: I;
  readonly outputs: O;
  /** Default trigger; without one each input is an event when it comes. */
  readonly on?: Trigger;
  /** The machine, which gets the params as its `input`; or one made for the params. */
  readonly machine: AnyStateMachine | ((params: Static<P>) => AnyStateMachine);
  /** The output that says the state's name whenever it changes: `moving.fast`, with commas between parallel regions. */
  readonly state?: keyof O & string;
}

const KEYS = ["doc", "params", "inputs", "outputs", "on", "machine", "state"];

/**
 * A component written as an XState machine: a message at an input is an event `{type: port, value: message}`, and an
 * emitted event `{type: port, value: message}` is a message at an output.
 *
 * `after` and delayed `raise` wait in the run's time. The machine is pure: `assign`, `raise`, `cancel`, `emit`,
 * `enqueueActions` of these, and `log` (kept quiet) are its actions; others are refused (L0423). At equal times timers
 * come before inputs. Events that no transition takes are ignored, and a machine in its final state ignores all.
 *
 * @example
 * const inputs = { beat: event(Type.Boolean()) };
 * const outputs = { mode: Type.Enum(["lost", "alive"]) };
 * const types = { events: {} as MachineEvents<typeof inputs>, emitted: {} as MachineEmitted<typeof outputs> };
 * export default machine({
 *   doc: "Alive until no beat has come for 200 ms.",
 *   inputs,
 *   outputs,
 *   state: "mode",
 *   machine: setup({ types }).createMachine({
 *     initial: "lost",
 *     states: {
 *       lost: { on: { beat: "alive" } },
 *       alive: { after: { 200: "lost" }, on: { beat: { target: "alive", reenter: true } } },
 *     },
 *   }),
 * });
 */
export function machine<P extends TObject, I extends Ports, O extends Ports>(
  spec: MachineSpec<P, I, O>,
): TypedComponent<I, O, Static<P>> {
  refuseUnknownKeys("a machine", spec, KEYS);
  const { machine: given, state } = spec;
  const machineFor = (params: Params): AnyStateMachine =>
    typeof given === "function" ? given(params as Static<P>) : given;
  const check: Parameters<typeof selfTimed>[2] = (params, outputs) => {
    const made = machineFor(params);
    checkMachine(made);
    if (state !== undefined) checkStatePort(made, state, outputs);
  };
  return selfTimed("machine", spec, check, (setup) => machineInstance(machineFor(setup.params), state, setup));
}
