/** Whether a component that is restored goes on as if it had never stopped: what a stream's `horizon` claims. */
import { isDeepStrictEqual } from "node:util";
import type { Component } from "../component/component.js";
import { rng } from "../component/rng.js";
import { fail } from "../problem/problem.js";
import { type SoloOptions, type Stimulus, solo } from "./solo.js";

export interface HorizonOptions extends SoloOptions {
  readonly stimuli: readonly Stimulus[];
  /** The end of each run. */
  readonly until_ns: number;
  /** Where to cut: these times, or so many random ones (default 20). */
  readonly cuts?: number | readonly number[];
}

/**
 * Plays the stimuli once in a whole, and once for each cut: up to there, snapshot, another instance, restore, on.
 *
 * @throws LimbeckError L0010 with the first message that differs; what the component throws, L0418 included
 * @example
 * const total = step({
 *   doc: "Sum of all.",
 *   inputs: { value: Type.Number() },
 *   outputs: { sum: Type.Number() },
 *   state: () => 0,
 *   step: ({ value }, sum) => ({ outputs: { sum: sum + value }, state: sum + value }),
 * });
 * const stimuli = [1, 2, 3].map((message) => ({ time_ns: message * 1000, port: "value", message }));
 * checkHorizon(total, { stimuli, until_ns: 5000 });
 */
export function checkHorizon(component: Component, options: HorizonOptions): void {
  const { stimuli, until_ns, cuts = 20, seed = 1 } = options;
  const random = rng(seed);
  const times = typeof cuts === "number" ? Array.from({ length: cuts }, () => random.integer(until_ns)) : cuts;
  const whole = solo(component, options).play(stimuli, until_ns);
  for (const cut_ns of times) {
    const first = solo(component, options);
    const head = first.play(
      stimuli.filter(({ time_ns }) => time_ns < cut_ns),
      cut_ns,
    );
    const second = solo(component, options, first.snapshot());
    const tail = second.play(
      stimuli.filter(({ time_ns }) => time_ns >= cut_ns),
      until_ns,
    );
    const restored = [...head, ...tail];
    const at = whole.findIndex((said, i) => !isDeepStrictEqual(said, restored[i]));
    const differs = at < 0 ? whole.length : at;
    if (differs === whole.length && restored.length === whole.length) continue;
    fail("L0010", { cut_ns, whole: whole[differs], restored: restored[differs] });
  }
}
