/**
 * The words of message types: JSON Schema with three additions.
 *
 * `tensor: [2, 3]` says that a value is a typed array of that shape (`dtype`, default `float64`); `unit` is an
 * annotation; `wraps: true` says that a number or tensor in radians is an angle, `quaternion: true` that a tensor's last
 * four numbers are a rotation.
 */

export type Dtype = "float64" | "float32" | "int32" | "int16" | "int8" | "uint32" | "uint16" | "uint8" | "bool";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** A message as components see it: plain values, with tensors as row-major typed arrays. */
export type Message =
  | boolean
  | number
  | string
  | TypedArray
  | readonly Message[]
  | { readonly [field: string]: Message };

/** The JSON Schema of a message type (the part of the language that Limbeck gives meaning to). */
export interface MessageSchema {
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: "number" | "integer" | "boolean" | "string" | "array" | "object";
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: { readonly [field: string]: MessageSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: MessageSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Shape of a tensor. */
  readonly tensor?: readonly number[];
  readonly dtype?: Dtype;
  /** Physical unit of a number or of every element of a tensor, e.g. `rad/s`. */
  readonly unit?: string;
  /** The value is an angle in radians: equal modulo 2π. */
  readonly wraps?: boolean;
  /** Along its last dimension, of size 4, the tensor holds quaternions: q and −q are equal. */
  readonly quaternion?: boolean;
}
