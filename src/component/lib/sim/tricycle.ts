/** A robot that drives and steers with its front wheel. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { step } from "../../step.js";
import { Drive, Pose2, poseMessage, poseParam, tricycle, tricycleParams } from "../drive/drive.js";
import { rk4 } from "../integrate.js";
import { atLeast0, step as longest } from "./common.js";

export default step({
  doc: "A robot whose front wheel is driven and steered and whose rear wheels roll without slip; speed and steering follow the wanted ones with lags of first order, and the steering stops at ±max_steering. `pose` is that of the middle of the rear axle, `drive` what perfect encoders measure. Integrated by RK4 from its last firing to now under the held input. Source: Siegwart, Nourbakhsh, Scaramuzza, section 3.2.",
  params: Type.Object({
    ...tricycleParams,
    speed_lag: atLeast0("s", 0, "time constant of the drive; 0 follows at once"),
    steering_lag: atLeast0("s", 0, "time constant of the steering; 0 follows at once"),
    max_steering: Type.Number({ default: 1.2, exclusiveMinimum: 0, maximum: Math.PI, unit: "rad" }),
    pose0: poseParam,
    step: longest,
  }),
  inputs: { drive: signal(Drive, { doc: "wanted speed along the front wheel, and its angle" }) },
  outputs: { pose: Pose2, drive: Drive },
  state: ({ pose0 }) => [...pose0, 0, 0] as [number, number, number, number, number],
  step({ drive }, last, { dt, params }) {
    const { speed_lag, steering_lag, max_steering } = params;
    const angle = Math.min(max_steering, Math.max(-max_steering, drive.steering));
    const [x0, y0, heading0, speed0, steering0] = last;
    const start: typeof last = [
      x0,
      y0,
      heading0,
      speed_lag === 0 ? drive.speed : speed0,
      steering_lag === 0 ? angle : steering0,
    ];
    const state = rk4(start, dt, params.step, ([, , heading, speed, steering]) => {
      const motion = tricycle(params, { speed, steering });
      return [
        motion.speed * Math.cos(heading),
        motion.speed * Math.sin(heading),
        motion.turn,
        speed_lag === 0 ? 0 : (drive.speed - speed) / speed_lag,
        steering_lag === 0 ? 0 : (angle - steering) / steering_lag,
      ];
    });
    const [x, y, heading, speed, steering] = state;
    return { outputs: { pose: poseMessage([x, y, heading]), drive: { speed, steering } }, state };
  },
});
