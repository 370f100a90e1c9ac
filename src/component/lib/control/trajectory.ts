/**
 * What the generators of trajectories share: each element of a goal is approached by itself, along a motion that is a
 * function of the time since it began; a goal that changes begins a new motion where the old one is just then.
 */
import Type, { type Static, type TObject } from "typebox";
import { and, cast, equal, not, or, where } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { Component } from "../../component.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import type { Same, TypedComponent } from "../../typed.js";
import { wrap } from "../angle.js";
import { add, choose, type Num, sub } from "../arithmetic.js";
import {
  as,
  checkEach,
  type EachOrAll,
  eachOf,
  eachOrAll,
  numericType,
  widthOf,
  withUnit,
  zerosOf,
} from "../elementwise.js";
import { allFinite, kept } from "../finite.js";
import { inWhole_ns } from "../time.js";

/** Position, velocity, acceleration. */
export type Motion = readonly [Num, Num, Num];

export interface TrajectorySpec<P extends TObject> {
  readonly name: string;
  readonly doc: string;
  readonly params: P;
  /** Where a motion that began in `from` is `time` seconds later on its way to rest at `goal`. */
  readonly along: (
    from: readonly [Value, Value, Value],
    goal: Value,
    time: Value,
    params: Static<P>,
    each: (param: EachOrAll) => Num,
  ) => Motion;
}

type Reference = TObject<{ position: Same; velocity: Same; acceleration: Same }>;

const start = Type.Optional(eachOrAll({ description: "position at the first firing; the first goal without it" }));

/** A component with a `goal` and a `reference` of position, velocity and acceleration, both of one shape. */
export function trajectory<P extends TObject>({
  name,
  doc,
  params,
  along,
}: TrajectorySpec<P>): TypedComponent<{ goal: Same }, { reference: Reference }, Static<P> & { start: EachOrAll }> {
  return genericTensorStep({
    doc: `${doc} A goal that changes on the way starts a new motion from the present one. Angles that wrap are approached the short way round. Give it a clock (\`on: 100hz\`).`,
    params: Type.Object({ ...params.properties, start }),
    ports(given, { goal }) {
      const type = numericType(name, goal ?? { type: "number" });
      for (const [key, param] of Object.entries(given as { [name: string]: EachOrAll }))
        if (typeof param === "number" || Array.isArray(param))
          checkEach(key, param, goal === undefined ? Number.NaN : widthOf(goal));
      if (goal === undefined) return { inputs: { goal: type }, outputs: {} };
      const unit = (power: string) => (goal.unit === undefined ? undefined : `${goal.unit}/${power}`);
      const reference = Type.Object({
        position: type,
        velocity: withUnit(type, unit("s")),
        acceleration: withUnit(type, unit("s^2")),
      });
      return { inputs: { goal: type }, outputs: { reference } };
    },
    prepare: (_, { goal }) => ({ wraps: goal?.wraps === true }),
    // where the motion began, what was asked for, that on this turn of an angle, and for how long it has gone on
    state(_, { goal: type }) {
      const zeros = zerosOf(type);
      return { p: zeros, v: zeros, a: zeros, asked: zeros, goal: zeros, time: zeros, started: false };
    },
    step({ goal }, before, ctx, { wraps }) {
      const given = ctx.params as Static<P> & { start?: EachOrAll };
      const each = (param: EachOrAll) => eachOf(ctx, param, goal);
      const asked = cast(goal, "float64");
      const { p, v, a, started } = before;
      const time = inWhole_ns(add(before.time, ctx.dt));
      const now = along([p, v, a], before.goal, time, given, each);
      const turns = or(not(started), not(equal(asked, before.asked)));
      const start: Motion = [given.start === undefined ? asked : each(given.start), 0, 0];
      const from = [p, v, a].map((last, i) => where(turns, choose(started, now[i]!, start[i]!), last));
      const [begins] = from as [Value];
      const leg = {
        ...Object.fromEntries(["p", "v", "a"].map((name, i) => [name, from[i]!])),
        asked,
        goal: where(turns, wraps ? add(begins, wrap(sub(asked, begins))) : asked, before.goal),
      };
      const taken = allFinite(Object.values(leg));
      const motion = along(from as [Value, Value, Value], leg.goal, where(turns, 0, time), given, each);
      const [position, velocity, acceleration] = motion.map((x) => as(goal, x));
      return {
        outputs: { reference: { position, velocity, acceleration } },
        state: { ...kept(taken, { ...leg, started: true }, before), time: where(and(turns, taken), 0, time) },
      };
    },
  }) as Component;
}
