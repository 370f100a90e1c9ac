/**
 * Message types in the type system: what two ports must agree in, and nothing else.
 *
 * Shape and dtype of a tensor, integer against number, fields and which are optional count; units, ranges and names do
 * not, as in `message/same.ts`. Where a shape follows from params it is `any`, and the checks of the graph decide.
 */
import type { Static, TArray, TInteger, TObject, TProperties } from "typebox";
import type { Port as DeclaredPort, TTensor } from "../ports.js";
import type { Same } from "../typed.js";

/** A tensor of this shape and dtype. */
export interface Tensor<Shape, D> {
  readonly shape: Shape;
  readonly dtype: D;
}

/** A whole number; a port of numbers does not take it. */
export interface Integer {
  readonly integer: true;
}

/** A field that a message may lack: another type than one that it has, and than none. */
export interface Optional<T> {
  readonly optional: T;
}

// biome-ignore lint/suspicious/noExplicitAny: a type that only the checks of the graph can tell fits every other
export type Unknown = any;

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** Sizes that TypeScript knows; the others fit any. */
type Known<Shape> = number extends (Shape & readonly unknown[])["length"]
  ? Unknown
  : { readonly [I in keyof Shape]: number extends Shape[I] ? Unknown : Shape[I] };

/** The message type of a schema; `X` stands for a type that follows another port's. */
export type MessageOf<S, X = Unknown> =
  IsAny<S> extends true
    ? Unknown
    : S extends Same
      ? X
      : S extends TTensor<infer Shape, infer D>
        ? Tensor<Known<Shape>, D>
        : S extends TObject<infer P>
          ? ObjectOf<P, X>
          : S extends TInteger
            ? Integer
            : S extends TArray<infer Item>
              ? readonly MessageOf<Item, X>[]
              : S extends { "~kind": string }
                ? Static<S>
                : Unknown;

type ObjectOf<P extends TProperties, X> = {
  readonly [K in keyof P]: P[K] extends { "~optional": true } ? Optional<MessageOf<P[K], X>> : MessageOf<P[K], X>;
};

type ArrayDtype<A> = A extends Float64Array
  ? "float64"
  : A extends Float32Array
    ? "float32"
    : A extends Int32Array
      ? "int32"
      : A extends Int16Array
        ? "int16"
        : A extends Int8Array
          ? "int8"
          : A extends Uint32Array
            ? "uint32"
            : A extends Uint16Array
              ? "uint16"
              : Unknown;

/** The message type of a value as components see it: what the interfaces of a generated drop-in tell. */
export type MessageOfValue<V> =
  IsAny<V> extends true
    ? Unknown
    : V extends ArrayBufferView
      ? Tensor<Unknown, ArrayDtype<V>>
      : V extends number
        ? number extends V
          ? Unknown
          : V
        : V extends string | boolean
          ? V
          : V extends readonly (infer Item)[]
            ? readonly MessageOfValue<Item>[]
            : V extends object
              ? {
                  readonly [K in keyof V]-?: Record<never, never> extends Pick<V, K>
                    ? Optional<MessageOfValue<Exclude<V[K], undefined>>>
                    : MessageOfValue<V[K]>;
                }
              : Unknown;

/** The schema behind a declared port, `signal(…)` and `event(…)` included. */
export type SchemaOf<P> = P extends DeclaredPort<infer S, boolean> ? S : P;

/** The text of a value in a file: lists for tensors. */
export type JsonOf<T> =
  IsAny<T> extends true
    ? Unknown
    : T extends Tensor<infer Shape, infer D>
      ? Lists<Shape, D extends "bool" ? boolean | number : number | "NaN" | "Infinity" | "-Infinity">
      : T extends Integer
        ? number
        : T extends readonly (infer Item)[]
          ? readonly JsonOf<Item>[]
          : T extends object
            ? { readonly [K in keyof T]: JsonOf<T[K]> }
            : T;

type Lists<Shape, N> =
  IsAny<Shape> extends true
    ? readonly unknown[]
    : Shape extends readonly [unknown, ...infer Rest]
      ? Rest extends readonly []
        ? readonly N[]
        : readonly Lists<Rest, N>[] | readonly N[]
      : readonly unknown[];

/** What a type has below it that `.field(…)` can select. */
export type FieldName<T> =
  IsAny<T> extends true
    ? string
    : T extends Tensor<unknown, unknown> | Integer | Optional<unknown> | readonly unknown[]
      ? never
      : T extends object
        ? keyof T & string
        : never;

export type FieldOf<T, K> = IsAny<T> extends true ? Unknown : K extends keyof T ? Present<T[K]> : Unknown;
type Present<F> = IsAny<F> extends true ? Unknown : F extends Optional<infer V> ? V : F;

/** What `.at(index)` selects: an element of a tensor of one dimension, or of a list. */
export type ElementOf<T> =
  IsAny<T> extends true
    ? Unknown
    : T extends Tensor<infer Shape, infer D>
      ? IsAny<Shape> extends true
        ? Numbers<D>
        : Shape extends readonly [unknown]
          ? Numbers<D>
          : never
      : T extends readonly (infer Item)[]
        ? Item
        : never;

type Numbers<D> = IsAny<D> extends true ? Unknown : D extends "float64" | "float32" ? number : Integer;
