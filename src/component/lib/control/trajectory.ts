/**
 * What the generators of trajectories share: each element of a goal is approached by itself, along a motion that is a
 * function of the time since it began; a goal that changes begins a new motion where the old one is just then.
 */
import Type, { type Static, type TObject } from "typebox";
import type { Component } from "../../component.js";
import { genericStep } from "../../step.js";
import type { Same, TypedComponent } from "../../typed.js";
import { wrap } from "../angle.js";
import {
  at,
  checkEach,
  type EachOrAll,
  eachOrAll,
  elementsOf,
  like,
  numericType,
  widthOf,
  withUnit,
} from "../elementwise.js";
import { finitely } from "../finite.js";

/** Position, velocity, acceleration. */
export type Motion = readonly [number, number, number];

export interface TrajectorySpec<P extends TObject> {
  readonly name: string;
  readonly doc: string;
  readonly params: P;
  /** Where a motion that began in `from` is `time` seconds later on its way to rest at `goal`. */
  readonly along: (from: Motion, goal: number, time: number, params: Static<P>, element: number) => Motion;
}

type Reference = TObject<{ position: Same; velocity: Same; acceleration: Same }>;

interface Leg {
  readonly from: Motion;
  /** As it was asked for, and on this turn of an angle. */
  readonly asked: number;
  readonly goal: number;
  readonly begun_ns: number;
}

const start = Type.Optional(eachOrAll({ description: "position at the first firing; the first goal without it" }));

/** A component with a `goal` and a `reference` of position, velocity and acceleration, both of one shape. */
export function trajectory<P extends TObject>({
  name,
  doc,
  params,
  along,
}: TrajectorySpec<P>): TypedComponent<{ goal: Same }, { reference: Reference }, Static<P> & { start: EachOrAll }> {
  return genericStep<TObject, { readonly wraps: boolean; readonly legs: readonly Leg[] }>({
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
    state: (_, { goal }) => ({ wraps: goal?.wraps === true, legs: [] }),
    step({ goal }, { wraps, legs }, { time_ns, params: given }) {
      const own = given as Static<P> & { start?: EachOrAll };
      const moved = (leg: Leg, i: number) => along(leg.from, leg.goal, (time_ns - leg.begun_ns) / 1e9, own, i);
      const next = Array.from(elementsOf(goal), (asked, i): Leg => {
        const leg = legs[i];
        if (leg?.asked === asked) return leg;
        const from: Motion =
          leg === undefined ? [own.start === undefined ? asked : at(own.start, i), 0, 0] : moved(leg, i);
        return { from, asked, goal: wraps ? from[0] + wrap(asked - from[0]) : asked, begun_ns: time_ns };
      });
      const motions = next.map(moved);
      const field = (k: 0 | 1 | 2) =>
        like(
          goal,
          Float64Array.from(motions, (motion) => motion[k]),
        );
      return finitely({
        outputs: { reference: { position: field(0), velocity: field(1), acceleration: field(2) } },
        state: { wraps, legs: next },
      });
    },
  }) as Component;
}
