/** The kind `tensor`: a step over symbolic values, traced to ONNX ops; it lowers exactly, differentiates and batches. */
import Type, { type Static, type TObject, type TSchema } from "typebox";
import type { PortSignature, Signature } from "../../graph/catalogue.js";
import type { Trigger } from "../../graph/ir.js";
import type { MessageSchema } from "../../message/type.js";
import type { Component, InputTypes, Instance, Params, Setup, TensorSetup } from "../component.js";
import { checkParams } from "../params.js";
import { type PortLike, portSignature } from "../ports.js";
import { mapValues, refuseUnknownKeys } from "../spec.js";
import { noOutputs } from "../step.js";
import type { Either, GenericPorts, TypedComponent } from "../typed.js";
import { layoutOf } from "./leaves.js";
import { shared } from "./shared.js";
import type { GivenOutputs, GivenStates, States, SymbolicInputs, SymbolicStates, TensorContext } from "./symbolic.js";
import { type AnyTensorSpec, type TensorProgram, type TracedPorts, traceTensor } from "./trace.js";

type Ports = { readonly [port: string]: PortLike };

export interface TensorStepSpec<P extends TObject, I extends Ports, O extends Ports, S extends States> {
  /** One or two sentences: what it computes, units, source of the method. */
  readonly doc: string;
  readonly params?: P;
  readonly inputs: I;
  readonly outputs: O;
  /** Default trigger; without one the node fires on each new input. */
  readonly on?: Trigger;
  /** The state before the first firing: number → float64, bigint → int64, boolean → bool, typed array → a vector of its dtype. */
  readonly state?: (params: Static<P>) => S;
  /** Called with symbolic values, to say which ops the component is made of. */
  readonly step: (
    inputs: SymbolicInputs<I>,
    state: SymbolicStates<S>,
    ctx: TensorContext<Static<P>>,
  ) => TensorResult<GivenOutputs<O>, GivenStates<S>>;
}

/** What a tensor step gives back. A port that is left out is silent; a state that is left out is kept. */
export interface TensorResult<O, S> {
  readonly outputs: O;
  readonly state?: S;
}

/**
 * A component written over symbolic values: `step(inputs, state, ctx) → {outputs, state}` with the functions of `ops`.
 *
 * A number is a float64 scalar, an integer int64, a boolean bool, a choice int64 (its place in the enum), a tensor its
 * dtype and shape, an object a record of these. In simulation it runs as JavaScript that is generated from its graph.
 *
 * @throws TypeError for a key that the kind does not have
 * @example
 * export default tensorStep({
 *   doc: "Doubles a number.",
 *   inputs: { value: Type.Number() },
 *   outputs: { value: Type.Number() },
 *   step: ({ value }) => ({ outputs: { value: ops.mul(value, 2) } }),
 * });
 */
export function tensorStep<
  P extends TObject = TObject<Record<never, never>>,
  I extends Ports = Ports,
  O extends Ports = Ports,
  S extends States = Record<never, never>,
>(spec: TensorStepSpec<P, I, O, S>): TypedComponent<I, O, Static<P>> {
  const inputs = mapValues(spec.inputs, portSignature);
  const outputs = mapValues(spec.outputs, portSignature);
  return makeTensorStep(spec as unknown as TensorSpec, () => ({ inputs, outputs }));
}

export interface GenericTensorStepSpec<P extends TObject, S extends States, K, R extends GenericPorts = GenericPorts> {
  readonly doc: string;
  readonly params?: P;
  readonly on?: Trigger;
  /**
   * Ports for these params and these types at the inputs; a type that is not known yet is `undefined`, and then
   * outputs that depend on it are left out.
   */
  readonly ports: (params: Static<P>, types: InputTypes) => R;
  readonly state?: (params: Static<P>, types: InputTypes) => S;
  /** What follows from params and types alone (gains, filter coefficients): plain numbers, computed once. */
  readonly prepare?: (params: Static<P>, types: InputTypes) => K;
  readonly step: (
    // biome-ignore lint/suspicious/noExplicitAny: typed by the schemas that a generic step makes at run time
    inputs: { readonly [port: string]: any },
    state: SymbolicStates<S>,
    ctx: TensorContext<Static<P>>,
    prepared: K,
  ) => TensorResult<{ readonly [port: string]: unknown }, GivenStates<S>>;
}

/**
 * A tensor step whose port types follow from its params or from what it is connected to.
 *
 * @throws TypeError for a key that the kind does not have
 * @example
 * export default genericTensorStep({
 *   doc: "Half of any tensor of float64.",
 *   ports: (_, { value }) => ({ inputs: { value: value ?? Type.Any() }, outputs: value ? { half: value } : {} }),
 *   step: ({ value }) => ({ outputs: { half: ops.mul(value, 0.5) } }),
 * });
 */
export function genericTensorStep<
  P extends TObject = TObject<Record<never, never>>,
  S extends States = Record<never, never>,
  K = undefined,
  R extends GenericPorts = GenericPorts,
>(spec: GenericTensorStepSpec<P, S, K, R>): TypedComponent<Either<R["inputs"]>, Either<R["outputs"]>, Static<P>> {
  return makeTensorStep(spec as unknown as TensorSpec, (params, types) => {
    const ports = (spec.ports as unknown as (p: Params, t: InputTypes) => { inputs: Ports; outputs: Ports })(
      params,
      types,
    );
    return { inputs: mapValues(ports.inputs, portSignature), outputs: mapValues(ports.outputs, portSignature) };
  });
}

interface TensorSpec extends AnyTensorSpec {
  readonly doc: string;
  readonly params?: TSchema;
  readonly on?: Trigger;
}

const KEYS = ["doc", "params", "inputs", "outputs", "ports", "on", "state", "prepare", "step"];

function makeTensorStep(spec: TensorSpec, portsOf: (params: Params, types: InputTypes) => TracedPorts): Component {
  refuseUnknownKeys("a tensor step", spec, KEYS);
  const schema = (spec.params ?? Type.Object({})) as unknown as MessageSchema;
  const stateful = spec.state !== undefined;
  const tensor = (setup: TensorSetup): TensorProgram => traceTensor(spec, portsOf(setup.params, setup.inputs), setup);
  const executableFor = shared(spec, portsOf);
  return {
    doc: spec.doc,
    kind: "tensor",
    params: schema,
    tensor,
    signature(raw, types): Signature {
      const params = checkParams(schema, raw);
      const ports = portsOf(params, types);
      for (const direction of ["inputs", "outputs"] as const)
        for (const [port, { type }] of Object.entries<PortSignature>(ports[direction]))
          if (isKnown(type)) layoutOf(direction === "inputs" ? "in" : "out", port, type);
      return {
        ...ports,
        ...(spec.on === undefined ? {} : { trigger: spec.on }),
        params,
        place: "anywhere",
        source: false,
        sink: false,
        stateful,
        pure: !stateful,
        lowerable: true,
      };
    },
    instantiate(setup: Setup): Instance {
      const { run, initial } = executableFor(setup);
      let state = initial;
      return {
        step: { run, stateful, initial, prepared: undefined },
        fire(inputs, ctx) {
          const result = run(inputs, state, ctx, undefined);
          if (result?.outputs === undefined) return noOutputs();
          if (result.state !== undefined) state = result.state;
          return result.outputs;
        },
        snapshot: () => structuredClone(state),
        restore: (saved) => {
          state = structuredClone(saved);
        },
      };
    },
  };
}

/** A port that takes anything says nothing of its type until it is known what it is connected to. */
const isKnown = ({ type, enum: choices, tensor, properties }: MessageSchema): boolean =>
  choices !== undefined ||
  tensor !== undefined ||
  (type !== undefined && !(type === "object" && Object.keys(properties ?? {}).length === 0));
