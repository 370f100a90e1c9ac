/**
 * The equations of a two-link arm in a vertical plane, shared by the plant, its gravity model and its kinematics.
 *
 * Links are uniform rods; q₁ is measured from the x axis, q₂ from the first link; gravity pulls along −y.
 * Source: Spong, Hutchinson, Vidyasagar, *Robot Modeling and Control*, section 7.3.
 */
import Type, { type Static } from "typebox";
import { add, cos, div, mul, type Num, sin, square, sub } from "../arithmetic.js";

const eachLink = (unit: string, description: string) =>
  Type.Array(Type.Number({ exclusiveMinimum: 0 }), {
    minItems: 2,
    maxItems: 2,
    default: [1, 0.8],
    unit,
    description,
  });

export const linkParams = {
  lengths: eachLink("m", "of the links, the one at the base first"),
  masses: eachLink("kg", "of the links"),
  gravity: Type.Number({ default: 9.81, unit: "m/s^2" }),
};
const Links = Type.Object(linkParams);
export type Links = Static<typeof Links>;

/** Torques in N·m that hold the arm still at (q1, q2). */
export function gravityTorque<T extends Num>({ lengths, masses, gravity }: Links, q1: T, q2: T): [T, T] {
  const [l1, l2] = lengths as [number, number];
  const [m1, m2] = masses as [number, number];
  const outer = mul<T>(m2 * (l2 / 2) * gravity, cos<T>(add<T>(q1, q2)));
  return [add<T>(mul<T>((m1 * (l1 / 2) + m2 * l1) * gravity, cos<T>(q1)), outer), outer];
}

/** Joint accelerations in rad/s² under the torques (t1, t2), friction already taken off. */
export function acceleration<T extends Num>(
  links: Links,
  [q1, q2, w1, w2]: readonly [T, T, T, T],
  t1: T,
  t2: T,
): [T, T] {
  const [l1, l2] = links.lengths as [number, number];
  const [m1, m2] = links.masses as [number, number];
  const c1 = l1 / 2;
  const c2 = l2 / 2;
  const i1 = (m1 * l1 * l1) / 12;
  const i2 = (m2 * l2 * l2) / 12;
  const coupling = m2 * l1 * c2;
  const m22 = m2 * c2 * c2 + i2;
  const coupled = mul<T>(coupling, cos<T>(q2));
  const m12 = add<T>(m22, coupled);
  const m11 = add<T>(m1 * c1 * c1 + i1 + m2 * l1 * l1 + m22, mul<T>(2, coupled));
  const h = mul<T>(coupling, sin<T>(q2));
  const [g1, g2] = gravityTorque(links, q1, q2);
  const r1 = add<T>(sub<T>(t1, g1), mul<T>(h, add<T>(mul<T>(mul<T>(2, w1), w2), square(w2))));
  const r2 = sub<T>(sub<T>(t2, g2), mul<T>(h, square(w1)));
  const determinant = sub<T>(mul<T>(m11, m22), square(m12));
  return [
    div<T>(sub<T>(mul<T>(m22, r1), mul<T>(m12, r2)), determinant),
    div<T>(sub<T>(mul<T>(m11, r2), mul<T>(m12, r1)), determinant),
  ];
}

/** Position of the tip in m. */
export const tipOf = <T extends Num>(lengths: readonly number[], q1: T, q2: T): [T, T] => [
  add<T>(mul<T>(lengths[0]!, cos<T>(q1)), mul<T>(lengths[1]!, cos<T>(add<T>(q1, q2)))),
  add<T>(mul<T>(lengths[0]!, sin<T>(q1)), mul<T>(lengths[1]!, sin<T>(add<T>(q1, q2)))),
];
