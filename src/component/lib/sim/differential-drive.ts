/** A robot on two driven wheels. */
import Type from "typebox";
import { signal, tensor } from "../../ports.js";
import { step } from "../../step.js";
import { differential, differentialParams, type Pose, Pose2, poseMessage, poseParam } from "../drive/drive.js";
import { rk4 } from "../integrate.js";
import { atLeast0, step as longest } from "./common.js";

export default step({
  doc: "A robot on two driven wheels that roll without slip; their speeds follow the wanted ones with a lag of first order. `pose` is that of the middle of the axle, `wheels` what perfect encoders measure (rad/s, left and right). Integrated by RK4 from its last firing to now under the held input. Source: Siegwart, Nourbakhsh, Scaramuzza, section 3.2.",
  params: Type.Object({
    ...differentialParams,
    lag: atLeast0("s", 0, "time constant of the wheels; 0 follows at once"),
    pose0: poseParam,
    step: longest,
  }),
  inputs: { wheels: signal(tensor([2], { unit: "rad/s" }), { doc: "wanted wheel speeds, left and right" }) },
  outputs: { pose: Pose2, wheels: tensor([2], { unit: "rad/s" }) },
  state: ({ pose0 }) => [...pose0, 0, 0] as [number, number, number, number, number],
  step({ wheels }, last, { dt, params }) {
    const { lag } = params;
    const [left, right] = wheels as unknown as [number, number];
    const [x0, y0, heading0, left0, right0] = last;
    const start: typeof last = lag === 0 ? [x0, y0, heading0, left, right] : [x0, y0, heading0, left0, right0];
    const state = rk4(start, dt, params.step, ([, , heading, l, r]) => {
      const { speed, turn } = differential(params, l, r);
      const rates = lag === 0 ? [0, 0] : [(left - l) / lag, (right - r) / lag];
      return [speed * Math.cos(heading), speed * Math.sin(heading), turn, ...rates];
    });
    const [x, y, heading, l, r] = state;
    const pose: Pose = [x, y, heading];
    return { outputs: { pose: poseMessage(pose), wheels: Float64Array.of(l, r) }, state };
  },
});
