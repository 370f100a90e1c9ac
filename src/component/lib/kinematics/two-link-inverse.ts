/** Inverse kinematics of a two-link arm: from a place in the plane to joint angles. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { step } from "../../step.js";
import { linkParams } from "../dynamics/two-link.js";

export default step({
  doc: "Joint angles that bring the tip to a point, elbow down (q₂ ≥ 0) or up. A point out of reach gives the nearest one within it. Source: Spong et al., section 1.4 (law of cosines).",
  params: Type.Object({
    lengths: linkParams.lengths,
    elbow: Type.Enum(["down", "up"], { default: "down" }),
  }),
  inputs: { point: tensor([2], { unit: "m" }) },
  outputs: { angles: tensor([2], { unit: "rad", wraps: true }) },
  step({ point }, _, { params: { lengths, elbow } }) {
    const [l1, l2] = lengths as [number, number];
    const [x, y] = point as unknown as [number, number];
    const cosine = (x * x + y * y - l1 * l1 - l2 * l2) / (2 * l1 * l2);
    const q2 = Math.acos(Math.min(1, Math.max(-1, cosine))) * (elbow === "down" ? 1 : -1);
    const q1 = Math.atan2(y, x) - Math.atan2(l2 * Math.sin(q2), l1 + l2 * Math.cos(q2));
    return { outputs: { angles: Float64Array.of(q1, q2) } };
  },
});
