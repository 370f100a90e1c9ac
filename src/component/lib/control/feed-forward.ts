/** The effort that a known motion needs, before any error shows. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { genericStep } from "../../step.js";
import { at, checkEach, eachOrAll, elementsOf, like, numericType, widthOf, withUnit } from "../elementwise.js";

export default genericStep({
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
  step({ velocity, acceleration }, _, { params }) {
    const a = acceleration === undefined ? undefined : elementsOf(acceleration);
    const output = elementsOf(velocity).map((v, i) => {
      const friction = Math.abs(v) > params.rest ? at(params.static, i) * Math.sign(v) : 0;
      return friction + at(params.viscous, i) * v + at(params.inertia, i) * (a?.[i] ?? 0) + at(params.constant, i);
    });
    return { outputs: { output: like(velocity, output) } };
  },
});
