/** A robot on two driven wheels. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { signal, tensor } from "../../ports.js";
import { cos, div, mul, sin, sub } from "../arithmetic.js";
import { differential, differentialParams, Pose2, poseMessage, poseParam } from "../drive/drive.js";
import { joined, parts } from "../parts.js";
import { atLeast0, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
  doc: "A robot on two driven wheels that roll without slip; their speeds follow the wanted ones with a lag of first order. `pose` is that of the middle of the axle, `wheels` what perfect encoders measure (rad/s, left and right). Integrated by RK4 from its last firing to now under the held input. Source: Siegwart, Nourbakhsh, Scaramuzza, section 3.2.",
  params: Type.Object({
    ...differentialParams,
    lag: atLeast0("s", 0, "time constant of the wheels; 0 follows at once"),
    pose0: poseParam,
    step: longest,
  }),
  inputs: { wheels: signal(tensor([2], { unit: "rad/s" }), { doc: "wanted wheel speeds, left and right" }) },
  outputs: { pose: Pose2, wheels: tensor([2], { unit: "rad/s" }) },
  state({ pose0 }) {
    const [x, y, heading] = pose0 as [number, number, number];
    return { x, y, heading, left: 0, right: 0 };
  },
  step({ wheels }, before, { dt, period, params }) {
    const { lag, step: longest } = params;
    const [left, right] = parts(wheels) as [Value, Value];
    const state = integrated(
      { dt, period },
      {
        state: lag === 0 ? { ...before, left, right } : before,
        longest,
        derivative(now) {
          const { speed, turn } = differential(params, now.left, now.right);
          return {
            x: mul(speed, cos(now.heading)),
            y: mul(speed, sin(now.heading)),
            heading: turn,
            left: lag === 0 ? 0 : div(sub(left, now.left), lag),
            right: lag === 0 ? 0 : div(sub(right, now.right), lag),
          };
        },
      },
    );
    const { x, y, heading } = state;
    return { outputs: { pose: poseMessage([x, y, heading]), wheels: joined([state.left, state.right]) }, state };
  },
});
