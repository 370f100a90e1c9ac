/**
 * The kinematics of wheeled robots in a plane, shared by plants and dead reckoning.
 *
 * Source: Siegwart, Nourbakhsh, Scaramuzza, *Introduction to Autonomous Mobile Robots*, sections 3.2 and 5.2.
 */
import Type, { type Static } from "typebox";
import { tensor } from "../../ports.js";
import { wrap } from "../angle.js";

/** Place and heading in a plane: the built-in message type `Pose2`. */
export const Pose2 = Type.Object({
  position: tensor([2], { unit: "m" }),
  heading: Type.Number({ unit: "rad", wraps: true }),
});

/** x, y in m and heading in rad. */
export type Pose = readonly [number, number, number];

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
export type Motion = Readonly<Static<typeof MotionType>>;

export const differentialParams = {
  wheel_radius: Type.Number({ default: 0.05, exclusiveMinimum: 0, unit: "m" }),
  track: Type.Number({ default: 0.3, exclusiveMinimum: 0, unit: "m", description: "distance between the wheels" }),
};
const Differential = Type.Object(differentialParams);

/** The motion under wheel speeds in rad/s, left and right. */
export function differential(
  { wheel_radius, track }: Static<typeof Differential>,
  left: number,
  right: number,
): Motion {
  return { speed: (wheel_radius * (left + right)) / 2, turn: (wheel_radius * (right - left)) / track };
}

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
export const tricycle = (
  { wheelbase }: Static<typeof Tricycle>,
  { speed, steering }: Static<typeof Drive>,
): Motion => ({
  speed: speed * Math.cos(steering),
  turn: (speed * Math.sin(steering)) / wheelbase,
});

/** The pose after `dt` seconds of a steady motion: exact, along an arc. */
export function alongArc([x, y, heading]: Pose, { speed, turn }: Motion, dt: number): Pose {
  const half = (turn * dt) / 2;
  const chord = speed * dt * (Math.abs(half) < 1e-4 ? 1 - (half * half) / 6 : Math.sin(half) / half);
  return [x + chord * Math.cos(heading + half), y + chord * Math.sin(heading + half), heading + 2 * half];
}

/** The pose as a message. */
export const poseMessage = ([x, y, heading]: Pose) => ({ position: Float64Array.of(x, y), heading: wrap(heading) });
