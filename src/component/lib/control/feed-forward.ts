/** The effort that a known motion needs, before any error shows. */
import Type from "typebox";
import { cast } from "../../../onnx/functions.js";
import { signal } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { abs, choose, greater, mul, sign, sum } from "../arithmetic.js";
import { as, checkEach, type EachOrAll, eachOf, eachOrAll, numericType, widthOf, withUnit } from "../elementwise.js";

export default genericTensorStep({
  doc: "output = static·sign(velocity) + viscous·velocity + inertia·acceleration + constant: the inverse of a first-order drive with friction, in the unit of the actuator. Within ±rest of standstill there is no static term, so that noise about zero does not make it chatter.",
  params: Type.Object({
    static: eachOrAll({ default: 0, minimum: 0, description: "effort that overcomes dry friction" }),
    viscous: eachOrAll({ default: 0, description: "effort per velocity" }),
    inertia: eachOrAll({ default: 0, description: "effort per acceleration" }),
    constant: eachOrAll({ default: 0, description: "effort at rest, against gravity say" }),
    rest: Type.Number({ default: 0, minimum: 0, description: "velocity that counts as standstill" }),
    unit: Type.Optional(Type.String({ description: "unit of the output, `V` say" })),
  }),
  ports(params, { velocity, acceleration }) {
    const width = velocity === undefined ? Number.NaN : widthOf(velocity);
    for (const name of ["static", "viscous", "inertia", "constant"] as const) checkEach(name, params[name], width);
    const type = numericType("control/feed-forward", velocity ?? { type: "number" });
    return {
      inputs: {
        velocity: signal(type, { doc: "wanted velocity" }),
        acceleration: signal(withUnit(type, acceleration?.unit), {
          optional: true,
          doc: "wanted acceleration; 0 without it",
        }),
      },
      outputs: velocity === undefined ? {} : { output: withUnit(type, params.unit) },
    };
  },
  step({ velocity, acceleration }, _, ctx) {
    const { params } = ctx;
    const v = cast(velocity, "float64");
    const a = acceleration === undefined ? 0 : cast(acceleration, "float64");
    const each = (param: EachOrAll) => eachOf(ctx, param, velocity);
    const friction = choose(greater(abs(v), params.rest), mul(each(params.static), sign(v)), 0);
    const output = sum(friction, mul(each(params.viscous), v), mul(each(params.inertia), a), each(params.constant));
    return { outputs: { output: as(velocity, output) } };
  },
});
