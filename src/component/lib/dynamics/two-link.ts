/**
 * The equations of a two-link arm in a vertical plane, shared by the plant, its gravity model and its kinematics.
 *
 * Links are uniform rods; q₁ is measured from the x axis, q₂ from the first link; gravity pulls along −y.
 * Source: Spong, Hutchinson, Vidyasagar, *Robot Modeling and Control*, section 7.3.
 */
import Type, { type Static } from "typebox";

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
export function gravityTorque({ lengths, masses, gravity }: Links, q1: number, q2: number): [number, number] {
  const [l1, l2] = lengths as [number, number];
  const [m1, m2] = masses as [number, number];
  const outer = m2 * (l2 / 2) * gravity * Math.cos(q1 + q2);
  return [(m1 * (l1 / 2) + m2 * l1) * gravity * Math.cos(q1) + outer, outer];
}

/** Joint accelerations in rad/s² under the torques (t1, t2), friction already taken off. */
export function acceleration(
  links: Links,
  [q1, q2, w1, w2]: readonly [number, number, number, number],
  t1: number,
  t2: number,
): [number, number] {
  const [l1, l2] = links.lengths as [number, number];
  const [m1, m2] = links.masses as [number, number];
  const c1 = l1 / 2;
  const c2 = l2 / 2;
  const i1 = (m1 * l1 * l1) / 12;
  const i2 = (m2 * l2 * l2) / 12;
  const coupling = m2 * l1 * c2;
  const m22 = m2 * c2 * c2 + i2;
  const m12 = m22 + coupling * Math.cos(q2);
  const m11 = m1 * c1 * c1 + i1 + m2 * l1 * l1 + m22 + 2 * coupling * Math.cos(q2);
  const h = coupling * Math.sin(q2);
  const [g1, g2] = gravityTorque(links, q1, q2);
  const r1 = t1 - g1 + h * (2 * w1 * w2 + w2 * w2);
  const r2 = t2 - g2 - h * w1 * w1;
  const determinant = m11 * m22 - m12 * m12;
  return [(m22 * r1 - m12 * r2) / determinant, (m11 * r2 - m12 * r1) / determinant];
}

/** Position of the tip in m. */
export const tipOf = (lengths: readonly number[], q1: number, q2: number): [number, number] => [
  lengths[0]! * Math.cos(q1) + lengths[1]! * Math.cos(q1 + q2),
  lengths[0]! * Math.sin(q1) + lengths[1]! * Math.sin(q1 + q2),
];
