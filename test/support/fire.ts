/** Fires one component by itself, without a graph: inputs in, outputs out. */
import type { Component, Inputs, Instance, Outputs } from "../../src/component/component.js";
import { rng } from "../../src/component/rng.js";
import type { Json, MessageSchema } from "../../src/message/type.js";
import { memory } from "./graphs.js";

export interface Firing {
  /** Fires at a time in s. Stamps are the time, unless given in s. Sync components only. */
  at(time: number, inputs?: Inputs, stamps?: { readonly [port: string]: number }): Outputs;
  readonly instance: Instance;
}

const ns = (s: number) => Math.round(s * 1e9);

/** All inputs are connected. @param types of those that the component follows */
export function firing(
  component: Component,
  params: { readonly [name: string]: Json } = {},
  types: { readonly [port: string]: MessageSchema } = {},
  seed = 1,
): Firing {
  const signature = component.signature(params, types);
  const random = rng(seed);
  const inputs = Object.fromEntries(Object.entries(signature.inputs).map(([port, { type }]) => [port, type]));
  const instance = component.instantiate({
    node: "node",
    params: signature.params,
    signature,
    inputs: { ...inputs, ...types },
    kinds: {},
    rng: random,
    services: memory(),
    wake: () => {},
  }) as Instance;
  let last: number | undefined;
  return {
    instance,
    at(time, inputs = {}, stamps = {}) {
      const time_ns = ns(time);
      const stamp = (port: string) => ns(stamps[port] ?? time);
      const outputs = instance.fire!(inputs, {
        time: time_ns / 1e9,
        time_ns,
        microstep: 0,
        dt: last === undefined ? 0 : (time_ns - last) / 1e9,
        fresh: () => true,
        age: (port) => (time_ns - stamp(port)) / 1e9,
        stamp,
        params: signature.params,
        rng: random,
      });
      last = time_ns;
      return outputs as Outputs;
    },
  };
}
