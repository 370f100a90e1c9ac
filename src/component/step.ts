/** The kind `step`: a pure function from inputs and state to outputs and state. */
import Type, { type Static, type TObject, type TSchema } from "typebox";
import type { PortSignature, Signature } from "../graph/catalogue.js";
import type { Trigger } from "../graph/ir.js";
import type { MessageSchema } from "../message/type.js";
import {
  type Component,
  type Context,
  type InputTypes,
  type Instance,
  type Outputs,
  type Params,
  type Setup,
  STAMPS,
  type Stamps,
} from "./component.js";
import { checkParams } from "./params.js";
import { type InputValues, type OutputValues, type PortLike, portSignature } from "./ports.js";
import { mapValues, refuseUnknownKeys } from "./spec.js";
import type { Either, GenericPorts, TypedComponent } from "./typed.js";

type Ports = { readonly [port: string]: PortLike };

export interface StepContext<P> extends Context {
  readonly params: P;
}

export interface StepSpec<P extends TObject, I extends Ports, O extends Ports, S> {
  /** One or two sentences: what it computes, units, source of the method. */
  readonly doc: string;
  readonly params?: P;
  readonly inputs: I;
  readonly outputs: O;
  /** Default trigger; without one the node fires on each new input. */
  readonly on?: Trigger;
  /** The state before the first firing. */
  readonly state?: (params: Static<P>) => S;
  /** Uses `ctx.rng`: not a function of inputs and state alone. */
  readonly random?: boolean;
  readonly step: (inputs: InputValues<I>, state: S, ctx: StepContext<Static<P>>) => StepResult<OutputValues<O>, S>;
}

/** What a step gives back. */
export interface StepResult<O, S> {
  readonly outputs: O;
  /** Kept as it was when absent. */
  readonly state?: S;
  /** Stamps in ns of outputs that are older than the inputs that made the node fire. */
  readonly stamps?: Stamps;
}

/**
 * A component written as `step(inputs, state, ctx) → {outputs, state}`.
 *
 * The function must be pure: time, randomness and parameters come in `ctx`, and inputs must not be changed.
 * A state that is not returned is kept.
 *
 * @example
 * export default step({
 *   doc: "Doubles a number.",
 *   inputs: { value: Type.Number() },
 *   outputs: { value: Type.Number() },
 *   step: ({ value }) => ({ outputs: { value: 2 * value } }),
 * });
 */
export function step<P extends TObject, I extends Ports, O extends Ports, S = undefined>(
  spec: StepSpec<P, I, O, S>,
): TypedComponent<I, O, Static<P>> {
  const inputs = mapValues(spec.inputs, portSignature);
  const outputs = mapValues(spec.outputs, portSignature);
  return makeStep(spec as unknown as AnyStepSpec, () => ({ inputs, outputs }));
}

export interface GenericStepSpec<P extends TObject, S, K, R extends GenericPorts = GenericPorts> {
  readonly doc: string;
  readonly params?: P;
  readonly on?: Trigger;
  /**
   * Ports for these params and these types at the inputs; a type that is not known yet is `undefined`, and then
   * outputs that depend on it are left out.
   */
  readonly ports: (params: Static<P>, types: InputTypes) => R;
  readonly state?: (params: Static<P>, types: InputTypes) => S;
  /** What follows from params and types alone and never changes (gains, filter coefficients): no state. */
  readonly prepare?: (params: Static<P>, types: InputTypes) => K;
  readonly random?: boolean;
  readonly step: (
    // biome-ignore lint/suspicious/noExplicitAny: typed by the schemas that a generic step makes at run time
    inputs: { readonly [port: string]: any },
    state: S,
    ctx: StepContext<Static<P>>,
    prepared: K,
  ) => StepResult<Outputs, S>;
}

/**
 * A step whose port types follow from its params or from what it is connected to (a filter for any tensor).
 *
 * @example
 * export default genericStep({
 *   doc: "Half of any message of numbers.",
 *   ports: (_, { value }) => ({ inputs: { value: value ?? Type.Any() }, outputs: value ? { half: value } : {} }),
 *   step: ({ value }) => ({ outputs: { half: value.map((x: number) => x / 2) } }),
 * });
 */
export function genericStep<P extends TObject, S = undefined, K = undefined, R extends GenericPorts = GenericPorts>(
  spec: GenericStepSpec<P, S, K, R>,
): TypedComponent<Either<R["inputs"]>, Either<R["outputs"]>, Static<P>> {
  return makeStep(spec as unknown as AnyStepSpec, (params, types) => {
    const ports = (spec.ports as unknown as (p: Params, t: InputTypes) => { inputs: Ports; outputs: Ports })(
      params,
      types,
    );
    return { inputs: mapValues(ports.inputs, portSignature), outputs: mapValues(ports.outputs, portSignature) };
  });
}

// biome-ignore lint/suspicious/noExplicitAny: typed by the specs above, where the author can see it
type Any = any;

interface AnyStepSpec {
  readonly doc: string;
  readonly params?: TSchema;
  readonly on?: Trigger;
  readonly random?: boolean;
  readonly state?: (params: Params, types: InputTypes) => unknown;
  readonly prepare?: (params: Params, types: InputTypes) => unknown;
  readonly step: (inputs: Any, state: Any, ctx: Context, prepared: Any) => StepResult<Outputs, unknown>;
}

/** @throws TypeError for a step that keeps what it never declared */
export const noState = (): never => {
  throw new TypeError("its step gave back a `state` and declares none: say what it starts with (`state: () => …`)");
};

/** @throws TypeError for a step that gave back something else, most often a promise */
export const noOutputs = (): never => {
  throw new TypeError("its step did not return `{outputs}` (a step cannot be async)");
};

type PortMap = { readonly [port: string]: PortSignature };

const KEYS = ["doc", "params", "inputs", "outputs", "ports", "on", "state", "prepare", "random", "step"];

function makeStep(
  spec: AnyStepSpec,
  ports: (params: Params, types: InputTypes) => { inputs: PortMap; outputs: PortMap },
): Component {
  refuseUnknownKeys("a step", spec, KEYS);
  const schema = (spec.params ?? Type.Object({})) as unknown as MessageSchema;
  const stateful = spec.state !== undefined;
  return {
    doc: spec.doc,
    kind: "step",
    params: schema,
    signature(raw, types): Signature {
      const params = checkParams(schema, raw);
      return {
        ...ports(params, types),
        ...(spec.on === undefined ? {} : { trigger: spec.on }),
        params,
        place: "anywhere",
        source: false,
        sink: false,
        stateful,
        pure: !stateful && spec.random !== true,
      };
    },
    instantiate({ params, inputs: types }: Setup): Instance {
      const initial = spec.state?.(params, types);
      const prepared = spec.prepare?.(params, types);
      const run = spec.step;
      let state = initial;
      return {
        step: { run, stateful, initial, prepared },
        fire(inputs, ctx) {
          const result = run(inputs, state, ctx, prepared);
          if (result?.outputs === undefined) return noOutputs();
          if (result.state !== undefined) {
            if (!stateful) return noState();
            state = result.state;
          }
          return result.stamps === undefined ? result.outputs : { ...result.outputs, [STAMPS]: result.stamps };
        },
        snapshot: () => structuredClone(state),
        restore: (saved) => {
          state = structuredClone(saved);
        },
      };
    },
  };
}
