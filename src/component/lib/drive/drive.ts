/**
 * The kinematics of wheeled robots in a plane, shared by plants and dead reckoning.
 *
 * Source: Siegwart, Nourbakhsh, Scaramuzza, *Introduction to Autonomous Mobile Robots*, sections 3.2 and 5.2.
 */
import Type, { type Static } from "typebox";
import type { Value } from "../../../onnx/value.js";
import { tensor } from "../../ports.js";
import { wrap } from "../angle.js";
import { abs, add, choose, cos, div, less, mul, type Num, sin, square, sub } from "../arithmetic.js";
import { joined } from "../parts.js";

/** Place and heading in a plane: the built-in message type `Pose2`. */
export const Pose2 = Type.Object({
  position: tensor([2], { unit: "m" }),
  heading: Type.Number({ unit: "rad", wraps: true }),
});

/** x, y in m and heading in rad. */
export type Pose<T extends Num = number> = readonly [T, T, T];

export const poseParam = Type.Array(Type.Number(), {
  minItems: 3,
  maxItems: 3,
  default: [0, 0, 0],
  description: "x m, y m and heading rad at the start",
});

/** Forward speed and turning rate. */
export const MotionType = Type.Object({
  speed: Type.Number({ unit: "m/s" }),
  turn: Type.Number({ unit: "rad/s" }),
});
export interface Motion<T extends Num = number> {
  readonly speed: T;
  readonly turn: T;
}

export const differentialParams = {
  wheel_radius: Type.Number({ default: 0.05, exclusiveMinimum: 0, unit: "m" }),
  track: Type.Number({ default: 0.3, exclusiveMinimum: 0, unit: "m", description: "distance between the wheels" }),
};
const Differential = Type.Object(differentialParams);

/** The motion under wheel speeds in rad/s, left and right. */
export const differential = <T extends Num>(
  { wheel_radius, track }: Static<typeof Differential>,
  left: T,
  right: T,
): Motion<T> => ({
  speed: div<T>(mul<T>(wheel_radius, add<T>(left, right)), 2),
  turn: div<T>(mul<T>(wheel_radius, sub<T>(right, left)), track),
});

export const tricycleParams = {
  wheelbase: Type.Number({
    default: 1,
    exclusiveMinimum: 0,
    unit: "m",
    description: "from the rear axle to the steered front wheel",
  }),
};
const Tricycle = Type.Object(tricycleParams);

/** Speed along the driven and steered front wheel, and its angle to the robot's axis. */
export const Drive = Type.Object({
  speed: Type.Number({ unit: "m/s" }),
  steering: Type.Number({ unit: "rad" }),
});

/** The motion of the middle of the rear axle. */
export const tricycle = <T extends Num>(
  { wheelbase }: Static<typeof Tricycle>,
  { speed, steering }: { readonly speed: T; readonly steering: T },
): Motion<T> => ({
  speed: mul<T>(speed, cos<T>(steering)),
  turn: div<T>(mul<T>(speed, sin<T>(steering)), wheelbase),
});

/** The pose after `dt` seconds of a steady motion: exact, along an arc. */
export function alongArc<T extends Num>([x, y, heading]: Pose<T>, { speed, turn }: Motion<T>, dt: T): Pose<T> {
  const half = div<T>(mul<T>(turn, dt), 2);
  const straight = less(abs<T>(half) as Num, 1e-4);
  const bent = div<T>(sin<T>(half), choose<Num>(straight, 1, half) as T);
  const series = sub<T>(1, div<T>(square(half), 6));
  const chord = mul<T>(mul<T>(speed, dt), choose<T>(straight, series, bent));
  const along = add<T>(heading, half);
  return [
    add<T>(x, mul<T>(chord, cos<T>(along))),
    add<T>(y, mul<T>(chord, sin<T>(along))),
    add<T>(heading, mul<T>(2, half)),
  ];
}

/** The pose as a message. */
export const poseMessage = ([x, y, heading]: Pose<Value>) => ({ position: joined([x, y]), heading: wrap(heading) });
