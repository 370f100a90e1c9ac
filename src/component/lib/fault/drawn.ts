/** Faults that draw: their symbolic form is told what is drawn, at a port beside `value`. */
import type { Static, TObject } from "typebox";
import type { Component, InputTypes, Params } from "../../component.js";
import { DRAWN, drawnType } from "../../draws.js";
import { signal } from "../../ports.js";
import type { Rng } from "../../rng.js";
import type { States } from "../../tensor/symbolic.js";
import { type GenericTensorStepSpec, genericTensorStep } from "../../tensor/tensor.js";
import { active, type During } from "./during.js";

interface Drawing<P> {
  /** Numbers of one firing. */
  readonly size: (params: P, types: InputTypes) => number;
  /** One of them. */
  readonly draw: (rng: Rng, params: P) => number;
}

/** What a fault draws while it is at work. `spec` is its symbolic form, with the port `DRAWN`. */
export function drawn<P extends TObject, S extends States, K>(
  spec: GenericTensorStepSpec<P, S, K>,
  { size, draw }: Drawing<Static<P>>,
): NonNullable<Component["draws"]> {
  return (setup) => {
    const params = setup.params as Static<P>;
    const count = size(params, setup.inputs);
    const type = drawnType(count);
    const told = genericTensorStep({
      ...spec,
      ports(given: Static<P>, types: InputTypes) {
        const { inputs, outputs } = spec.ports(given, types);
        return { inputs: { ...inputs, [DRAWN]: signal(type as never) }, outputs };
      },
    } as GenericTensorStepSpec<P, S, K>);
    return {
      size: count,
      next: (rng, time) =>
        active(params as During, time)
          ? Float64Array.from({ length: count }, () => draw(rng, params))
          : new Float64Array(count),
      program: told.tensor!({ ...setup, params: setup.params as Params, inputs: { ...setup.inputs, [DRAWN]: type } })!,
    };
  };
}
