/**
 * One component by itself: fired at the tags of its stimuli and at those that it asks for, as an engine would.
 */

import type { Component, InputTypes, Instance, Outputs, Params, Services } from "../component/component.js";
import { STAMPS } from "../component/component.js";
import { rng, type SavedRng } from "../component/rng.js";
import { createTimers, type Due } from "../component/timers.js";
import type { Message } from "../message/type.js";

/** A message for an input. */
export interface Stimulus {
  readonly time_ns: number;
  /** Default 0; messages of one tag and several ports come together. */
  readonly microstep?: number;
  readonly port: string;
  readonly message: Message;
  /** Default: `time_ns`. */
  readonly stamp_ns?: number;
}

/** A message of an output. */
export interface Said extends Due {
  readonly port: string;
  readonly message: Message;
  /** As the component declares it; absent: the engine's own choice. */
  readonly stamp_ns?: number;
}

export interface SoloOptions {
  readonly params?: Params;
  /** Types at the inputs, for components that follow them. */
  readonly types?: InputTypes;
  readonly seed?: number;
  readonly services?: Services;
}

export interface Solo {
  readonly instance: Instance;
  /** Plays everything before a time; what is said is returned in order. Later calls go on. */
  play(stimuli: readonly Stimulus[], until_ns: number): readonly Said[];
  /** The instance's state and its generator's, as a run keeps them. */
  snapshot(): unknown;
}

/** More microsteps at one time than an engine allows. */
const MAX_MICROSTEPS = 1000;

const noServices = {} as Services;

/**
 * An instance of a component whose firings are synchronous, with a clock of its own.
 *
 * @param saved where to go on from: what another one's `snapshot()` gave
 * @example
 * const { play } = solo(step({
 *   doc: "Doubles.",
 *   inputs: { value: Type.Number() },
 *   outputs: { value: Type.Number() },
 *   step: ({ value }) => ({ outputs: { value: 2 * value } }),
 * }));
 * play([{ time_ns: 5, port: "value", message: 21 }], 10)[0]?.message // 42
 */
export function solo(component: Component, options: SoloOptions = {}, saved?: unknown): Solo {
  const { types = {}, seed = 1, services = noServices } = options;
  const signature = component.signature(options.params ?? {}, types);
  const ports = Object.keys(signature.inputs);
  const random: SavedRng = rng(seed);
  const agenda = createTimers<Stimulus | undefined>();
  const before_ = saved as { readonly tag: Due; readonly state: unknown; readonly rng: readonly number[] } | undefined;
  let tag: Due = before_?.tag ?? { time_ns: 0, microstep: 0 };
  let fired_ns: number | undefined;

  const instance = component.instantiate({
    node: "node",
    params: signature.params,
    signature,
    inputs: { ...Object.fromEntries(ports.map((port) => [port, signature.inputs[port]!.type])), ...types },
    kinds: Object.fromEntries(ports.map((port) => [port, signature.inputs[port]!.kind])),
    trigger: { kind: "each", ports },
    rng: random,
    services,
    wake: (time_ns) => {
      const later = time_ns > tag.time_ns;
      agenda.add(later ? { time_ns, microstep: 0 } : { ...tag, microstep: tag.microstep + 1 }, undefined);
    },
  }) as Instance;
  if (before_ !== undefined) {
    random.restore(before_.rng);
    instance.restore!(before_.state);
  }
  const held: { [port: string]: Message } = {};
  const stamps: { [port: string]: number } = {};

  function fire(came: readonly Stimulus[]): readonly Said[] {
    if (tag.microstep > MAX_MICROSTEPS) throw new Error("time stands still");
    const fresh = new Set(came.map(({ port }) => port));
    for (const { port, message, stamp_ns, time_ns } of came) {
      held[port] = message;
      stamps[port] = stamp_ns ?? time_ns;
    }
    const { time_ns, microstep } = tag;
    const stamp = (port: string) => stamps[port] ?? Number.NaN;
    const inputs = Object.fromEntries(
      ports.map((port) => [
        port,
        signature.inputs[port]!.kind === "signal" || fresh.has(port) ? held[port] : undefined,
      ]),
    );
    const outputs = instance.fire!(inputs, {
      time: time_ns / 1e9,
      time_ns,
      microstep,
      dt: fired_ns === undefined ? 0 : (time_ns - fired_ns) / 1e9,
      fresh: (port) => fresh.has(port),
      age: (port) => (time_ns - stamp(port)) / 1e9,
      stamp,
      params: signature.params,
      rng: random,
    });
    fired_ns = time_ns;
    if (outputs instanceof Promise) throw new TypeError("its firings take time; run it in a graph");
    return outputs === undefined ? [] : saidIn(outputs, tag);
  }

  return {
    instance,
    play(stimuli, until_ns) {
      for (const stimulus of stimuli) agenda.add({ microstep: 0, ...stimulus }, stimulus);
      const said: Said[] = [];
      for (;;) {
        const next = agenda.next();
        if (next === undefined || next.time_ns >= until_ns) return said;
        tag = { time_ns: next.time_ns, microstep: next.microstep };
        const came: Stimulus[] = [];
        for (let due = agenda.take(tag); due !== undefined; due = agenda.take(tag))
          if (due.task !== undefined) came.push(due.task);
        said.push(...fire(came));
      }
    },
    snapshot: () => structuredClone({ tag, state: instance.snapshot!(), rng: random.snapshot() }),
  };
}

function saidIn(outputs: Outputs, { time_ns, microstep }: Due): Said[] {
  return Object.entries(outputs).flatMap(([port, message]) => {
    if (message === undefined) return [];
    const stamp_ns = outputs[STAMPS]?.[port];
    return [{ time_ns, microstep, port, message, ...(stamp_ns === undefined ? {} : { stamp_ns }) }];
  });
}
