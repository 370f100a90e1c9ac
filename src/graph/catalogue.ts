/**
 * What a graph asks of the world outside it: which components, message types and rules there are.
 *
 * `graph/` knows no component; the composition root hands it a Catalogue.
 */
import type { Json, MessageSchema } from "../message/type.js";
import type { Trigger } from "./ir.js";

export type PortKind = "signal" | "event";

export interface PortSignature {
  readonly type: MessageSchema;
  readonly kind: PortKind;
  /** Inputs: the node fires without it. */
  readonly optional?: boolean;
  readonly doc?: string;
}

/** What a component looks like from outside, for given params and given types at its inputs. */
export interface Signature {
  readonly inputs: { readonly [port: string]: PortSignature };
  readonly outputs: { readonly [port: string]: PortSignature };
  /** The component's own default trigger. */
  readonly trigger?: Trigger;
  /** Params with the component's defaults filled in. */
  readonly params: { readonly [name: string]: Json };
  /** Drives itself and has no trigger (a log, a data file). */
  readonly source: boolean;
  /** `world`: allowed in `world` only (sources). */
  readonly place: "anywhere" | "world";
  /** No state and no randomness. */
  readonly pure: boolean;
  readonly stateful: boolean;
  /** It is a graph of ONNX ops, and can be lowered exactly. */
  readonly lowerable?: boolean;
  /** Keeps its inputs and feeds nobody (a recorder): its outputs, and its own firing, may go unread. */
  readonly sink: boolean;
  /** Inputs that it reads as another node read them for what it says now (`tally.press`), and not as they are. */
  readonly reads?: { readonly [port: string]: string };
  /** Passes its one input on as it came (a port of a sub-graph): its readers take over how it is read. */
  readonly relay?: boolean;
  /** Asks for firings of its own (timers), whatever its trigger: an input without a value never cancels a firing. */
  readonly wakes?: boolean;
  /** Fires by a schedule of its own, and knows what a missing value means (a policy): it reads ports as they are. */
  readonly scheduled?: boolean;
}

export interface Catalogue {
  /** Every name that `component:` may take, files and models apart. */
  components(): readonly string[];
  /**
   * The signature of a component under these params, given what is known of the types at its inputs.
   *
   * Outputs whose type depends on an input that is not known yet are absent; the checker asks again once it is.
   * @throws LimbeckError when the params do not fit (paths are relative: `/params/kp`), or a file does not load.
   * @returns undefined when there is no such component.
   */
  signature(
    component: string,
    params: { readonly [name: string]: Json },
    inputs: { readonly [port: string]: MessageSchema | undefined },
  ): Signature | undefined;
  /** Named message types beside those of the graph: `schemas/`. */
  message(name: string): MessageSchema | undefined;
  messages(): readonly string[];
  rules(): readonly string[];
  metrics(): readonly string[];
}
