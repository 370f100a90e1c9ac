/** What the makers of component kinds do alike with what an author gives them. */
import Type, { type TSchema } from "typebox";
import type { PortSignature } from "../graph/catalogue.js";
import type { Trigger } from "../graph/ir.js";
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import type { Component, Params } from "./component.js";
import { checkParams } from "./params.js";
import { type PortLike, portSignature } from "./ports.js";

/**
 * A key that a kind does not have would otherwise be ignored, and missed only when the component runs.
 *
 * @throws TypeError that names it
 * @example
 * refuseUnknownKeys("a step", { doc: "Doubles." }, ["doc", "step"]);
 */
export function refuseUnknownKeys(kind: string, spec: object, keys: readonly string[]): void {
  for (const key of Object.keys(spec)) {
    if (keys.includes(key)) continue;
    const meant = nearest(key, keys);
    throw new TypeError(
      `${kind} has no \`${key}\`; ${meant === undefined ? `it has ${keys.join(", ")}` : `did you mean \`${meant}\`?`}`,
    );
  }
}

/** A record with each value mapped. */
export const mapValues = <A, B>(record: { readonly [key: string]: A }, f: (a: A) => B): { readonly [key: string]: B } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));

interface SelfTimed {
  readonly doc: string;
  readonly params?: TSchema;
  readonly on?: Trigger;
  readonly inputs: { readonly [port: string]: PortLike };
  readonly outputs: { readonly [port: string]: PortLike };
}

/**
 * A component with timers of its own (a stream, a machine): it fires on each input and whenever it asks to, and keeps a state.
 *
 * @param check throws a LimbeckError when the params do not make one
 */
export function selfTimed(
  kind: Component["kind"],
  spec: SelfTimed,
  check: (params: Params, outputs: { readonly [port: string]: PortSignature }) => void,
  instantiate: Component["instantiate"],
): Component {
  const schema = (spec.params ?? Type.Object({})) as unknown as MessageSchema;
  const inputs = mapValues(spec.inputs, portSignature);
  const outputs = mapValues(spec.outputs, portSignature);
  return {
    doc: spec.doc,
    kind,
    params: schema,
    signature(raw) {
      const params = checkParams(schema, raw);
      check(params, outputs);
      return {
        inputs,
        outputs,
        trigger: spec.on ?? { each: Object.keys(inputs) },
        params,
        place: "anywhere",
        source: false,
        sink: false,
        stateful: true,
        pure: false,
        wakes: true,
      };
    },
    instantiate,
  };
}
