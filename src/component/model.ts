/** The kind `model`: an ONNX model from the store in the place of a component, with typed ports and no logic of its own. */
import type { PortSignature, Signature } from "../graph/catalogue.js";
import type { Trigger } from "../graph/ir.js";
import { compileFlatten } from "../message/flatten.js";
import type { Transforms } from "../message/transforms/transforms.js";
import type { Message, MessageSchema } from "../message/type.js";
import type { Component, Outputs, Setup } from "./component.js";
import { checkClock, modelInputs } from "./model-inputs.js";
import { checkParams } from "./params.js";
import { type PolicySpec, policyInstance } from "./policy.js";
import { type PortLike, portSignature } from "./ports.js";

export interface ModelSpec {
  /** A reference into the model store: `reach@1`, `reach@champion`. */
  readonly model: string;
  /** Content digest of `model.onnx`; a model with another one is refused. */
  readonly sha256?: string;
  readonly doc?: string;
  /** The teacher's trigger. */
  readonly on?: Trigger;
  readonly inputs: { readonly [port: string]: MessageSchema | PortLike };
  readonly outputs: { readonly [port: string]: MessageSchema | PortLike };
  /** The model is a policy that was lowered: it takes and gives raw messages, and remembers; `on` is when it is called. */
  readonly policy?: PolicySpec;
  /** The model carries state of its own from firing to firing. */
  readonly remembers?: boolean;
  /** What the inputs' columns were turned into in training, and are turned into here, from what the node remembers. */
  readonly transforms?: Transforms;
}

/** A model component whose ports are typed in TypeScript. */
export interface ModelComponent<I = unknown, O = unknown> extends Component {
  readonly model: string;
  readonly spec: ModelSpec;
  /** Types of the ports, for tools; never present at run time. */
  readonly types?: { readonly inputs: I; readonly outputs: O };
}

/**
 * A component that an ONNX model of the store stands for: messages are flattened to rows, transformed, run, and
 * unflattened. A model that was trained on history is silent until it has as much, unless the history was padded.
 *
 * What carries state of its own (`remembers`) fires at the clock of `on`: another one is L0771.
 *
 * @example
 * export default model({
 *   model: "reach@1",
 *   on: { clock: "100hz" },
 *   inputs: { joints: { tensor: [4] } },
 *   outputs: { torque: { tensor: [2] } },
 * });
 */
export function model<I = unknown, O = unknown>(spec: ModelSpec): ModelComponent<I, O> {
  const { policy } = spec;
  const inputs = signatures(spec.inputs);
  const outputs = signatures(spec.outputs);
  const params: MessageSchema = { type: "object", properties: {} };
  const stateful = spec.remembers === true || spec.transforms !== undefined || policy !== undefined;
  return {
    doc: spec.doc ?? `The model ${spec.model}.`,
    kind: "model",
    model: spec.model,
    spec,
    params,
    signature(raw): Signature {
      return {
        inputs,
        outputs,
        ...(spec.on === undefined ? {} : { trigger: spec.on }),
        params: checkParams(params, raw),
        place: "anywhere",
        source: false,
        sink: false,
        stateful,
        pure: !stateful,
        // it is called at ticks and messages alike, and knows itself what a missing value means
        ...(policy === undefined ? {} : { wakes: true, scheduled: true }),
      };
    },
    async instantiate(setup: Setup) {
      if (policy !== undefined) {
        const types = { inputs: typesOf(inputs), outputs: typesOf(outputs) };
        return policyInstance(spec.model, policy, types, setup, spec.sha256);
      }
      if (spec.remembers) checkClock(spec.model, spec.on, setup);
      const read = modelInputs(spec.model, typesOf(inputs), spec.transforms, setup);
      const writes = Object.entries(outputs).map(([port, { type }]) => [port, compileFlatten(type)] as const);
      const session = await setup.services.models.open(spec.model, spec.sha256);
      const messages = (said: { readonly [port: string]: Float32Array }): Outputs => {
        const own: { [port: string]: Message } = {};
        for (const [port, flat] of writes) own[port] = flat.unflatten(said[port]!);
        return own;
      };
      return {
        fire(values, ctx) {
          const rows = read.rows(values, ctx);
          return rows === undefined ? {} : session.run(rows).then(messages);
        },
        snapshot: () => ({ inputs: read.snapshot(), session: session.snapshot?.() }),
        restore(saved) {
          const state = saved as { readonly inputs: unknown; readonly session: unknown };
          read.restore(state.inputs);
          session.restore?.(state.session);
        },
        close: () => session.close(),
      };
    },
  };
}

const typesOf = (ports: { readonly [port: string]: PortSignature }) =>
  Object.fromEntries(Object.entries(ports).map(([port, { type }]) => [port, type]));

const signatures = (ports: ModelSpec["inputs"]): { readonly [port: string]: PortSignature } =>
  Object.fromEntries(Object.entries(ports).map(([port, type]) => [port, portSignature(type as PortLike)]));
