/** Proportional-derivative control of joints, with an optional feed-forward. */
import Type from "typebox";
import { signal, tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { differenceOf } from "../angle.js";
import { add, between, mul, sub } from "../arithmetic.js";
import { fieldType } from "../types.js";

export default genericTensorStep({
  doc: "torque = kp · (target − position) − kd · velocity + feed_forward, limited to ±limit. Errors of angles that wrap are taken the short way round.",
  params: Type.Object({
    kp: Type.Number({ unit: "N·m/rad", examples: [60] }),
    kd: Type.Number({ default: 0, unit: "N·m·s/rad" }),
    limit: Type.Optional(Type.Number({ exclusiveMinimum: 0, unit: "N·m" })),
  }),
  ports(_, types) {
    const position = fieldType(types.joints, "position");
    const n = position?.tensor?.[0] ?? types.target?.tensor?.[0] ?? 1;
    const angle = { unit: "rad", ...(position?.wraps === true ? { wraps: true } : {}) };
    return {
      inputs: {
        target: signal(tensor([n], angle), { doc: "where the joints shall be" }),
        joints: signal(Type.Object({ position: tensor([n], angle), velocity: tensor([n], { unit: "rad/s" }) })),
        feed_forward: signal(tensor([n], { unit: "N·m" }), {
          optional: true,
          doc: "added to the torque, e.g. gravity",
        }),
      },
      outputs: { torque: tensor([n], { unit: "N·m" }) },
    };
  },
  prepare: (_, types) => ({ wraps: fieldType(types.joints, "position")?.wraps === true }),
  step({ target, joints, feed_forward = 0 }, _, { params: { kp, kd, limit = Infinity } }, { wraps }) {
    const error = differenceOf(wraps)(target, joints.position);
    const wanted = add(sub(mul(kp, error), mul(kd, joints.velocity)), feed_forward);
    return { outputs: { torque: between(-limit, wanted, limit) } };
  },
});
