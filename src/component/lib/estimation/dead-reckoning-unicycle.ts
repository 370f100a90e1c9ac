/** Dead reckoning from forward speed and turning rate, however they were measured. */
import Type from "typebox";
import { MotionType } from "../drive/drive.js";
import { deadReckoning } from "./dead-reckoning.js";

export default deadReckoning({
  doc: "Pose from forward speed (m/s) and turning rate (rad/s).",
  params: Type.Object({}),
  port: "motion",
  type: MotionType,
  motion: (_, motion) => motion,
});
