/** The components that random graphs are made of: each tells a spy of its firings, and stays bounded in any cycle. */
import Type from "typebox";
import type { Component } from "../component/component.js";
import { event, signal } from "../component/ports.js";
import { step } from "../component/step.js";

/** One firing, as the spy hears of it. */
export interface Firing {
  readonly node: string;
  readonly time_ns: number;
  readonly microstep: number;
}

const number = Type.Number();
const optional = signal(number, { optional: true });
const Pair = Type.Object({ left: number, right: number });
const outputs = { value: number, pair: Pair };
const params = Type.Object({ id: Type.String(), gain: Type.Number() });

/**
 * The components of `arbitraryGraph`, by name.
 *
 * All have inputs `a` (needed, though a trigger by silence may fire before it came), `b` and `c`, and outputs `value` and `pair`: `law/sum` is stateless, `law/noise` remembers
 * and draws random numbers, `law/events` reads `a` as events.
 *
 * @param spy Hears of every firing, in order.
 * @example
 * const fired: string[] = [];
 * const components = graphComponents(({ node }) => fired.push(node));
 * Object.keys(components) // ["law/sum", "law/noise", "law/events"]
 */
export function graphComponents(spy: (firing: Firing) => void = () => {}): { readonly [name: string]: Component } {
  const told = (ctx: { params: { id: string }; time_ns: number; microstep: number }) =>
    spy({ node: ctx.params.id, time_ns: ctx.time_ns, microstep: ctx.microstep });
  return {
    "law/sum": step({
      doc: "A weighted sum, halved so that cycles stay bounded.",
      params,
      inputs: { a: number, b: optional, c: optional },
      outputs,
      step({ a = 0, b = 0, c = 0 }, _, ctx) {
        told(ctx);
        const value = ctx.params.gain * (a + b - c) * 0.5 + 1;
        return { outputs: { value, pair: { left: value, right: -value } } };
      },
    }),
    "law/noise": step({
      doc: "A sum with noise and memory.",
      params,
      inputs: { a: number, b: optional, c: optional },
      outputs,
      random: true,
      state: () => 0,
      step({ a = 0, b = 0, c = 0 }, last, ctx) {
        told(ctx);
        const value = 0.5 * last + 0.1 * (a - b + c) + ctx.params.gain * ctx.rng.normal() + ctx.dt;
        return { outputs: value > 1 ? { value } : { value, pair: { left: value, right: last } }, state: value };
      },
    }),
    "law/events": step({
      doc: "How many events came, and their sum.",
      params,
      inputs: { a: event(number), b: optional, c: optional },
      outputs,
      step({ a, b = 0, c = 0 }, _, ctx) {
        told(ctx);
        const events = (Array.isArray(a) ? a : [a]) as number[];
        const value = events.reduce((sum, x) => sum + x, 0) * 0.2 + 0.1 * (b - c);
        return { outputs: { value, pair: { left: value, right: events.length } } };
      },
    }),
  };
}
