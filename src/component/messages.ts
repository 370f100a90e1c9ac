/** Message types in TypeScript: the built-in ones as values, and names for an author's own. */
import Type, { type TNumber, type TObject, type TProperties, type TSchema } from "typebox";
import { builtinTypes, type WrittenBuiltins } from "../message/builtin.js";
import type { TTensor } from "./ports.js";

/** The schema of a type as it is written in a file. */
type Written<W> = W extends { readonly tensor: infer Shape extends readonly number[] }
  ? TTensor<Shape, "float64">
  : W extends { readonly type: "number" }
    ? TNumber
    : TObject<{ [K in keyof W]: Written<W[K]> }>;

/** The built-in message types by name. */
export type BuiltinMessages = { readonly [N in keyof WrittenBuiltins]: Written<WrittenBuiltins[N]> };

/**
 * The same types that graphs in YAML know by name, as schemas.
 *
 * @example
 * const joints = [JointState2, JointState6, JointState7];
 * const types = [Scalar, Vector2, Vector3, Vector6, Vector7, ...joints, Pose2, Twist2];
 * types.map((type) => portSignature(type).type.title) // ["Scalar", "Vector2", "Vector3", …]
 */
export const { Scalar, Vector2, Vector3, Vector6, Vector7, JointState2, JointState6, JointState7, Pose2, Twist2 } =
  builtinTypes as unknown as BuiltinMessages;

/**
 * A named message type, from a schema or from the fields of an object.
 *
 * @example
 * message("Grip", { force: Type.Number({ unit: "N" }), slips: Type.Boolean() }).title // "Grip"
 */
export function message<const N extends string, P extends TProperties>(name: N, fields: P): TObject<P> & { title: N };
export function message<const N extends string, S extends TSchema>(name: N, type: S): S & { title: N };
export function message(name: string, type: TSchema | TProperties): TSchema {
  if (!isSchema(type)) return Type.Object(type, { title: name });
  // with what TypeBox keeps beside the keywords
  return Object.defineProperties({ title: name }, { ...Object.getOwnPropertyDescriptors(type), title: titled(name) });
}

const titled = (value: string) => ({ value, enumerable: true });

const KEYWORDS = ["type", "tensor", "enum"] as const;

/** A schema says what kind it is by a text or a list; a field of such a name would be a schema, an object. */
const isSchema = (type: object): type is TSchema =>
  KEYWORDS.some((keyword) => {
    const said = (type as { readonly [keyword: string]: unknown })[keyword];
    return typeof said === "string" || Array.isArray(said);
  });
