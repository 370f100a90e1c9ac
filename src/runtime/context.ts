/** What a component may ask during a firing: computed when it asks, so that a firing that asks nothing pays nothing. */
import type { Context, Params } from "../component/component.js";
import type { Rng } from "../component/rng.js";
import type { Engine } from "./engine.js";
import type { VertexState } from "./state.js";

// a class, because accessors on a shared prototype keep every node's context of one shape
export class FiringContext implements Context {
  readonly params: Params;
  readonly rng: Rng;
  // functions and not methods: a component may take them apart, `({ fresh, age }) => …`
  readonly fresh: (port: string) => boolean;
  readonly age: (port: string) => number;
  readonly stamp: (port: string) => number;
  readonly #engine: Engine;
  readonly #state: VertexState;

  constructor(engine: Engine, state: VertexState, params: Params, rng: Rng) {
    this.#engine = engine;
    this.#state = state;
    this.params = params;
    this.rng = rng;
    const slots = new Map(state.slots.map((slot) => [slot.port, slot]));
    this.fresh = (port) => (slots.get(port)?.arrived ?? -1) > state.firedBefore;
    this.stamp = (port) => slots.get(port)?.stamp_ns ?? Number.NaN;
    this.age = (port) => {
      const stamp_ns = this.stamp(port);
      return Number.isNaN(stamp_ns) ? Number.POSITIVE_INFINITY : (engine.time_ns - stamp_ns) / 1e9;
    };
  }

  get time_ns(): number {
    return this.#engine.time_ns;
  }

  get time(): number {
    return this.#engine.time_ns / 1e9;
  }

  get microstep(): number {
    return this.#engine.microstep;
  }

  get dt(): number {
    const { fired_ns, firedBefore_ns } = this.#state;
    return firedBefore_ns < 0 ? 0 : (fired_ns - firedBefore_ns) / 1e9;
  }
}
