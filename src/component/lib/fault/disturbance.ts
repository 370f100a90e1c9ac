/** What the faults share that change each floating-point number of a message by itself, whatever its type. */
import type { Static, TObject } from "typebox";
import type { PortKind } from "../../../graph/catalogue.js";
import type { Message, MessageSchema } from "../../../message/type.js";
import { cast, type Operand, reshape, slice, where } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { InputTypes, TensorSetup } from "../../component.js";
import { DRAWN } from "../../draws.js";
import type { Rng } from "../../rng.js";
import { genericStep, type StepContext } from "../../step.js";
import type { TensorContext } from "../../tensor/symbolic.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { alsoTensor } from "../also-tensor.js";
import { as, checkEach, dimsOf, type EachOrAll } from "../elementwise.js";
import { refuse } from "../refuse.js";
import { sizeOf } from "../types.js";
import { drawn as drawnBy } from "./drawn.js";
import { active, activeAt, checkDuring, type During } from "./during.js";
import { checkFloats, floatCount, type MapFloats, mapSymbolicFloats } from "./floats.js";
import { passing } from "./passing.js";

export interface DisturbanceSpec<P extends TObject, S> {
  /** The component's name in the library, for problems. */
  readonly name: string;
  readonly doc: string;
  /** `kind` and `during` among them. */
  readonly params: P;
  /** Those that are one number for all numbers of a message, or a list with one each. */
  readonly each: readonly string[];
  readonly random?: boolean;
  readonly state?: () => S;
  /** The same over symbolic values: what numbers become, each param as it is for them, and what is drawn for them. */
  readonly symbolic?: {
    readonly disturb: (
      x: Value,
      ctx: TensorContext<Static<P>>,
      each: (param: EachOrAll) => Operand,
      drawn: Operand,
    ) => Operand;
    readonly random?: (params: Static<P>) => boolean;
    /** What is drawn for a number, at every firing while the fault is at work. */
    readonly draw?: (rng: Rng, params: Static<P>) => number;
    /** What is drawn for all numbers, added up in its own way to what was there before (default: it is as it is drawn). */
    readonly sum?: (
      before: Value,
      drawn: Value,
      ctx: TensorContext<Static<P>>,
      each: (param: EachOrAll) => Operand,
    ) => Value;
  };
  /** How number `i` of a message changes while the fault is at work. */
  readonly disturb: (
    ctx: StepContext<Static<P>>,
    state: S,
  ) => { readonly change: (x: number, i: number) => number; readonly state?: S };
}

/** A component with one input and one output, both `value`, of any one type with floating-point numbers in it. */
export function disturbance<P extends TObject, S = undefined>(spec: DisturbanceSpec<P, S>) {
  const { name, doc, params, each, random, state, symbolic, disturb } = spec;
  const common = {
    doc: `${doc} On each floating-point number of a message of any type, in order of the fields' names.`,
    params,
    ports(given: Static<P>, types: InputTypes) {
      checkDuring(given as During);
      if (types.value !== undefined) {
        checkFloats(name, types.value);
        const count = floatCount(types.value);
        for (const param of each) {
          const value = (given as { readonly [param: string]: EachOrAll })[param]!;
          if (Number.isNaN(count) && typeof value !== "number")
            refuse(
              param,
              `\`${param}\` is a list, and messages differ in how many numbers they have`,
              "Give one for all.",
            );
          checkEach(param, value, count);
        }
      }
      return passing(given as { readonly kind: PortKind }, types);
    },
  };
  const step = genericStep({
    ...common,
    ...(random === undefined ? {} : { random }),
    ...(state === undefined ? {} : { state }),
    prepare: (_, { value }): MapFloats => checkFloats(name, value!),
    step({ value }, before, ctx, floats) {
      if (!active(ctx.params as During, ctx.time)) return { outputs: { value } };
      const { change, state: after } = disturb(ctx, before as S);
      const outputs = { value: floats(value as Message, change) };
      return after === undefined ? { outputs } : { outputs, state: after };
    },
  });
  if (symbolic === undefined) return step;
  const { random: drawing, draw, sum } = symbolic;
  const size = (_: Static<P>, { value }: InputTypes) => floatCount(value!);
  const told = {
    ...common,
    prepare: (_: Static<P>, { value }: InputTypes) => value!,
    step(
      { value, [DRAWN]: drawn }: { readonly [port: string]: Value },
      { sum: before }: { readonly [name: string]: Value },
      ctx: TensorContext<Static<P>>,
      type: MessageSchema,
    ) {
      const works = activeAt(ctx.params as During, ctx.time);
      const list = (of: readonly number[], dims: readonly number[]) =>
        ctx.constant({ dims, data: Float64Array.from(of) });
      const whole = (param: EachOrAll) => (typeof param === "number" ? param : list(param, [param.length]));
      const summed = before === undefined ? drawn : where(works, sum!(before, drawn!, ctx, whole), before);
      const changed = mapSymbolicFloats(type, value, (part, from) => {
        const dims = dimsOf(part);
        const to = from + sizeOf(dims);
        const eachOf = (param: EachOrAll) => (typeof param === "number" ? param : list(param.slice(from, to), dims));
        const noise = summed === undefined ? 0 : reshape(slice(summed, [from], [to], [0]), dims);
        return where(works, as(part, symbolic.disturb(cast(part, "float64"), ctx, eachOf, noise)), part);
      });
      return { outputs: { value: changed }, ...(before === undefined ? {} : { state: { sum: summed } }) };
    },
  };
  const summing = {
    ...told,
    state: (given: Static<P>, types: InputTypes) => ({ sum: new Float64Array(size(given, types)) }),
  };
  const draws = draw && drawnBy(sum === undefined ? told : summing, { size, draw });
  if (drawing === undefined && draws !== undefined) return { ...step, draws };
  return {
    ...alsoTensor(step, genericTensorStep(told), drawing),
    ...(draws && { draws: (setup: TensorSetup) => (drawing!(setup.params as Static<P>) ? draws(setup) : undefined) }),
  };
}
