/** A robot that drives and steers with its front wheel. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { between, cos, div, mul, sin, sub } from "../arithmetic.js";
import { Drive, Pose2, poseMessage, poseParam, tricycle, tricycleParams } from "../drive/drive.js";
import { atLeast0, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
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
  state({ pose0 }) {
    const [x, y, heading] = pose0 as [number, number, number];
    return { x, y, heading, speed: 0, steering: 0 };
  },
  step({ drive }, before, { dt, period, params }) {
    const { speed_lag, steering_lag, max_steering } = params;
    const angle = between(-max_steering, drive.steering, max_steering);
    const state = integrated(
      { dt, period },
      {
        state: {
          ...before,
          ...(speed_lag === 0 ? { speed: drive.speed } : {}),
          ...(steering_lag === 0 ? { steering: angle } : {}),
        },
        longest: params.step,
        derivative({ heading, speed, steering }) {
          const motion = tricycle(params, { speed, steering });
          return {
            x: mul(motion.speed, cos(heading)),
            y: mul(motion.speed, sin(heading)),
            heading: motion.turn,
            speed: speed_lag === 0 ? 0 : div(sub(drive.speed, speed), speed_lag),
            steering: steering_lag === 0 ? 0 : div(sub(angle, steering), steering_lag),
          };
        },
      },
    );
    const { x, y, heading, speed, steering } = state;
    return { outputs: { pose: poseMessage([x, y, heading]), drive: { speed, steering } }, state };
  },
});
