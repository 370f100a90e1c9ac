/** The kind `stream`: RxJS operators between inputs and outputs, in the run's virtual time. */
import type { Observable } from "rxjs";
import type { Static, TObject } from "typebox";
import type { Quantity, Trigger } from "../graph/ir.js";
import { parseDuration } from "../graph/quantity.js";
import { LimbeckError } from "../problem/problem.js";
import type { Params } from "./component.js";
import type { InputValues, OutputValues, PortLike } from "./ports.js";
import { refuseUnknownKeys, selfTimed } from "./spec.js";
import type { Stamped } from "./stamped.js";
import { type StreamContext, streamInstance } from "./stream-instance.js";
import type { TypedComponent } from "./typed.js";

type Ports = { readonly [port: string]: PortLike };

/** The inputs as Observables: each speaks when a message comes, and when it comes. */
export type StreamInputs<I> = { readonly [K in keyof I]: Observable<Exclude<InputValues<I>[K], undefined>> };

/** The outputs as Observables; an output that is left out stays silent. */
export type StreamOutputs<O> = {
  readonly [K in keyof O]?: Observable<Exclude<OutputValues<O>[K], undefined> | Stamped<OutputValues<O>[K]>>;
};

export interface StreamSpec<P extends TObject, I extends Ports, O extends Ports> {
  /** One or two sentences: what it does, and when it speaks. */
  readonly doc: string;
  readonly params?: P;
  readonly inputs: I;
  readonly outputs: O;
  /** Default trigger; without one each input is heard when it comes. */
  readonly on?: Trigger;
  /**
   * How far back what it says depends on what it heard: `"100ms"`, or from the params. Keeps snapshots short;
   * `checkRestore` tells whether it is true.
   */
  readonly horizon?: Quantity | ((params: Static<P>) => Quantity);
  readonly connect: (inputs: StreamInputs<I>, ctx: StreamContext<Static<P>>) => StreamOutputs<O>;
}

const KEYS = ["doc", "params", "inputs", "outputs", "on", "horizon", "connect"];

/**
 * A component written as `connect(in$, ctx) → {port: Observable}` with plain RxJS operators.
 *
 * `debounceTime`, `bufferTime`, `delay`, `timer` and their like need no scheduler: they run in the run's time and repeat
 * exactly. At equal times timers come before inputs, so windows are half-open. Of several messages for one port at one
 * tag, the later ones follow at the next microsteps. An error in an output is the node's fault; completion is allowed.
 *
 * @example
 * export default stream({
 *   doc: "A value once it has been still for a while.",
 *   params: Type.Object({ quiet_ms: Type.Number({ default: 100 }) }),
 *   inputs: { value: Type.Number() },
 *   outputs: { value: event(Type.Number()) },
 *   horizon: ({ quiet_ms }) => `${quiet_ms}ms`,
 *   connect: ({ value }, { params }) => ({ value: value.pipe(debounceTime(params.quiet_ms)) }),
 * });
 */
export function stream<P extends TObject, I extends Ports, O extends Ports>(
  spec: StreamSpec<P, I, O>,
): TypedComponent<I, O, Static<P>> {
  refuseUnknownKeys("a stream", spec, KEYS);
  const { horizon } = spec;
  const horizonOf = (params: Params): number => {
    if (horizon === undefined) return Number.POSITIVE_INFINITY;
    const { value, problem } = parseDuration(typeof horizon === "function" ? horizon(params as Static<P>) : horizon);
    if (problem !== undefined) throw new LimbeckError([problem]);
    return value;
  };
  return selfTimed("stream", spec, horizonOf, (setup) =>
    streamInstance(spec.connect as never, horizonOf(setup.params), setup),
  );
}
