/**
 * Components that treat every element of a value alike: a number, or a float tensor of any shape.
 *
 * They compute in float64 whatever the dtype, keep shape, dtype and unit, and need no word about either of their own.
 */
import Type, { type Static, type TObject, type TSchema, type TUnsafe } from "typebox";
import type { MessageSchema } from "../../message/type.js";
import { fail } from "../../problem/problem.js";
import type { Component, InputTypes } from "../component.js";
import { genericStep, type StepContext } from "../step.js";
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

export interface ElementwiseSpec<P extends TObject, S, K> {
  /** The component's name in the library, for problems. */
  readonly name: string;
  readonly doc: string;
  readonly params?: P;
  readonly random?: boolean;
  /** Refuses params that do not go together, or not with this number of elements. */
  readonly check?: (params: Static<P>, width: number) => void;
  /** Other units than those of the input. */
  readonly unit?: (params: Static<P>) => string | undefined;
  /** Angles that wrap are followed past ±π, so that the filter sees no jump; its result is wrapped again. */
  readonly unwraps?: boolean;
  /** It keeps what is not finite too, since that only passes through it (a delay line). */
  readonly keepsAll?: boolean;
  /** The state before the first firing; without one the component is memoryless. */
  readonly state?: (params: Static<P>, width: number) => S;
  /** What follows from the params alone (coefficients). */
  readonly prepare?: (params: Static<P>) => K;
  readonly step: (
    x: Float64Array,
    state: S,
    ctx: StepContext<Static<P>>,
    prepared: K,
  ) => { value: Float64Array; state?: S };
}

/** A component with one input and one output, both `value`, of the same shape and dtype. */
export function elementwise<P extends TObject, S = undefined, K = undefined>(
  spec: ElementwiseSpec<P, S, K>,
): TypedComponent<{ value: Same }, { value: Same }, Static<P>> {
  const { name, doc, params, random, check, unit, unwraps, keepsAll, state: initial, prepare, step } = spec;
  const common = {
    doc,
    ...(params === undefined ? {} : { params }),
    ...(random === undefined ? {} : { random }),
    ports(given: Static<P>, { value }: InputTypes) {
      check?.(given, value === undefined ? Number.NaN : widthOf(value));
      if (value === undefined) return { inputs: { value: anyNumeric }, outputs: {} };
      const gives = numericType(name, value);
      return {
        inputs: { value: Type.Unsafe(value) },
        outputs: { value: unit === undefined ? gives : withUnit(gives, unit(given)) },
      };
    },
    prepare: (given: Static<P>, { value }: InputTypes) => ({
      wraps: unwraps === true && value?.wraps === true,
      own: prepare?.(given) as K,
    }),
  };
  if (initial === undefined)
    return genericStep<P, undefined, Prepared<K>>({
      ...common,
      step: ({ value }, _, ctx, { own }) => ({
        outputs: { value: like(value, step(elementsOf(value), undefined as S, ctx, own).value) },
      }),
    }) as Component;
  return genericStep<P, Memory<S>, Prepared<K>>({
    ...common,
    state: (given, { value }) => ({ last: undefined, inner: initial(given, widthOf(value ?? {})) }),
    step({ value }, { last, inner }, ctx, { wraps, own }) {
      const raw = elementsOf(value);
      const x = wraps && last !== undefined ? raw.map((v, i) => unwrap(v, last[i]!)) : raw;
      const next = step(x, inner, ctx, own);
      const result = {
        outputs: { value: like(value, wraps ? next.value.map(wrap) : next.value) },
        state: { last: wraps ? x : undefined, inner: next.state ?? inner },
      };
      return keepsAll === true ? result : finitely(result);
    },
  }) as Component;
}

interface Prepared<K> {
  readonly wraps: boolean;
  readonly own: K;
}

interface Memory<S> {
  /** The last input, followed past ±π. */
  readonly last: Float64Array | undefined;
  readonly inner: S;
}

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
