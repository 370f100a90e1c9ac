/**
 * Chains of links by Denavit–Hartenberg parameters: where their end is, and how it moves with the joints.
 *
 * `standard`: Rz(θ)·Tz(d)·Tx(a)·Rx(α) (Spong, Hutchinson, Vidyasagar, *Robot Modeling and Control*, section 3.2);
 * `modified`: Rx(α)·Tx(a)·Rz(θ)·Tz(d) (Craig, *Introduction to Robotics*, section 3.4).
 */
import Type, { type Static } from "typebox";
import { tensor } from "../../ports.js";
import { add, cos, mul, type Num, sin, sub } from "../arithmetic.js";
import { refuse } from "../refuse.js";
import { cross, type Frame, type Vector3 } from "../vector.js";

const Link = Type.Object(
  {
    a: Type.Number({ default: 0, unit: "m" }),
    alpha: Type.Number({ default: 0, unit: "rad" }),
    d: Type.Number({ default: 0, unit: "m", description: "of a prismatic joint the place of its zero" }),
    theta: Type.Number({ default: 0, unit: "rad", description: "of a revolute joint the place of its zero" }),
    joint: Type.Enum(["revolute", "prismatic", "fixed"], { default: "revolute" }),
    limits: Type.Optional(
      Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: "least and greatest joint value" }),
    ),
  },
  { additionalProperties: false },
);
export type Link = Static<typeof Link>;

export const chainParams = {
  links: Type.Array(Link, {
    minItems: 1,
    maxItems: 64,
    description: "`{a, alpha, d, theta, joint, limits}` from the base to the end, in m and rad",
    examples: [[{ a: 1 }, { a: 0.8 }]],
  }),
  convention: Type.Enum(["standard", "modified"], { default: "standard" }),
};
export type Convention = "standard" | "modified";

/** The links that move, in order: as many as there are joints. */
export const jointsOf = (links: readonly Link[]): readonly Link[] => links.filter(({ joint }) => joint !== "fixed");

/** @throws LimbeckError L0416 when nothing moves, or limits are the wrong way round */
export function checkChain(links: readonly Link[]): void {
  if (jointsOf(links).length === 0) refuse("links", "no link of `links` moves", "Leave `joint: fixed` out of one.");
  links.forEach(({ limits }, i) => {
    if (limits !== undefined && limits[0]! > limits[1]!)
      refuse(
        `links/${i}/limits`,
        `the lower limit of link ${i + 1} (${limits[0]}) is above the upper one (${limits[1]})`,
        "Give the lower limit first.",
      );
  });
}

/** The type of a vector of joint values: angles, lengths, or, where both are among them, without a unit. */
export function jointsType(links: readonly Link[]) {
  const joints = jointsOf(links);
  const all = (kind: Link["joint"]) => joints.every(({ joint }) => joint === kind);
  const unit = all("revolute") ? { unit: "rad", wraps: true } : all("prismatic") ? { unit: "m" } : {};
  return tensor([joints.length], unit);
}

/** Where the end of a chain is, and the axis and a point on it of every joint. */
export interface Pose<T extends Num = number> {
  readonly end: Frame<T>;
  readonly axes: readonly Vector3<T>[];
  readonly points: readonly Vector3<T>[];
}

const IDENTITY: Frame = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];

/** @param q joint values in rad or m, one a link that moves */
export function poseOf<T extends Num>(links: readonly Link[], convention: Convention, q: ArrayLike<T>): Pose<T> {
  let frame = IDENTITY as Frame<T>;
  const axes: Vector3<T>[] = [];
  const points: Vector3<T>[] = [];
  let next = 0;
  for (const { a, alpha, d, theta, joint } of links) {
    const value: T | number = joint === "fixed" ? 0 : q[next++]!;
    const angle = joint === "revolute" ? add<T>(theta, value) : theta;
    const shift = joint === "prismatic" ? add<T>(d, value) : d;
    if (convention === "modified") frame = screwX(frame, alpha, a);
    if (joint !== "fixed") {
      axes.push([frame[2]!, frame[6]!, frame[10]!]);
      points.push([frame[3]!, frame[7]!, frame[11]!]);
    }
    frame = screwZ(frame, angle, shift);
    if (convention === "standard") frame = screwX(frame, alpha, a);
  }
  return { end: frame, axes, points };
}

/** frame · Rx(angle) · Tx(shift) */
function screwX<T extends Num>(frame: Frame<T>, angle: number, shift: number): Frame<T> {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [0, 4, 8].flatMap((at): T[] => {
    const [x, y, z, t] = frame.slice(at, at + 4) as [T, T, T, T];
    return [x, add<T>(mul<T>(c, y), mul<T>(s, z)), sub<T>(mul<T>(c, z), mul<T>(s, y)), add<T>(t, mul<T>(shift, x))];
  });
}

/** frame · Rz(angle) · Tz(shift) */
function screwZ<T extends Num>(frame: Frame<T>, angle: T | number, shift: T | number): Frame<T> {
  const [c, s] = [cos(angle as T), sin(angle as T)];
  return [0, 4, 8].flatMap((at): T[] => {
    const [x, y, z, t] = frame.slice(at, at + 4) as [T, T, T, T];
    return [add<T>(mul<T>(c, x), mul<T>(s, y)), sub<T>(mul<T>(c, y), mul<T>(s, x)), z, add<T>(t, mul<T>(shift, z))];
  });
}

/** The geometric Jacobian, a column a joint: three rows of velocity in m/s, three of turning in rad/s. */
export function jacobian<T extends Num>(links: readonly Link[], { end, axes, points }: Pose<T>): T[][] {
  const columns = jointsOf(links).map(({ joint }, i): readonly (T | number)[] => {
    const axis = axes[i]!;
    if (joint === "prismatic") return [...axis, 0, 0, 0];
    const arm = [0, 1, 2].map((k) => sub<T>(end[4 * k + 3]!, points[i]![k]!));
    return [...cross<T>(axis, arm), ...axis];
  });
  return [0, 1, 2, 3, 4, 5].map((row) => columns.map((column) => column[row]! as T));
}
