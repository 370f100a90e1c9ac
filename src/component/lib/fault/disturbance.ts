/** What the faults share that change each floating-point number of a message by itself, whatever its type. */
import type { Static, TObject } from "typebox";
import type { PortKind } from "../../../graph/catalogue.js";
import type { Message } from "../../../message/type.js";
import { genericStep, type StepContext } from "../../step.js";
import { checkEach, type EachOrAll } from "../elementwise.js";
import { refuse } from "../refuse.js";
import { active, checkDuring, type During } from "./during.js";
import { checkFloats, floatCount, type MapFloats } from "./floats.js";
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
  /** How number `i` of a message changes while the fault is at work. */
  readonly disturb: (
    ctx: StepContext<Static<P>>,
    state: S,
  ) => { readonly change: (x: number, i: number) => number; readonly state?: S };
}

/** A component with one input and one output, both `value`, of any one type with floating-point numbers in it. */
export function disturbance<P extends TObject, S = undefined>(spec: DisturbanceSpec<P, S>) {
  const { name, doc, params, each, random, state, disturb } = spec;
  return genericStep({
    doc: `${doc} On each floating-point number of a message of any type, in order of the fields' names.`,
    params,
    ports(given: Static<P>, types) {
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
}
