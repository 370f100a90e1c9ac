/**
 * Components that treat every element of a value alike: a number, or a float tensor of any shape.
 *
 * They compute in float64 whatever the dtype, keep shape, dtype and unit, and need no word about either of their own.
 */
import Type, { type Static, type TObject, type TSchema, type TUnsafe } from "typebox";
import type { MessageSchema } from "../../message/type.js";
import { cast, type Operand, where } from "../../onnx/functions.js";
import type { Value } from "../../onnx/value.js";
import { fail } from "../../problem/problem.js";
import type { Component, InputTypes } from "../component.js";
import type { GivenStates, States, SymbolicStates, TensorContext } from "../tensor/symbolic.js";
import { genericTensorStep } from "../tensor/tensor.js";
import type { Same, TypedComponent } from "../typed.js";
import { unwrap, wrap } from "./angle.js";
import { finitely } from "./finite.js";
import { refuse } from "./refuse.js";
import { sizeOf } from "./types.js";

/** A message that `elementwise` takes. */
export type Numeric = number | Float64Array | Float32Array;

const ANY_TITLE = "a number or float tensor";
/** What a port takes of which nothing is known yet. */
export const anyNumeric = Type.Number({ title: ANY_TITLE }) as unknown as Same;

export interface ElementwiseContext<P> extends TensorContext<P> {
  /** A param that is one number for all elements, or a list with one for each, as what it is for the elements. */
  each(param: EachOrAll): Operand;
}

export interface ElementwiseSpec<P extends TObject, S extends States> {
  /** The component's name in the library, for problems. */
  readonly name: string;
  readonly doc: string;
  readonly params?: P;
  /** Refuses params that do not go together, or not with this number of elements. */
  readonly check?: (params: Static<P>, width: number) => void;
  /** Other units than those of the input. */
  readonly unit?: (params: Static<P>) => string | undefined;
  /** Angles that wrap are followed past ±π, so that the filter sees no jump; its result is wrapped again. */
  readonly unwraps?: boolean;
  /** It keeps what is not finite too, since that only passes through it (a delay line). */
  readonly keepsAll?: boolean;
  /** The state before the first firing, of the input's shape or of any other; without one the component is memoryless. */
  readonly state?: (params: Static<P>, zeros: Zeros) => S;
  /** `x` in float64. */
  readonly step: (
    x: Value,
    state: SymbolicStates<S>,
    ctx: ElementwiseContext<Static<P>>,
  ) => {
    readonly value: Operand;
    readonly state?: GivenStates<S>;
    /** What goes on also where the rest is not finite and is kept as it was: the time. */
    readonly always?: GivenStates<S>;
  };
}

/** A component with one input and one output, both `value`, of the same shape and dtype. */
export function elementwise<P extends TObject, S extends States = Record<never, never>>(
  spec: ElementwiseSpec<P, S>,
): TypedComponent<{ value: Same }, { value: Same }, Static<P>> {
  const { name, doc, params, check, unit, unwraps, keepsAll, state: initial, step } = spec;
  const follows = ({ value }: InputTypes): boolean => unwraps === true && value?.wraps === true;
  return genericTensorStep({
    doc,
    ...(params === undefined ? {} : { params }),
    ports(given: Static<P>, { value }: InputTypes) {
      check?.(given, value === undefined ? Number.NaN : widthOf(value));
      if (value === undefined) return { inputs: { value: anyNumeric }, outputs: {} };
      const gives = numericType(name, value);
      return {
        inputs: { value: Type.Unsafe(value) },
        outputs: { value: unit === undefined ? gives : withUnit(gives, unit(given)) },
      };
    },
    ...(initial === undefined
      ? {}
      : {
          state: (given: Static<P>, types: InputTypes): States => ({
            ...initial(given, zerosOf(types.value)),
            // the input as it was followed past ±π
            ...(follows(types) ? { followed: zerosOf(types.value), follows: false } : {}),
          }),
        }),
    prepare: (_, types) => follows(types),
    step(inputs, before: SymbolicStates<States>, ctx, wraps) {
      const value: Value = inputs.value;
      const raw = cast(value, "float64");
      const x = wraps ? where(before.follows!, unwrap(raw, before.followed!), raw) : raw;
      const each = (param: EachOrAll): Operand => eachOf(ctx, param, value);
      const next = step(x, before as SymbolicStates<S>, { ...ctx, each });
      const outputs = { value: as(value, wraps ? wrap(next.value) : next.value) };
      if (next.state === undefined) return { outputs };
      const state: GivenStates<States> = { ...next.state, ...(wraps ? { followed: x, follows: true } : {}) };
      const kept = keepsAll === true ? state : finitely(state, before);
      return { outputs, state: { ...kept, ...next.always } };
    },
  }) as Component;
}

/** Zeros of a shape, as a state may start. */
export interface Zeros {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** As many zeros as a value has elements, in its shape. */
export function zerosOf(type: MessageSchema | undefined, ...leading: readonly number[]): Zeros {
  const dims = [...leading, ...(type?.tensor ?? [])];
  return { dims, data: new Float64Array(sizeOf(dims)) };
}

/** A param that is one number for all elements, or a list with one for each, for the elements of a value. */
export const eachOf = (
  { constant }: Pick<TensorContext<unknown>, "constant">,
  param: EachOrAll,
  like: Value,
): Operand => (typeof param === "number" ? param : constant({ dims: dimsOf(like), data: Float64Array.from(param) }));

/** The shape of a value, which is known throughout. */
export const dimsOf = ({ shape }: Value): number[] => shape.map(Number);

/** What was computed in float64 in the dtype of a value. */
export const as = (like: Value, x: Operand): Operand => (typeof x === "number" ? x : cast(x, like.dtype));

/** The number of elements of a numeric type. */
export const widthOf = ({ tensor }: MessageSchema): number => (tensor === undefined ? 1 : sizeOf(tensor));

/**
 * The type of a value computed from one of this type: its shape, dtype and unit, without its name and range.
 *
 * @throws LimbeckError L0414 when it is neither a number nor a float tensor.
 */
export function numericType(name: string, type: MessageSchema): Same & TUnsafe<Numeric> {
  const { tensor, dtype = "float64", unit, wraps, title } = type;
  const float = tensor === undefined ? type.type === "number" && type.enum === undefined : dtype.startsWith("float");
  if (!float)
    fail("L0414", {
      reason: `\`${name}\` takes a number or a tensor of float64 or float32`,
      help: "Pick a field of the message: `value: joints:velocity`.",
    });
  const same = Type.Unsafe<Numeric>({
    ...(tensor === undefined ? { type: "number" } : { tensor, dtype }),
    ...(unit === undefined ? {} : { unit }),
    ...(wraps === true ? { wraps } : {}),
    ...(title === ANY_TITLE ? { title } : {}),
  });
  return same as Same & TUnsafe<Numeric>;
}

/** The same type in another unit, or in none. */
export function withUnit<T extends TSchema>(type: T, unit: string | undefined): T {
  const { unit: _, wraps: __, ...rest } = type as T & { unit?: string; wraps?: boolean };
  return { ...rest, ...(unit === undefined ? {} : { unit }) } as unknown as T;
}

/** The elements in float64; a Float64Array is given back as it is, and must not be changed. */
export const elementsOf = (value: Numeric): Float64Array =>
  typeof value === "number" ? Float64Array.of(value) : value instanceof Float64Array ? value : Float64Array.from(value);

/** A message of the kind of `value` with these elements. */
export const like = (value: Numeric, elements: Float64Array): Numeric =>
  typeof value === "number" ? elements[0]! : value instanceof Float32Array ? Float32Array.from(elements) : elements;

/** A param that is one number for all elements, or a list with one for each. */
export function eachOrAll({ minimum, exclusiveMinimum, ...rest }: EachOrAllOptions): TUnsafe<EachOrAll> {
  const bounds = {
    ...(minimum === undefined ? {} : { minimum }),
    ...(exclusiveMinimum === undefined ? {} : { exclusiveMinimum }),
  };
  return Type.Unsafe<EachOrAll>({
    type: ["number", "array"],
    items: { type: "number", ...bounds },
    ...bounds,
    ...rest,
  });
}
export type EachOrAll = number | readonly number[];
interface EachOrAllOptions {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: number;
  readonly unit?: string;
  readonly description?: string;
  readonly examples?: readonly EachOrAll[];
}

/** The value of such a param for element `i`. */
export const at = (param: EachOrAll, i: number): number => (typeof param === "number" ? param : param[i]!);

/** @throws LimbeckError L0414 when a list has not one value an element. */
export function checkEach(name: string, param: EachOrAll | undefined, width: number): void {
  if (param === undefined || typeof param === "number" || Number.isNaN(width) || param.length === width) return;
  fail(
    "L0414",
    {
      reason: `\`${name}\` has ${param.length} values, and the input has ${width}`,
      help: "Give one number for all elements, or a list with one for each.",
    },
    { path: `/params/${name}` },
  );
}

/** @throws LimbeckError L0416 when `low` is above `high` anywhere. */
export function checkOrder(low: readonly [string, EachOrAll], high: readonly [string, EachOrAll]): void {
  const n = Math.max(...[low[1], high[1]].map((param) => (typeof param === "number" ? 1 : param.length)));
  for (let i = 0; i < n; i++) {
    if (!(at(low[1], i) > at(high[1], i))) continue;
    refuse(
      low[0],
      `\`${low[0]}\` (${at(low[1], i)}) is above \`${high[0]}\` (${at(high[1], i)})`,
      `Exchange them, or raise \`${high[0]}\`.`,
    );
  }
}
