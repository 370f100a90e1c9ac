/** What a component may ask during a firing: computed when it asks, so that a firing that asks nothing pays nothing. */
import type { Context, Params } from "../../component/component.js";
import type { Rng } from "../../component/rng.js";
import type { Engine } from "../engine/engine.js";
import { FIRED, FIRED_NS, LINKS, NUMBERS_AT } from "../plan/plan.js";

/** What belongs to the nodes of a run, by rank. */
export interface Owned {
  readonly params: Params[];
  readonly rngs: Rng[];
}

/** Of the node that is firing. All steps share one, pointed at each in turn; whoever fires over several turns has its own. */
export class FiringContext implements Context {
  /** Rank of the node that is firing. */
  node = -1;
  // functions and not methods: a component may take them apart, `({ fresh, age }) => …`
  readonly fresh: (port: string) => boolean;
  readonly age: (port: string) => number;
  readonly stamp: (port: string) => number;
  readonly #engine: Engine;
  readonly #owned: Owned;
  /** A number of the node's last firing: this one is noted when it is over. */
  readonly #before: (number: number) => number;

  constructor(engine: Engine, owned: Owned) {
    this.#engine = engine;
    this.#owned = owned;
    const { numbers } = engine.memory;
    const { slots, slotStart, links } = engine.plan;
    this.#before = (number) => numbers[links[LINKS * this.node + NUMBERS_AT]! + number]!;
    // ports are mostly asked about in their order: who has many would search for each from the first on
    let slot = 0;
    const stampAt = (port: string): number => {
      const start = slotStart[this.node]!;
      const end = slotStart[this.node + 1]!;
      if (slot < start || slot >= end) slot = start;
      for (let left = end - start; left > 0; left--) {
        if (slots[slot]!.port === port) return slots[slot]!.stamp_at;
        if (++slot === end) slot = start;
      }
      return Number.NaN;
    };
    this.fresh = (port) => (numbers[stampAt(port) + 1] ?? -1) > this.#before(FIRED);
    this.stamp = (port) => numbers[stampAt(port)] ?? Number.NaN;
    this.age = (port) => {
      const stamp_ns = this.stamp(port);
      return Number.isNaN(stamp_ns) ? Number.POSITIVE_INFINITY : (engine.time_ns - stamp_ns) / 1e9;
    };
  }

  get params(): Params {
    return this.#owned.params[this.node]!;
  }

  get rng(): Rng {
    return this.#owned.rngs[this.node]!;
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
    const before_ns = this.#before(FIRED_NS);
    return before_ns < 0 ? 0 : (this.#engine.time_ns - before_ns) / 1e9;
  }
}
