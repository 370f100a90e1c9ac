/** Port types in TypeScript: TypeBox schemas with the tensor and unit keywords, and the two kinds of port. */
import Type, { type Static, type TOptional, type TSchema, type TUnsafe } from "typebox";
import type { PortKind, PortSignature } from "../graph/catalogue.js";
import { builtinTypes } from "../message/builtin.js";
import { messageSchema, namedIn } from "../message/normalise.js";
import { plainSchema } from "../message/plain.js";
import type { Dtype, TypedArray } from "../message/type.js";

export interface ArrayOf {
  float64: Float64Array;
  float32: Float32Array;
  int32: Int32Array;
  int16: Int16Array;
  int8: Int8Array;
  uint32: Uint32Array;
  uint16: Uint16Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

/** The schema of a tensor; its shape and dtype are part of the type, so that graphs can be held to them. */
export interface TTensor<Shape extends readonly number[] = readonly number[], D extends Dtype = Dtype>
  extends TUnsafe<ArrayOf[D]> {
  readonly tensor: Shape;
  readonly dtype: D;
}

/**
 * A tensor: a row-major typed array of a fixed shape.
 *
 * @example
 * tensor([2], { unit: "rad", wraps: true }) // { tensor: [2], dtype: "float64", unit: "rad", wraps: true }
 */
export function tensor<const Shape extends readonly number[], D extends Dtype = "float64">(
  shape: Shape,
  options: { dtype?: D; unit?: string; wraps?: boolean; quaternion?: boolean; description?: string } = {},
): TTensor<Shape, D> {
  return Type.Unsafe({ tensor: shape, dtype: options.dtype ?? "float64", ...options }) as TTensor<Shape, D>;
}

/** A port that is more than its type: its kind, whether a firing can do without it, what it means. */
export interface Port<T extends TSchema = TSchema, O extends boolean = boolean> {
  readonly schema: T;
  readonly kind: PortKind;
  readonly optional: O;
  readonly doc?: string;
}

export type PortLike = TSchema | Port;

interface PortOptions {
  readonly optional?: boolean;
  readonly doc?: string;
}

/** Two signatures: of one with a type for `optional`, TypeScript would infer `boolean` wherever a port is expected. */
interface MakePort {
  <T extends TSchema>(schema: T, options: PortOptions & { readonly optional: true }): Port<T, true>;
  <T extends TSchema>(schema: T, options?: PortOptions & { readonly optional?: false }): Port<T, false>;
}

/**
 * A port whose last value is held. A bare schema means the same.
 *
 * @example
 * signal(tensor([2]), { optional: true }).kind // "signal"
 */
export const signal: MakePort = (schema: TSchema, options?: PortOptions) => port(schema, "signal", options);

/**
 * A port whose messages exist only at their tag.
 *
 * @example
 * event(Type.Boolean(), { doc: "A press of the button." }).kind // "event"
 */
export const event: MakePort = (schema: TSchema, options?: PortOptions) => port(schema, "event", options);

// biome-ignore lint/suspicious/noExplicitAny: typed by `MakePort`
const port = (schema: TSchema, kind: PortKind, { optional = false, doc }: PortOptions = {}): Port<any, any> => ({
  schema,
  kind,
  optional,
  ...(doc === undefined ? {} : { doc }),
});

const isPort = (p: PortLike): p is Port => "schema" in p && "kind" in p && p.kind !== undefined;

/**
 * A port as the graph's checks see it. A type that is optional makes a port that is.
 *
 * @example
 * portSignature(event(Type.Boolean())) // { type: { type: "boolean" }, kind: "event" }
 */
export function portSignature(like: PortLike): PortSignature {
  const p: Port = isPort(like) ? like : signal(like);
  return {
    type: messageSchema(plainSchema(p.schema), namedIn(builtinTypes)),
    kind: p.kind,
    ...(p.optional || Type.IsOptional(p.schema) ? { optional: true } : {}),
    ...(p.doc === undefined ? {} : { doc: p.doc }),
  };
}

type Value<P> = P extends Port<infer T, boolean> ? Static<T> : P extends TSchema ? Static<P> : never;
type IsOptional<P> =
  P extends Port<infer T, infer O> ? (T extends TOptional ? true : O) : P extends TOptional ? true : false;

/** What a step's inputs are in TypeScript: optional ports may be undefined. */
export type InputValues<I> = {
  readonly [K in keyof I]: IsOptional<I[K]> extends true ? Value<I[K]> | undefined : Value<I[K]>;
};
/** What a step's outputs are in TypeScript: a port that stays silent is left out. */
export type OutputValues<O> = { readonly [K in keyof O]?: Value<O[K]> | undefined };

export type AnyTensor = TypedArray;
