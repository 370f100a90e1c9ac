/** Inverse kinematics of a two-link arm: from a place in the plane to joint angles. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { tensor } from "../../ports.js";
import { tensorStep } from "../../tensor/tensor.js";
import { add, atan2, between, div, mul, root, square, sub } from "../arithmetic.js";
import { linkParams } from "../dynamics/two-link.js";
import { joined, parts } from "../parts.js";

export default tensorStep({
  doc: "Joint angles that bring the tip to a point, elbow down (q₂ ≥ 0) or up. A point out of reach gives the nearest one within it. Source: Spong et al., section 1.4 (law of cosines).",
  params: Type.Object({
    lengths: linkParams.lengths,
    elbow: Type.Enum(["down", "up"], { default: "down" }),
  }),
  inputs: { point: tensor([2], { unit: "m" }) },
  outputs: { angles: tensor([2], { unit: "rad", wraps: true }) },
  step({ point }, _, { params: { lengths, elbow } }) {
    const [l1, l2] = lengths as [number, number];
    const [x, y] = parts(point) as [Value, Value];
    const cosine = between(-1, div(sub(add(square(x), square(y)), l1 * l1 + l2 * l2), 2 * l1 * l2), 1);
    const sine = mul(elbow === "down" ? 1 : -1, root(mul(sub(1, cosine), add(1, cosine))));
    const q1 = sub(atan2(y, x), atan2(mul(l2, sine), add(l1, mul(l2, cosine))));
    return { outputs: { angles: joined([q1, atan2(sine, cosine)]) } };
  },
});
